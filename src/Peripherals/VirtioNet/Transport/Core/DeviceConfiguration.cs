#nullable enable
// The device-specific configuration, as every transport shows it. virtio v1.4-cs01: 2.5 "Device Configuration
// Space", 4.1.4.6, 4.1.4.10, 4.2.2 (Config).

namespace VirtioNet.Transport.Core
{
    /// <summary>Accesses of any width to the device configuration, byte by byte (H-101, LEG-05).</summary>
    internal static class DeviceConfiguration
    {
        /// <summary>Reads it little-endian. False if a byte of the range does not exist.</summary>
        public static bool TryRead(VirtioTransport transport, ulong offset, int width, out ulong value)
        {
            return TryRead(transport, offset, width, false, out value);
        }

        /// <summary>Reads it as a legacy driver, in the guest's own byte order (BASE-17).</summary>
        public static bool TryReadLegacy(VirtioTransport transport, ulong offset, int width, out ulong value)
        {
            return TryRead(transport, offset, width, transport.GuestIsBigEndian, out value);
        }

        /// <summary>Writes it as a legacy driver may (BASE-23, NETL-02). False if a byte of it may not be written.</summary>
        public static bool TryWriteLegacy(VirtioTransport transport, ulong offset, int width, ulong value)
        {
            if(offset + (uint)width > (ulong)transport.Device.Config.Length)
            {
                return false;
            }
            var written = true;
            for(var i = 0; i < width; i++)
            {
                written &= transport.Device.TryWriteConfig((int)offset + i, unchecked((byte)(value >> (8 * i))));
            }
            return written;
        }

        private static bool TryRead(VirtioTransport transport, ulong offset, int width, bool bigEndian, out ulong value)
        {
            var device = transport.Device;
            var config = device.Config;
            value = 0;
            if(offset + (uint)width > (ulong)config.Length)
            {
                return false;
            }
            for(var i = (int)offset + width - 1; i >= (int)offset; i--)
            {
                value = (value << 8) | config[bigEndian ? device.BigEndianConfigIndex(i) : i];
            }
            return true;
        }
    }
}
