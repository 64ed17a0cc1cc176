// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What PCI asks of every function: configuration space, interrupt pin, bus mastering and reset.
// PCI Local Bus 3.0: 6.2.2 "Device Control", 6.2.3 "Device Status". PCI Express Base 5.0: 6.6.2 "Function Level Reset".
//
// The way of a configuration write:
//   PcieEcamHost.Write         the guest stores to the ECAM region of the host bridge
//   PciBus.WriteConfig         finds the function and the register
//   PciFunction.WriteConfig    calls the following:
//     ConfigSpace.Write        changes the bits that the guest may write, then calls
//     PciCapability.AfterWrite for each capability that holds a written byte, which acts on its own registers
//     PciFunction.Settle       applies what has changed, each thing once: windows on the bus, interrupt pin, bus mastering
// If a capability has asked for a function-level reset, WriteConfig calls Reset instead of Settle.

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
                // A guest must wait 100 ms after it has asked for a function-level reset; here the reset is done at once.
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
        /// Brings the function to its state after power-on, when the machine is reset or the guest asks for a function-level reset
        /// (PCIH-08). First the device is reset, then the configuration space gets its first values back.
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

        /// <summary>Resets the device that the function carries. Called before the configuration space is reset.</summary>
        protected abstract void ResetDevice();

        /// <summary>Called when <see cref="BusMaster"/> has changed.</summary>
        protected abstract void BusMasterChanged();

        /// <summary>
        /// Says whether the device has an interrupt for the driver. The pin shows it, unless MSI-X is enabled or Interrupt Disable
        /// is set.
        /// </summary>
        protected void SetInterrupt(bool pending)
        {
            interruptPending = pending;
            UpdateInterrupt();
        }

        // Applies what the configuration space says now. The bus rebuilds its windows first, so that they are right when the
        // device, if it becomes bus master, starts to work again within this call.
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

        // Interrupt Status shows a pending interrupt even while Interrupt Disable keeps the pin from being asserted. With MSI-X
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
        // ConfigSpace.Decoding when the bus last built its windows.
        private (int, ulong, ulong, ulong) decoding;
    }
}
