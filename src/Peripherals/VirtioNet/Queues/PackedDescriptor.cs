#nullable enable
// One entry of a packed descriptor ring, or of its indirect tables.
// virtio v1.4-cs01: 2.8.13 "The Virtqueue Descriptor Format", 2.8.1 "Driver and Device Ring Wrap Counters".

using System.Runtime.InteropServices;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// A copy of a descriptor, its fields in the order in which they lie in memory: guest memory is read once, whatever
    /// the guest does to it later (H-18).
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct PackedDescriptor
    {
        /// <summary>Reads a whole descriptor. False if it is not RAM.</summary>
        public static bool TryRead(IGuestMemory memory, ulong address, out PackedDescriptor descriptor)
        {
            return memory.TryReadValue(address, out descriptor);
        }

        /// <summary>Reads what lies before the flags in memory; the flags were read already. False if it is not RAM.</summary>
        public static bool TryReadBeforeFlags(IGuestMemory memory, ulong address, ushort flags, out PackedDescriptor descriptor)
        {
            var read = memory.TryReadValue(address, out BeforeFlags before);
            descriptor = new PackedDescriptor(before, flags);
            return read;
        }

        /// <summary>
        /// True if the flags make a descriptor available to a device with this wrap counter: AVAIL equals it,
        /// USED does not (PACK-06).
        /// </summary>
        public static bool IsAvailable(ushort flags, bool wrapCounter)
        {
            return (flags & (RingLayout.DescAvail | RingLayout.DescUsed)) == (wrapCounter ? RingLayout.DescAvail : RingLayout.DescUsed);
        }

        /// <summary>
        /// The flags of a used descriptor: AVAIL and USED both equal the device's wrap counter, WRITE says whether
        /// anything was written (PACK-12, PACK-13).
        /// </summary>
        public static ushort UsedFlags(bool wrapCounter, uint written)
        {
            var flags = wrapCounter ? RingLayout.DescAvail | RingLayout.DescUsed : 0;
            return (ushort)(written != 0 ? flags | RingLayout.DescWrite : flags);
        }

        /// <summary>addr: guest-physical address.</summary>
        public ulong Address { get; }

        /// <summary>len: length in bytes.</summary>
        public uint Length { get; }

        /// <summary>id: the buffer's, in the last descriptor of a chain.</summary>
        public ushort Id { get; }

        /// <summary>flags, as they were read.</summary>
        public ushort Flags { get; }

        /// <summary>VIRTQ_DESC_F_NEXT.</summary>
        public bool HasNext => (Flags & RingLayout.DescNext) != 0;

        /// <summary>VIRTQ_DESC_F_WRITE.</summary>
        public bool IsWritable => (Flags & RingLayout.DescWrite) != 0;

        /// <summary>VIRTQ_DESC_F_INDIRECT.</summary>
        public bool IsIndirect => (Flags & RingLayout.DescIndirect) != 0;

        private PackedDescriptor(in BeforeFlags before, ushort flags)
        {
            Address = before.Address;
            Length = before.Length;
            Id = before.Id;
            Flags = flags;
        }

        [StructLayout(LayoutKind.Sequential, Pack = sizeof(ushort))]
        private readonly struct BeforeFlags
        {
            public ulong Address { get; }

            public uint Length { get; }

            public ushort Id { get; }
        }
    }
}
