// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One entry of a packed descriptor ring, or of its indirect tables.
// virtio v1.4-cs01: 2.8.13 "The Virtqueue Descriptor Format", 2.8.1 "Driver and Device Ring Wrap Counters".

using System.Runtime.InteropServices;

using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// A copy of a descriptor. Memory is read once; the guest may change it at any time, but what was checked and what is used
    /// is this copy (H-18). It has two halves of 64 bits: addr; and len, id and flags. The second half is read and written by
    /// one access.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct PackedDescriptor
    {
        /// <summary>Takes both halves as they are in the ring.</summary>
        public PackedDescriptor(ulong address, ulong lengthIdFlags)
        {
            Address = address;
            this.lengthIdFlags = lengthIdFlags;
        }

        /// <summary>
        /// True if the flags make a descriptor available to a device with this wrap counter: AVAIL is equal to it and USED is
        /// not (PACK-06).
        /// </summary>
        public static bool IsAvailable(ulong lengthIdFlags, bool wrapCounter)
        {
            var flags = unchecked((ushort)(lengthIdFlags >> FlagsShift));
            return (flags & (RingLayout.DescAvail | RingLayout.DescUsed)) == (wrapCounter ? RingLayout.DescAvail : RingLayout.DescUsed);
        }

        /// <summary>
        /// The second half of a used descriptor: AVAIL and USED are both equal to the device's wrap counter (PACK-12), and WRITE
        /// says whether anything was written to the buffer (PACK-13). In a used descriptor addr means nothing (2.8.4).
        /// </summary>
        public static ulong Used(in UsedElement element, bool wrapCounter)
        {
            var flags = wrapCounter ? RingLayout.DescAvail | RingLayout.DescUsed : 0;
            flags = element.Length != 0 ? flags | RingLayout.DescWrite : flags;
            return (ulong)flags << FlagsShift | (ulong)element.Id << IdShift | element.Length;
        }

        /// <summary>addr: guest-physical address.</summary>
        public ulong Address { get; }

        /// <summary>len: length in bytes.</summary>
        public uint Length => unchecked((uint)lengthIdFlags);

        /// <summary>id: the buffer id, in the last descriptor of a list.</summary>
        public ushort Id => unchecked((ushort)(lengthIdFlags >> IdShift));

        /// <summary>flags, as they were read. Bits that the spec does not define are ignored (H-19).</summary>
        public ushort Flags => unchecked((ushort)(lengthIdFlags >> FlagsShift));

        /// <summary>VIRTQ_DESC_F_NEXT.</summary>
        public bool HasNext => (Flags & RingLayout.DescNext) != 0;

        /// <summary>VIRTQ_DESC_F_WRITE.</summary>
        public bool IsWritable => (Flags & RingLayout.DescWrite) != 0;

        /// <summary>VIRTQ_DESC_F_INDIRECT.</summary>
        public bool IsIndirect => (Flags & RingLayout.DescIndirect) != 0;

        /// <summary>True if the descriptor is a whole chain by itself: neither NEXT nor INDIRECT.</summary>
        public bool IsSingle => (Flags & (RingLayout.DescNext | RingLayout.DescIndirect)) == 0;

        private readonly ulong lengthIdFlags;

        private const int IdShift = 8 * (RingLayout.PackedDescriptorId - RingLayout.DescriptorLen);
        private const int FlagsShift = 8 * (RingLayout.PackedDescriptorFlags - RingLayout.DescriptorLen);
    }
}
