// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What PCI asks of every function: configuration space, interrupt pin, bus mastering and reset.
// PCI Local Bus 3.0: 6.2.2 "Device Control", 6.2.3 "Device Status". PCI Express Base 5.0: 6.6.2 "Function Level Reset".
//
// The way of a configuration write:
//   PcieEcamHost.Write         the guest stores to the ECAM region of the host bridge
//   PciBus.WriteConfig         finds the function and the register
//   PciFunction.WriteConfig    leads through what follows:
//     ConfigSpace.Write        the bits that the guest may write change, then
//     PciCapability.AfterWrite each capability that holds a written byte acts on its own registers
//     PciFunction.Settle       what has changed takes effect, each thing once and none that has not changed: windows on the bus,
//                              interrupt pin, bus mastering
// If a capability asked for a function-level reset, Reset comes in place of Settle, and nothing after it.

namespace VirtioNet.Pci
{
    /// <summary>Base of functions. A derived class adds BARs and capabilities to the configuration space, and then seals it.</summary>
    public abstract class PciFunction : IPciFunction
    {
        /// <inheritdoc/>
        public ulong ReadConfig(int offset, int width)
        {
            return Config.Read(offset, width);
        }

        /// <inheritdoc/>
        public void WriteConfig(int offset, int width, ulong value)
        {
            Config.Write(offset, width, value);
            if(Config.ResetRequested)
            {
                // A guest waits 100 ms for a function-level reset; here it is done before its next access.
                Reset();
            }
            else
            {
                Settle();
            }
        }

        /// <inheritdoc/>
        public abstract ulong ReadBar(Bar bar, ulong offset, int width);

        /// <inheritdoc/>
        public abstract void WriteBar(Bar bar, ulong offset, int width, ulong value);

        /// <inheritdoc/>
        public void PlugInto(PciBus? bus)
        {
            this.bus = bus;
            UpdateBusMaster();
        }

        /// <summary>
        /// Brings the function to its state after power-on: the reset of the machine, and the function-level reset of the guest
        /// (PCIH-08). First the device forgets what it did, then the configuration space has its first values.
        /// </summary>
        public void Reset()
        {
            ResetDevice();
            interruptPending = false;
            // The bit that says "several functions" belongs to the slot, not to this function.
            var headerType = Config.Get(PciSpec.HeaderType, 1);
            Config.Reset();
            Config.Set(PciSpec.HeaderType, 1, headerType);
            Settle();
        }

        /// <inheritdoc/>
        public ConfigSpace Config { get; } = new ConfigSpace();

        /// <inheritdoc/>
        public bool InterruptAsserted { get; private set; }

        /// <summary>
        /// True while the function is plugged in and the guest lets it read and write memory. A function that was pulled
        /// out reaches none (H-120).
        /// </summary>
        public bool BusMaster { get; private set; }

        /// <summary>Resets what is not PCI's. Called before the configuration space is reset.</summary>
        protected abstract void ResetDevice();

        /// <summary>Called when <see cref="BusMaster"/> has changed.</summary>
        protected abstract void BusMasterChanged();

        /// <summary>Says whether the device has an interrupt for the driver. The pin follows if it may.</summary>
        protected void SetInterrupt(bool pending)
        {
            interruptPending = pending;
            UpdateInterrupt();
        }

        // What the configuration space says now takes effect. The bus comes first, so that its windows are right
        // whatever the device does when it may reach memory again.
        private void Settle()
        {
            if(Config.Decoding != decoding)
            {
                decoding = Config.Decoding;
                bus?.Rebuild();
            }
            UpdateInterrupt();
            UpdateBusMaster();
        }

        // Interrupt Status shows a pending interrupt even while Interrupt Disable holds the pin down. With MSI-X
        // enabled, interrupts are messages, and both are 0.
        private void UpdateInterrupt()
        {
            var isShown = interruptPending && !Config.MessagesEnabled;
            var status = Config.Get(PciSpec.Status, 2) & ~(ulong)PciSpec.StatusInterrupt;
            Config.Set(PciSpec.Status, 2, status | (isShown ? PciSpec.StatusInterrupt : 0UL));
            var asserted = isShown && (Config.Command & PciSpec.CommandInterruptDisable) == 0;
            if(asserted != InterruptAsserted)
            {
                InterruptAsserted = asserted;
                bus?.UpdateInterrupts();
            }
        }

        private void UpdateBusMaster()
        {
            var isMaster = bus != null && (Config.Command & PciSpec.CommandBusMaster) != 0;
            if(isMaster == BusMaster)
            {
                return;
            }
            BusMaster = isMaster;
            foreach(var capability in Config.Capabilities)
            {
                capability.BusMasterChanged(isMaster);
            }
            BusMasterChanged();
        }

        private PciBus? bus;
        private bool interruptPending;
        // What the bus has built its windows from.
        private (int, ulong, ulong, ulong) decoding;
    }
}
