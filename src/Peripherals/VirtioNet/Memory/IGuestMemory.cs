// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Guest-physical memory as a device sees it by DMA: RAM and nothing else. virtio v1.4-cs01: 2.6 "Virtqueues" (the driver
// gives guest-physical addresses).

using System;
using System.Threading;

namespace VirtioNet.Memory
{
    /// <summary>
    /// Translates guest-physical addresses to host memory. Only RAM can be reached: not holes, not the registers of devices
    /// and not the BARs of the device itself, whatever address the guest gives (H-10, H-15).
    /// </summary>
    public interface IGuestMemory
    {
        /// <summary>
        /// True if every byte of [address, address + length) is RAM. The length is at least 1. A range that goes beyond
        /// 2^64 is not RAM (H-11).
        /// </summary>
        bool Contains(ulong address, ulong length);

        /// <summary>
        /// The host memory that backs the guest-physical address: between 1 and <paramref name="length"/> bytes, fewer than
        /// were asked for where a host block ends; empty if the address is not RAM or the length is 0. The view may be used
        /// until the device returns from the current call, and not later.
        /// </summary>
        Span<byte> Map(ulong address, int length);

        /// <summary>
        /// To be called after bytes were changed through <see cref="Map"/>. An emulator may have translated these bytes as code
        /// of a guest CPU, and discards that translation now (H-119). The whole range must lie in one view that Map has returned.
        /// </summary>
        void Written(ulong address, int length);

        /// <summary>
        /// A full memory barrier. What the device has stored can be seen by the guest's CPUs before the device loads
        /// anything that follows the call. Loads with acquire and stores with release do not give this order.
        /// </summary>
        void Fence()
        {
            Thread.MemoryBarrier();
        }
    }
}
