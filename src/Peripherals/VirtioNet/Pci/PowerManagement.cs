#nullable enable
// The power management capability, which every PCI Express function must have. PCI Express Base 5.0: 7.5.2
// "PCI Power Management Capability Structure", 5.3 "PCI-PM Software Compatible Mechanisms".
//
//   +0 id u8, next u8, capabilities u16: 2..0 version; no D1, no D2, no PME
//   +4 control and status u16: 1..0 power state (0 = D0, 3 = D3hot), 3 no soft reset
//
// In D3hot a function answers configuration accesses and nothing else. It keeps its state, which "no soft
// reset" promises.

namespace VirtioNet.Pci
{
    /// <summary>Puts a function to sleep and wakes it up.</summary>
    public sealed class PowerManagement
    {
        /// <summary>Adds the capability to a configuration space.</summary>
        public PowerManagement(ConfigSpace config)
        {
            this.config = config;
            var capability = config.AddCapability(PciSpec.CapabilityPowerManagement, Size);
            config.Set(capability + Capabilities, 2, Version);
            control = capability + Control;
            config.Set(control, 1, NoSoftReset);
            config.AllowWrite(control, 1, StateMask);
        }

        /// <summary>
        /// Lets the state that the guest has written take effect; tells whether it did. A state that does not
        /// exist is not entered.
        /// </summary>
        public bool Update()
        {
            var written = config.Read(control, 1) & StateMask;
            var state = written == D0 || written == D3Hot ? written : config.Asleep ? D3Hot : D0;
            config.Set(control, 1, NoSoftReset | state);
            var changed = config.Asleep != (state == D3Hot);
            config.Asleep = state == D3Hot;
            return changed;
        }

        private readonly int control;
        private readonly ConfigSpace config;

        private const int Size = 8;
        private const int Capabilities = 2;
        private const int Control = 4;
        private const ushort Version = 3;
        private const byte StateMask = 0x3;
        private const ulong D0 = 0;
        private const ulong D3Hot = 3;
        private const byte NoSoftReset = 1 << 3;
    }
}
