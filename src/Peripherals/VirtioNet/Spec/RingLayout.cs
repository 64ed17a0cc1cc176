#nullable enable
// Layout of the split virtqueue. virtio v1.4-cs01: 2.7 "Split Virtqueues".
//
//   descriptor table          available ring           used ring
//   16 bytes an entry         (driver area)            (device area)
//   +0  addr   u64            +0  flags u16            +0  flags u16
//   +8  len    u32            +2  idx   u16            +2  idx   u16
//   +12 flags  u16            +4  ring  u16 * N        +4  ring  {id u32, len u32} * N
//   +14 next   u16            +4+2N used_event u16     +4+8N avail_event u16

namespace VirtioNet.Spec
{
    /// <summary>Offsets, sizes, alignments and flags of the split virtqueue.</summary>
    public static class RingLayout
    {
        /// <summary>Largest queue size, in descriptors.</summary>
        public const int MaxQueueSize = 32768;
        /// <summary>Most bytes that a descriptor chain may describe (2.7.5.2).</summary>
        public const ulong MaxChainLength = 1UL << 32;

        /// <summary>Size of a descriptor, in bytes (struct virtq_desc).</summary>
        public const int DescriptorSize = 16;
        /// <summary>addr: guest-physical address.</summary>
        public const int DescriptorAddr = 0;
        /// <summary>len: length in bytes.</summary>
        public const int DescriptorLen = 8;
        /// <summary>flags: <see cref="DescNext"/>, <see cref="DescWrite"/>, <see cref="DescIndirect"/>.</summary>
        public const int DescriptorFlags = 12;
        /// <summary>next: index of the following descriptor if flags has NEXT.</summary>
        public const int DescriptorNext = 14;

        /// <summary>VIRTQ_DESC_F_NEXT: the chain goes on at next.</summary>
        public const ushort DescNext = 1;
        /// <summary>VIRTQ_DESC_F_WRITE: the buffer is device-writable, else device-readable.</summary>
        public const ushort DescWrite = 2;
        /// <summary>VIRTQ_DESC_F_INDIRECT: the buffer is a table of descriptors.</summary>
        public const ushort DescIndirect = 4;

        /// <summary>flags, in both rings.</summary>
        public const int RingFlags = 0;
        /// <summary>idx, in both rings: runs free modulo 65536.</summary>
        public const int RingIdx = 2;
        /// <summary>First entry, in both rings.</summary>
        public const int RingEntries = 4;
        /// <summary>Size of an available ring entry: a head index.</summary>
        public const int AvailEntrySize = 2;
        /// <summary>Size of a used ring entry (struct virtq_used_elem): id u32, len u32.</summary>
        public const int UsedEntrySize = 8;
        /// <summary>Size of used_event and of avail_event.</summary>
        public const int EventSize = 2;

        /// <summary>VIRTQ_AVAIL_F_NO_INTERRUPT: the driver asks for no used buffer notifications.</summary>
        public const ushort AvailNoInterrupt = 1;

        /// <summary>Alignment of the descriptor table, in bytes.</summary>
        public const int DescriptorAlign = 16;
        /// <summary>Alignment of the available ring, in bytes.</summary>
        public const int AvailAlign = 2;
        /// <summary>Alignment of the used ring, in bytes.</summary>
        public const int UsedAlign = 4;
    }
}
