// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The PCI Express capability of a function on the root bus. PCI Express Base 5.0: 7.5.3 "PCI Express
// Capability Structure", 6.6.2 "Function Level Reset", 1.3.2.3 "Root Complex Integrated Endpoint Rules".
//
//   +0x00 id u8, next u8, capabilities u16: 3..0 version, 7..4 type
//   +0x04 device capabilities u32: 2..0 largest payload (0 = 128 bytes), 15 role-based error reporting, 28 FLR
//   +0x08 device control u16: 3..0 error reporting, 14..12 largest read request (2 = 512 bytes), 15 initiate FLR
//   +0x0A device status u16: errors seen, transactions pending
//   +0x0C link, slot and root registers, and from 0x24 on the second set
//
// An integrated endpoint has no link, slot or port, so their registers read 0; version 2 of the capability keeps room for
// them. The endpoint must work without I/O space; an I/O BAR beside the memory BARs is allowed.

namespace VirtioNet.Pci
{
    /// <summary>Tells the guest that the function is a Root Complex Integrated Endpoint, and lets it reset the function.</summary>
    public sealed class PciExpress : PciCapability
    {
        /// <summary>Makes the capability.</summary>
        public PciExpress()
            : base(PciSpec.CapabilityExpress, CapabilitySize)
        {
        }

        /// <summary>
        /// Asks for the reset of the function if the guest has set Initiate FLR. The reset clears the bit, so it always reads 0.
        /// </summary>
        public override void AfterWrite(int offset, int width)
        {
            Config.ResetRequested = (Get(DeviceControl, 2) & InitiateReset) != 0;
        }

        /// <inheritdoc/>
        protected override void SetUp()
        {
            Set(Capabilities, 2, Version | IntegratedEndpoint);
            Set(DeviceCapabilities, 4, RoleBasedErrorReporting | FunctionLevelReset);
            Set(DeviceControl, 2, ReadRequest512);
            AllowWrite(DeviceControl, 2, ErrorReporting | ReadRequest | InitiateReset);
        }

        private const int CapabilitySize = 0x3C;
        private const int Capabilities = 0x02;
        private const int DeviceCapabilities = 0x04;
        private const int DeviceControl = 0x08;
        private const ushort Version = 2;
        private const ushort IntegratedEndpoint = 0x9 << 4;
        private const uint RoleBasedErrorReporting = 1 << 15;
        private const uint FunctionLevelReset = 1 << 28;
        private const ushort ErrorReporting = 0xF;
        private const ushort ReadRequest = 0x7 << 12;
        private const ushort ReadRequest512 = 0x2 << 12;
        private const ushort InitiateReset = 1 << 15;
    }
}
