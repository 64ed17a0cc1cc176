#nullable enable
// A function's side of the bus: configuration space, bus master enable and interrupt pin.
// PCI Local Bus 3.0: 6.2.2 "Device Control", 6.2.3 "Device Status". PCI Express Base 5.0: 6.6.2 "Function Level Reset".

namespace VirtioNet.Pci
{
    /// <summary>Base of functions: everything that PCI asks of any of them.</summary>
    public abstract class PciFunction : IPciFunction
    {
        /// <inheritdoc/>
        public virtual ulong ReadConfig(int offset, int width)
        {
            return Config.Read(offset, width);
        }

        /// <inheritdoc/>
        public virtual void WriteConfig(int offset, int width, ulong value)
        {
            var wasMaster = BusMaster;
            Config.Write(offset, width, value);
            if(express != null && express.IsReset(offset, width, value))
            {
                // PCIH-08: done before the guest's next access, though it may take 100 ms.
                Reset();
                return;
            }
            if(power != null && power.Update())
            {
                Redecode();
            }
            if(BusMaster != wasMaster)
            {
                BusMasterChanged();
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
            // H-120: a function that was pulled out reaches no memory.
            BusMasterChanged();
        }

        /// <summary>
        /// Brings configuration space and interrupt pin to their state after power-on: the reset of the machine,
        /// and the function-level reset of the guest (PCIH-08).
        /// </summary>
        public virtual void Reset()
        {
            // The multi-function bit belongs to the slot, not to the function.
            var headerType = Config.Read(PciSpec.HeaderType, 1);
            Config.Reset();
            Config.Set(PciSpec.HeaderType, 1, headerType);
            BusMasterChanged();
            Redecode();
        }

        /// <inheritdoc/>
        public ConfigSpace Config { get; } = new ConfigSpace();

        /// <inheritdoc/>
        public bool InterruptAsserted =>
            (Config.Read(PciSpec.Status, 2) & PciSpec.StatusInterrupt) != 0
            && (Config.Command & PciSpec.CommandInterruptDisable) == 0;

        /// <summary>True while the function is plugged in and the guest lets it read and write memory.</summary>
        public bool BusMaster => bus != null && (Config.Command & PciSpec.CommandBusMaster) != 0;

        /// <summary>Called when <see cref="BusMaster"/> may have changed.</summary>
        protected abstract void BusMasterChanged();

        /// <summary>
        /// Sets the Interrupt Status bit, which Interrupt Disable does not touch, and with it the pin.
        /// </summary>
        protected void SetInterrupt(bool pending)
        {
            var status = Config.Read(PciSpec.Status, 2);
            var changed = pending ? status | PciSpec.StatusInterrupt : status & ~(ulong)PciSpec.StatusInterrupt;
            if(changed != status)
            {
                Config.Set(PciSpec.Status, 2, changed);
                bus?.UpdateInterrupts();
            }
        }

        /// <summary>Adds the capabilities that every PCI Express function has.</summary>
        protected void AddExpress()
        {
            power = new PowerManagement(Config);
            express = new PciExpress(Config);
        }

        // What this function decodes and drives has changed otherwise than by its header.
        private void Redecode()
        {
            bus?.Rebuild();
            bus?.UpdateInterrupts();
        }

        private PciBus? bus;
        private PowerManagement? power;
        private PciExpress? express;
    }
}
