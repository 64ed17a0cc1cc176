// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Layout of virtio over MMIO. virtio v1.4-cs01: 4.2.2 "MMIO Device Register Layout", 4.2.4 "Legacy interface".
// The registers themselves are in Transport/Mmio/MmioRegisters.cs.

namespace VirtioNet.Spec
{
    /// <summary>Numbers of the virtio MMIO transport.</summary>
    public static class MmioLayout
    {
        /// <summary>MagicValue: "virt", little-endian.</summary>
        public const uint Magic = 0x7472_6976;
        /// <summary>VendorID: the spec does not say which; this is the PCI vendor id of virtio devices.</summary>
        public const uint VendorId = 0x1AF4;
        /// <summary>Version of the modern layout.</summary>
        public const int ModernVersion = 2;
        /// <summary>Version of the legacy layout.</summary>
        public const int LegacyVersion = 1;
        /// <summary>Size of the control registers, and offset of the device configuration.</summary>
        public const int Config = 0x100;
        /// <summary>Size of the whole window.</summary>
        public const int Size = 0x200;
    }
}
