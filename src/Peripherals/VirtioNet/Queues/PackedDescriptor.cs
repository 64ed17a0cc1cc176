#nullable enable
// One entry of a packed descriptor ring, or of its indirect tables.
// virtio v1.4-cs01: 2.8.13 "The Virtqueue Descriptor Format", 2.8.1 "Driver and Device Ring Wrap Counters".

using System.Runtime.InteropServices;

using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// A copy of a descriptor: guest memory is read once, whatever the guest does to it later (H-18). In memory it is addr,
    /// then len, id and flags, which are read and written together.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct PackedDescriptor
    {
        /// <summary>Takes addr, and len, id and flags as they lie in memory.</summary>
        public PackedDescriptor(ulong address, ulong lengthIdFlags)
        {
            Address = address;
            this.lengthIdFlags = lengthIdFlags;
        }

        /// <summary>
        /// True if the flags make a descriptor available to a device with this wrap counter: AVAIL equals it,
        /// USED does not (PACK-06).
        /// </summary>
        public static bool IsAvailable(ulong lengthIdFlags, bool wrapCounter)
        {
            var flags = unchecked((ushort)(lengthIdFlags >> FlagsShift));
            return (flags & (RingLayout.DescAvail | RingLayout.DescUsed)) == (wrapCounter ? RingLayout.DescAvail : RingLayout.DescUsed);
        }

        /// <summary>
        /// len, id and flags of a used descriptor: AVAIL and USED both equal the device's wrap counter, WRITE says
        /// whether anything was written (PACK-12, PACK-13). addr means nothing in it (2.8.4).
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

        /// <summary>id: the buffer's, in the last descriptor of a chain.</summary>
        public ushort Id => unchecked((ushort)(lengthIdFlags >> IdShift));

        /// <summary>flags, as they were read.</summary>
        public ushort Flags => unchecked((ushort)(lengthIdFlags >> FlagsShift));

        /// <summary>VIRTQ_DESC_F_NEXT.</summary>
        public bool HasNext => (Flags & RingLayout.DescNext) != 0;

        /// <summary>VIRTQ_DESC_F_WRITE.</summary>
        public bool IsWritable => (Flags & RingLayout.DescWrite) != 0;

        /// <summary>VIRTQ_DESC_F_INDIRECT.</summary>
        public bool IsIndirect => (Flags & RingLayout.DescIndirect) != 0;

        /// <summary>True for a whole chain: neither NEXT nor INDIRECT.</summary>
        public bool IsSingle => (Flags & (RingLayout.DescNext | RingLayout.DescIndirect)) == 0;

        private readonly ulong lengthIdFlags;

        private const int IdShift = 8 * (RingLayout.PackedDescriptorId - RingLayout.DescriptorLen);
        private const int FlagsShift = 8 * (RingLayout.PackedDescriptorFlags - RingLayout.DescriptorLen);
    }
}
