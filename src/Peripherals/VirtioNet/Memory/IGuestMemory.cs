#nullable enable
// Guest-physical memory as a device sees it by DMA: RAM and nothing else.
// virtio v1.4-cs01: 2.6 "Virtqueues" (all addresses are guest-physical); hazards H-10, H-11, H-15, H-110.

using System;

namespace VirtioNet.Memory
{
    /// <summary>
    /// Translates guest-physical addresses to host memory. Only RAM is reachable: holes, device
    /// registers and our own BARs are not, whatever the guest aims at them.
    /// </summary>
    public interface IGuestMemory
    {
        /// <summary>
        /// True if every byte of [address, address + length) is RAM; length is at least 1. A range that passes
        /// 2^64 is not RAM.
        /// </summary>
        bool Contains(ulong address, ulong length);

        /// <summary>
        /// Host memory behind the guest-physical address: between 1 and <paramref name="length"/> bytes,
        /// fewer than asked for where host blocks meet; empty if the address is not RAM or length is 0.
        /// The view is for the current call only.
        /// </summary>
        Span<byte> Map(ulong address, int length);

        /// <summary>
        /// To be called after bytes were changed through <see cref="Map"/>, so that code translated from
        /// them is thrown away (H-119). The range must be one that Map has returned.
        /// </summary>
        void Written(ulong address, int length);
    }
}
