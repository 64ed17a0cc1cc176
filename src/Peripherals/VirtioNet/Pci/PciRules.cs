// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a guest can get wrong on the bus itself, whatever functions are on it.

using VirtioNet.Reports;

namespace VirtioNet.Pci
{
    /// <summary>Rules for accesses to the bus. An access that breaks one reads all ones or has no effect.</summary>
    public static class PciRules
    {
        /// <summary>No BAR that is decoded holds the address.</summary>
        public static readonly Rule UnclaimedIo = new Rule("no I/O BAR decodes this address", "PCI Local Bus 3.0: 6.2.5.1");

        /// <summary>No BAR that is decoded holds the address.</summary>
        public static readonly Rule UnclaimedMemory = new Rule("no memory BAR decodes this address", "PCI Local Bus 3.0: 6.2.5.1");

        /// <summary>ECAM accesses do not cross their natural alignment.</summary>
        public static readonly Rule UnalignedConfiguration = new Rule("a configuration access must be aligned to its width", "PCI Express Base 5.0: 7.2.2");
    }
}
