// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A buffer of a descriptor chain. It was checked to be RAM when the chain was popped.

namespace VirtioNet.Memory
{
    /// <summary>The buffer of one descriptor, in guest-physical addresses. Never empty.</summary>
    public readonly struct Segment
    {
        /// <summary>Takes an address and a length in bytes.</summary>
        public Segment(ulong address, uint length)
        {
            Address = address;
            Length = length;
        }

        /// <summary>Guest-physical address of the first byte.</summary>
        public ulong Address { get; }

        /// <summary>Length in bytes, at least 1.</summary>
        public uint Length { get; }
    }
}
