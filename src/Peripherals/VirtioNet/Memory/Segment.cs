#nullable enable
// One buffer of a descriptor chain, as it was checked when the chain was popped.

namespace VirtioNet.Memory
{
    /// <summary>A run of guest RAM: what one descriptor describes. Never empty.</summary>
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
