// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where an endpoint sits on the bus, as platform descriptions write it: "@ pcie 1", or with a function
// "@ pcie new PCI.PciRegistration { slot: 1; function: 2 }".

using System;

using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Peripherals.Network;

using VirtioNet.Pci;

namespace Antmicro.Renode.Peripherals.PCI
{
    /// <summary>Device and function number on a root bus.</summary>
    public sealed class PciRegistration : IRegistrationPoint, IEquatable<PciRegistration>
    {
        /// <summary>
        /// Slot 0..31 and function 0..7. Other numbers are refused when an endpoint is registered there, and not here: an exception
        /// of this constructor ends Renode where the slot is written as a bare number.
        /// </summary>
        public PciRegistration(long slot, long function = 0)
        {
            this.slot = slot;
            this.function = function;
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return $"00:{slot:x2}.{function}";
        }

        /// <inheritdoc/>
        public bool Equals(PciRegistration? other)
        {
            return other != null && slot == other.slot && function == other.function;
        }

        /// <inheritdoc/>
        public override bool Equals(object? obj)
        {
            return Equals(obj as PciRegistration);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return HashCode.Combine(slot, function);
        }

        /// <summary>Device number, 0..31 if it is valid.</summary>
        public int Slot => (int)slot;

        /// <summary>Function number, 0..7 if it is valid.</summary>
        public int Function => (int)function;

        /// <inheritdoc/>
        public string PrettyString => ToString();

        /// <summary>Adds a sentence for each number that is out of range.</summary>
        internal void Check(Faults faults)
        {
            faults.Check(slot >= 0 && slot < PciSpec.DevicesPerBus, $"slot is {slot}; it must be 0 to {PciSpec.DevicesPerBus - 1}");
            faults.Check(function >= 0 && function < PciSpec.FunctionsPerDevice, $"function is {function}; it must be 0 to {PciSpec.FunctionsPerDevice - 1}");
        }

        private readonly long slot;
        private readonly long function;
    }
}
