// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can get wrong with the registers that only the PCI transport has.

using VirtioNet.Reports;

namespace VirtioNet.Transport.Pci
{
    /// <summary>Rules for accesses to the BARs of a virtio function. A read that breaks one returns 0, a write has no effect.</summary>
    public static class FunctionRules
    {
        /// <summary>A read of the modern structures, of any width, has to meet a field that can be read.</summary>
        public static readonly Rule NoRegisterToRead = new Rule("no register is here to read", "virtio v1.4-cs01: 4.1.3.1");

        /// <summary>
        /// The common configuration is written by the width of a field, or of two 32-bit ones; ISR status and device configuration
        /// are read-only.
        /// </summary>
        public static readonly Rule NoRegisterToWrite = new Rule("no register of this width is here to write", "virtio v1.4-cs01: 4.1.3.1");

        /// <summary>A read of the legacy registers, of any width, has to meet a field that can be read.</summary>
        public static readonly Rule NoLegacyRegisterToRead = new Rule("no legacy register is here to read", "virtio v1.4-cs01: 4.1.4.10");

        /// <summary>
        /// The legacy header is written by the width of a field, or of two 32-bit ones; the device configuration only where the
        /// device allows it.
        /// </summary>
        public static readonly Rule NoLegacyRegisterToWrite = new Rule("no legacy register of this width is here to write", "virtio v1.4-cs01: 4.1.4.10");

        /// <summary>The MSI-X table is written by aligned accesses of 4 or 8 bytes.</summary>
        public static readonly Rule NoTableFieldToWrite = new Rule("no MSI-X table field of this width is here to write", "PCI Local Bus 3.0: 6.8.2");

        /// <summary>bar, offset and length of the configuration access capability name a register.</summary>
        public static readonly Rule ConfigurationAccessTarget = new Rule("the PCI configuration access capability points at no register", "virtio v1.4-cs01: 4.1.4.9");

        /// <summary>An event is mapped to a vector that the function has.</summary>
        public static readonly Rule VectorAbsent = new Rule("an event is mapped to a vector that does not exist", "virtio v1.4-cs01: 4.1.5.1.2");
    }
}
