// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Layout of virtio over PCI. virtio v1.4-cs01: 4.1.2 "PCI Device Discovery",
// 4.1.4 "Virtio Structure PCI Capabilities".
//
//   struct virtio_pci_cap (the fields that follow the generic capability header)
//   +2  cap_len u8    +3 cfg_type u8    +4 bar u8    +5 id u8
//   +8  offset  u32   +12 length  u32
//   +16 notify_off_multiplier u32 (NOTIFY_CFG)  or  pci_cfg_data u8[4] (PCI_CFG)
//
// The legacy interface, in BAR0 (4.1.4.10), is drawn in Transport/Pci/LegacyRegisters.cs.

namespace VirtioNet.Spec
{
    /// <summary>Numbers of the virtio PCI transport.</summary>
    public static class PciLayout
    {
        /// <summary>The vendor id of every virtio device.</summary>
        public const ushort VendorId = 0x1AF4;
        /// <summary>Device id of a modern device is this plus its device type.</summary>
        public const ushort ModernDeviceIdBase = 0x1040;
        /// <summary>Device id of a transitional device is this plus its device type less 1 (4.1.2.1).</summary>
        public const ushort TransitionalDeviceIdBase = 0x1000;
        /// <summary>Smallest subsystem device id of a modern-only device (4.1.2.1).</summary>
        public const ushort ModernSubsystemIdMin = 0x40;

        /// <summary>VIRTIO_PCI_CAP_COMMON_CFG.</summary>
        public const byte CapCommonCfg = 1;
        /// <summary>VIRTIO_PCI_CAP_NOTIFY_CFG.</summary>
        public const byte CapNotifyCfg = 2;
        /// <summary>VIRTIO_PCI_CAP_ISR_CFG.</summary>
        public const byte CapIsrCfg = 3;
        /// <summary>VIRTIO_PCI_CAP_DEVICE_CFG.</summary>
        public const byte CapDeviceCfg = 4;
        /// <summary>VIRTIO_PCI_CAP_PCI_CFG.</summary>
        public const byte CapPciCfg = 5;

        /// <summary>cap_len, from the start of the capability.</summary>
        public const int CapLen = 2;
        /// <summary>cfg_type, from the start of the capability.</summary>
        public const int CapCfgType = 3;
        /// <summary>bar.</summary>
        public const int CapBar = 4;
        /// <summary>offset.</summary>
        public const int CapOffset = 8;
        /// <summary>length.</summary>
        public const int CapLength = 12;
        /// <summary>notify_off_multiplier, or pci_cfg_data.</summary>
        public const int CapExtra = 16;
        /// <summary>Size of a plain structure capability.</summary>
        public const int CapSize = 16;
        /// <summary>Size of a NOTIFY_CFG or PCI_CFG capability.</summary>
        public const int CapSizeExtra = 20;

        /// <summary>Size of struct virtio_pci_common_cfg.</summary>
        public const int CommonCfgSize = 0x40;

        /// <summary>Size of the legacy header that precedes the device configuration.</summary>
        public const int LegacyHeaderSize = 20;
        /// <summary>Size of that header while MSI-X is enabled: it then has two vector fields more.</summary>
        public const int LegacyHeaderSizeMsix = 24;
        /// <summary>Size of a page, in bytes: the legacy queue address register holds the address divided by it (4.1.5.1.3.1).</summary>
        public const uint LegacyPageSize = 4096;

        /// <summary>ISR bit 0: a queue has used buffers.</summary>
        public const byte IsrQueue = 1;
        /// <summary>ISR bit 1: the device configuration changed.</summary>
        public const byte IsrConfig = 2;

        /// <summary>VIRTIO_MSI_NO_VECTOR: the event is mapped to no vector.</summary>
        public const ushort MsiNoVector = 0xFFFF;
    }
}
