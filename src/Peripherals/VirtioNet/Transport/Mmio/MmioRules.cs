// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can get wrong with the registers that only virtio-mmio has.

using VirtioNet.Reports;

namespace VirtioNet.Transport.Mmio
{
    /// <summary>Rules for accesses to the register window. A read that breaks one returns 0, a write has no effect.</summary>
    public static class MmioRules
    {
        /// <summary>
        /// Control registers are read by aligned 32-bit accesses; one of 64 bits may read two. Of the device configuration, at
        /// least the first byte of the access must exist.
        /// </summary>
        public static readonly Rule NoRegisterToRead = new Rule("no MMIO register of this width is here to read", "virtio v1.4-cs01: 4.2.2.2");

        /// <summary>
        /// Control registers are written by aligned 32-bit accesses; one of 64 bits may write two. The device configuration is
        /// written only by legacy drivers, and only where the device allows it.
        /// </summary>
        public static readonly Rule NoRegisterToWrite = new Rule("no MMIO register of this width is here to write", "virtio v1.4-cs01: 4.2.2.2");
    }
}
