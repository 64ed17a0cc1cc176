// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Numbers of PCI Local Bus 3.0 (6.1 to 6.3, 6.7) and of the PCI Express enhanced configuration access mechanism, ECAM
// (PCI Express Base 5.0, 7.2.2).
//
//   an ECAM address:  | 27..20 bus | 19..15 device | 14..12 function | 11..0 register |

namespace VirtioNet.Pci
{
    /// <summary>Offsets and bits of a type-0 configuration header, and sizes of the bus.</summary>
    public static class PciSpec
    {
        /// <summary>Bytes of configuration space of a function.</summary>
        public const int ConfigSize = 4096;
        /// <summary>log2 of <see cref="ConfigSize"/>.</summary>
        public const int FunctionShift = 12;
        /// <summary>log2 of the ECAM bytes of one bus.</summary>
        public const int BusShift = 20;
        /// <summary>Devices (slots) on a bus.</summary>
        public const int DevicesPerBus = 32;
        /// <summary>Functions of a device.</summary>
        public const int FunctionsPerDevice = 8;
        /// <summary>Functions on a bus.</summary>
        public const int FunctionsPerBus = DevicesPerBus * FunctionsPerDevice;
        /// <summary>INTx lines of a host bridge: A to D.</summary>
        public const int InterruptLines = 4;

        /// <summary>Vendor ID.</summary>
        public const int VendorId = 0x00;
        /// <summary>Device ID.</summary>
        public const int DeviceId = 0x02;
        /// <summary>Command.</summary>
        public const int Command = 0x04;
        /// <summary>Status.</summary>
        public const int Status = 0x06;
        /// <summary>Revision ID.</summary>
        public const int RevisionId = 0x08;
        /// <summary>Class code: programming interface, subclass, base class.</summary>
        public const int ClassCode = 0x09;
        /// <summary>Cache line size.</summary>
        public const int CacheLineSize = 0x0C;
        /// <summary>Header type.</summary>
        public const int HeaderType = 0x0E;
        /// <summary>First base address register; six of four bytes.</summary>
        public const int Bar0 = 0x10;
        /// <summary>Number of base address registers.</summary>
        public const int BarCount = 6;
        /// <summary>Subsystem vendor ID.</summary>
        public const int SubsystemVendorId = 0x2C;
        /// <summary>Subsystem ID.</summary>
        public const int SubsystemId = 0x2E;
        /// <summary>Register that holds the offset of the first capability.</summary>
        public const int CapabilitiesPointer = 0x34;
        /// <summary>Interrupt line: written by firmware for the operating system.</summary>
        public const int InterruptLine = 0x3C;
        /// <summary>Interrupt pin: 1 to 4 for INTA to INTD, 0 for none.</summary>
        public const int InterruptPin = 0x3D;
        /// <summary>First byte after the header.</summary>
        public const int FirstCapability = 0x40;
        /// <summary>First byte after the space for capabilities.</summary>
        public const int CapabilitiesEnd = 0x100;

        /// <summary>Command: I/O Space.</summary>
        public const ushort CommandIo = 1 << 0;
        /// <summary>Command: Memory Space.</summary>
        public const ushort CommandMemory = 1 << 1;
        /// <summary>Command: Bus Master.</summary>
        public const ushort CommandBusMaster = 1 << 2;
        /// <summary>Command: Parity Error Response.</summary>
        public const ushort CommandParity = 1 << 6;
        /// <summary>Command: SERR# Enable.</summary>
        public const ushort CommandSerr = 1 << 8;
        /// <summary>Command: Interrupt Disable.</summary>
        public const ushort CommandInterruptDisable = 1 << 10;
        /// <summary>Status: Interrupt Status.</summary>
        public const ushort StatusInterrupt = 1 << 3;
        /// <summary>Status: Capabilities List.</summary>
        public const ushort StatusCapabilities = 1 << 4;
        /// <summary>Header type: the device has several functions.</summary>
        public const byte HeaderMultiFunction = 0x80;

        /// <summary>BAR: I/O space indicator.</summary>
        public const uint BarIo = 1;
        /// <summary>BAR: 64 bits wide.</summary>
        public const uint BarMemory64 = 1 << 2;
        /// <summary>Type bits of an I/O BAR.</summary>
        public const uint BarIoTypeMask = 0x3;
        /// <summary>Type bits of a memory BAR.</summary>
        public const uint BarMemoryTypeMask = 0xF;

        /// <summary>Capability ID: power management.</summary>
        public const byte CapabilityPowerManagement = 0x01;
        /// <summary>Capability ID: vendor-specific.</summary>
        public const byte CapabilityVendor = 0x09;
        /// <summary>Capability ID: PCI Express.</summary>
        public const byte CapabilityExpress = 0x10;
        /// <summary>Capability ID: MSI-X.</summary>
        public const byte CapabilityMsix = 0x11;

        /// <summary>What reads of absent functions and unclaimed addresses return: all bits set, for a width of 1 to 8 bytes.</summary>
        public static ulong AllOnes(int width)
        {
            return width >= sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * width)) - 1;
        }
    }
}
