// renode-virtio-net, MIT licence: see LICENSE.
// The configuration space of the card as a driver sees it, byte by byte.

using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

/// <summary>
/// Reads the whole space, and computes what a guest's writes change in it, by the PCI, PCI Express and virtio specifications
/// and without the device.
/// </summary>
public sealed class ConfigImage
{
    /// <summary>An image of the card without MSI-X, whose PCI_CFG capability is at the given offset.</summary>
    public ConfigImage(int pciCfg, byte[] powerOn)
    {
        this.powerOn = powerOn;
        Bytes = powerOn.ToArray();
        writable = WritableBits(pciCfg, powerOn.Length);
    }

    /// <summary>All 4096 bytes, by 32-bit reads.</summary>
    public static byte[] Of(PciMachine machine, int length = PciSpec.ConfigSize)
    {
        var image = new byte[length];
        for(var register = 0; register < length; register += 4)
        {
            BitConverter.TryWriteBytes(image.AsSpan(register), machine.ReadConfig(register, 4));
        }
        return image;
    }

    /// <summary>Writes as the guest does.</summary>
    public void Write(int register, int width, ulong value)
    {
        var asleep = Bytes[PowerControl] & 3;
        for(var i = 0; i < width; i++)
        {
            var bits = writable[register + i];
            var written = (byte)(value >> (8 * i) & 0xFF);
            Bytes[register + i] = (byte)((Bytes[register + i] & ~bits) | (written & bits));
            if(register + i == DeviceControl + 1 && (written & 0x80) != 0)
            {
                // Initiate Function Level Reset.
                powerOn.CopyTo(Bytes, 0);
                return;
            }
        }
        if((Bytes[PowerControl] & 3) is 1 or 2)
        {
            // D1 and D2 do not exist.
            Bytes[PowerControl] = (byte)(Bytes[PowerControl] & ~3 | asleep);
        }
    }

    /// <summary>What the guest should read.</summary>
    public byte[] Bytes { get; }

    /// <summary>
    /// The bits that a guest can write: Command, Cache Line Size, the I/O BAR0 of 64 ports, the 64-bit BAR4 of 16 KiB,
    /// Interrupt Line; bar, offset and length of the PCI_CFG capability (pci_cfg_data is a window, and reads 0 while the
    /// capability points nowhere); power state; error reporting and read request size of Device Control.
    /// </summary>
    private static byte[] WritableBits(int pciCfg, int length)
    {
        var mask = new byte[length];
        void Allow(int register, uint bits)
        {
            BitConverter.TryWriteBytes(mask.AsSpan(register), BitConverter.ToUInt32(mask, register) | bits);
        }
        Allow(0x04, 0x0000_0547);
        Allow(0x0C, 0x0000_00FF);
        Allow(0x10, 0xFFFF_FFC0);
        Allow(0x20, 0xFFFF_C000);
        Allow(0x24, 0xFFFF_FFFF);
        Allow(0x3C, 0x0000_00FF);
        Allow(pciCfg + 4, 0x0000_00FF);
        Allow(pciCfg + 8, 0xFFFF_FFFF);
        Allow(pciCfg + 12, 0xFFFF_FFFF);
        Allow(PowerControl, 0x0000_0003);
        Allow(DeviceControl, 0x0000_700F);
        return mask;
    }

    private readonly byte[] powerOn;
    private readonly byte[] writable;

    // The card without MSI-X has the power management capability at 0x98, and the PCI Express capability at 0xA0.
    private const int PowerControl = 0x98 + 4;
    private const int DeviceControl = 0xA0 + 8;
}
