// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The power management capability, which every PCI Express function must have. PCI Express Base 5.0: 7.5.2
// "PCI Power Management Capability Structure", 5.3 "PCI-PM Software Compatible Mechanisms".
//
//   +0 id u8, next u8, capabilities u16: 2..0 version; no D1, no D2, no PME
//   +4 control and status u16: 1..0 power state (0 = D0, 3 = D3hot), 3 no soft reset
//
// In D3hot a function answers only configuration accesses. It keeps its state while it is there; the bit "no soft reset"
// tells the guest so.

namespace VirtioNet.Pci
{
    /// <summary>Lets the guest put the function to sleep (D3hot) and wake it up (D0).</summary>
    public sealed class PowerManagement : PciCapability
    {
        /// <summary>Makes the capability, in D0.</summary>
        public PowerManagement()
            : base(PciSpec.CapabilityPowerManagement, CapabilitySize)
        {
        }

        /// <summary>Enters the power state that the guest has written. D1 and D2 do not exist: the function stays in its state.</summary>
        public override void AfterWrite(int offset, int width)
        {
            var state = Get(Control, 1) & StateMask;
            if(state == D0 || state == D3Hot)
            {
                Config.IsAsleep = state == D3Hot;
            }
            Set(Control, 1, NoSoftReset | (Config.IsAsleep ? D3Hot : D0));
        }

        /// <inheritdoc/>
        protected override void SetUp()
        {
            Set(Capabilities, 2, Version);
            Set(Control, 1, NoSoftReset);
            AllowWrite(Control, 1, StateMask);
        }

        private const int CapabilitySize = 8;
        private const int Capabilities = 2;
        private const int Control = 4;
        private const ushort Version = 3;
        private const byte StateMask = 0x3;
        private const ulong D0 = 0;
        private const ulong D3Hot = 3;
        private const byte NoSoftReset = 1 << 3;
    }
}
