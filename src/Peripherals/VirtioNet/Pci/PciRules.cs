// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a guest can get wrong on the bus itself, whatever functions are on it.

using VirtioNet.Reports;

namespace VirtioNet.Pci
{
    /// <summary>Rules for accesses to the bus. An access that breaks one reads all ones or has no effect.</summary>
    public static class PciRules
    {
        /// <summary>The guest accesses an I/O address that is in no BAR, or in one that is not enabled.</summary>
        public static readonly Rule UnclaimedIo = new Rule("no I/O BAR decodes this address", "PCI Local Bus 3.0: 6.2.5.1");

        /// <summary>The guest accesses a memory address that is in no BAR, or in one that is not enabled.</summary>
        public static readonly Rule UnclaimedMemory = new Rule("no memory BAR decodes this address", "PCI Local Bus 3.0: 6.2.5.1");

        /// <summary>The guest accesses the ECAM region at an offset that is no multiple of the access's width.</summary>
        public static readonly Rule UnalignedConfiguration = new Rule("a configuration access must be aligned to its width", "PCI Express Base 5.0: 7.2.2");
    }
}
