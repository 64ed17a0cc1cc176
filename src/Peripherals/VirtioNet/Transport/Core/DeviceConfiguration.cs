// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The device-specific configuration, as every transport shows it. virtio v1.4-cs01: 2.5 "Device Configuration
// Space", 4.1.4.6, 4.1.4.10, 4.2.2 (Config).

using System;

namespace VirtioNet.Transport.Core
{
    /// <summary>Reads and writes 1 to 8 bytes of the device configuration at any offset from its start.</summary>
    internal static class DeviceConfiguration
    {
        /// <summary>Reads it little-endian. Bytes after its end are 0; false if the offset is not below its length.</summary>
        public static bool TryRead(VirtioTransport transport, ulong offset, int width, out ulong value)
        {
            return TryRead(transport, offset, width, false, out value);
        }

        /// <summary>The same for a legacy driver, whose fields are in the guest's own byte order (2.5.3).</summary>
        public static bool TryReadLegacy(VirtioTransport transport, ulong offset, int width, out ulong value)
        {
            return TryRead(transport, offset, width, transport.GuestIsBigEndian, out value);
        }

        /// <summary>
        /// A legacy driver writes it, byte by byte. False if part of the range does not exist, and then nothing is written, or if
        /// one of the bytes may not be written.
        /// </summary>
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
            if(offset >= (ulong)config.Length)
            {
                return false;
            }
            var end = (int)Math.Min(offset + (uint)width, (ulong)config.Length);
            for(var i = end - 1; i >= (int)offset; i--)
            {
                value = (value << 8) | config[bigEndian ? device.BigEndianConfigIndex(i) : i];
            }
            return true;
        }
    }
}
