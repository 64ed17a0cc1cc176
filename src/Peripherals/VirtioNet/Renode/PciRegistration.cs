#nullable enable
// Where an endpoint sits on the bus, as platform descriptions write it: "@ pcie 1", or with a function
// "@ pcie new PCI.PciRegistration { slot: 1; function: 2 }".

using System;

using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;

using VirtioNet.Pci;

namespace Antmicro.Renode.Peripherals.PCI
{
    /// <summary>Device and function number on a root bus.</summary>
    public sealed class PciRegistration : IRegistrationPoint, IEquatable<PciRegistration>
    {
        /// <summary>Slot 0..31 and function 0..7; throws <see cref="ConstructionException"/> otherwise.</summary>
        public PciRegistration(int slot, int function = 0)
        {
            if(slot < 0 || slot >= PciSpec.DevicesPerBus)
            {
                throw new ConstructionException($"PCI slot {slot} does not exist: use 0 to {PciSpec.DevicesPerBus - 1}");
            }
            if(function < 0 || function >= PciSpec.FunctionsPerDevice)
            {
                throw new ConstructionException($"PCI function {function} does not exist: use 0 to {PciSpec.FunctionsPerDevice - 1}");
            }
            Slot = slot;
            Function = function;
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return $"00:{Slot:x2}.{Function}";
        }

        /// <inheritdoc/>
        public bool Equals(PciRegistration? other)
        {
            return other != null && Slot == other.Slot && Function == other.Function;
        }

        /// <inheritdoc/>
        public override bool Equals(object? obj)
        {
            return Equals(obj as PciRegistration);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return Slot * PciSpec.FunctionsPerDevice + Function;
        }

        /// <summary>Device number.</summary>
        public int Slot { get; }

        /// <summary>Function number.</summary>
        public int Function { get; }

        /// <inheritdoc/>
        public string PrettyString => ToString();
    }
}
