// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can get wrong with the registers that only virtio-mmio has.

using VirtioNet.Reports;

namespace VirtioNet.Transport.Mmio
{
    /// <summary>Rules for accesses to the window. What breaks one reads 0 or has no effect.</summary>
    public static class MmioRules
    {
        /// <summary>Control registers are read by 32-bit accesses.</summary>
        public static readonly Rule NoRegisterToRead = new Rule("no MMIO register of this width is here to read", "virtio v1.4-cs01: 4.2.2.2");

        /// <summary>Control registers are written by 32-bit accesses.</summary>
        public static readonly Rule NoRegisterToWrite = new Rule("no MMIO register of this width is here to write", "virtio v1.4-cs01: 4.2.2.2");
    }
}
