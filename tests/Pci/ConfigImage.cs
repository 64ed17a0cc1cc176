// The configuration space of the card as a driver sees it, byte by byte.

using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

/// <summary>Reads the whole space, and knows which bits of it a guest may write.</summary>
public static class ConfigImage
{
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

    /// <summary>
    /// The writable bits, from the PCI and virtio texts: Command, Cache Line Size, the I/O BAR0 of 64 ports, the
    /// 64-bit BAR4 of 16 KiB, Interrupt Line, and bar, offset and length of the PCI_CFG capability. (pci_cfg_data is a
    /// window; it reads 0 while the capability points nowhere.)
    /// </summary>
    public static byte[] WritableBits(int pciCfg)
    {
        var mask = new byte[PciSpec.ConfigSize];
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
        return mask;
    }
}
