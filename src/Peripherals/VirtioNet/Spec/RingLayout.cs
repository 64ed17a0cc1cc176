// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Layout of the virtqueues. virtio v1.4-cs01: 2.7 "Split Virtqueues", 2.8 "Packed Virtqueues".
//
// Split:
//
//   descriptor table          available ring           used ring
//   (descriptor area)         (driver area)            (device area)
//   16 bytes an entry
//   +0  addr   u64            +0  flags u16            +0  flags u16
//   +8  len    u32            +2  idx   u16            +2  idx   u16
//   +12 flags  u16            +4  ring  u16 * N        +4  ring  {id u32, len u32} * N
//   +14 next   u16            +4+2N used_event u16     +4+8N avail_event u16
//
// Packed:
//
//   descriptor ring           driver event suppression, device event suppression
//   (descriptor area)         (driver area)             (device area)
//   16 bytes an entry         4 bytes each
//   +0  addr   u64            +0  desc  u16: bits 0-14 offset, bit 15 wrap counter
//   +8  len    u32            +2  flags u16: bits 0-1, the rest reserved
//   +12 id     u16
//   +14 flags  u16

namespace VirtioNet.Spec
{
    /// <summary>Offsets, sizes, alignments and flags of both ring formats.</summary>
    public static class RingLayout
    {
        /// <summary>Largest queue size, in descriptors.</summary>
        public const int MaxQueueSize = 32768;
        /// <summary>Most bytes that a descriptor chain may describe (2.7.5.2).</summary>
        public const ulong MaxChainLength = 1UL << 32;

        /// <summary>Size of a descriptor, in bytes (struct virtq_desc, struct pvirtq_desc).</summary>
        public const int DescriptorSize = 16;
        /// <summary>addr: guest-physical address.</summary>
        public const int DescriptorAddr = 0;
        /// <summary>len: length in bytes.</summary>
        public const int DescriptorLen = 8;
        /// <summary>flags of a split descriptor: <see cref="DescNext"/>, <see cref="DescWrite"/>, <see cref="DescIndirect"/>.</summary>
        public const int DescriptorFlags = 12;
        /// <summary>next of a split descriptor: index of the following one if flags has NEXT.</summary>
        public const int DescriptorNext = 14;
        /// <summary>id of a packed descriptor: names the buffer.</summary>
        public const int PackedDescriptorId = 12;
        /// <summary>flags of a packed descriptor: as split, and <see cref="DescAvail"/>, <see cref="DescUsed"/>.</summary>
        public const int PackedDescriptorFlags = 14;

        /// <summary>VIRTQ_DESC_F_NEXT: the chain goes on.</summary>
        public const ushort DescNext = 1;
        /// <summary>VIRTQ_DESC_F_WRITE: the buffer is device-writable, else device-readable.</summary>
        public const ushort DescWrite = 2;
        /// <summary>VIRTQ_DESC_F_INDIRECT: the buffer is a table of descriptors.</summary>
        public const ushort DescIndirect = 4;
        /// <summary>VIRTQ_DESC_F_AVAIL: equals the driver's wrap counter in an available descriptor.</summary>
        public const ushort DescAvail = 1 << 7;
        /// <summary>VIRTQ_DESC_F_USED: equals the device's wrap counter in a used descriptor.</summary>
        public const ushort DescUsed = 1 << 15;

        /// <summary>flags, in both rings of a split queue.</summary>
        public const int RingFlags = 0;
        /// <summary>idx, in both rings of a split queue: runs free modulo 65536.</summary>
        public const int RingIdx = 2;
        /// <summary>First entry, in both rings of a split queue.</summary>
        public const int RingEntries = 4;
        /// <summary>Size of an available ring entry: a head index.</summary>
        public const int AvailEntrySize = 2;
        /// <summary>Size of a used ring entry (struct virtq_used_elem): id u32, len u32.</summary>
        public const int UsedEntrySize = 8;
        /// <summary>Size of used_event and of avail_event.</summary>
        public const int EventSize = 2;

        /// <summary>VIRTQ_AVAIL_F_NO_INTERRUPT: the driver asks for no used buffer notifications.</summary>
        public const ushort AvailNoInterrupt = 1;

        /// <summary>Size of an event suppression structure (struct pvirtq_event_suppress).</summary>
        public const int EventSuppressionSize = 4;
        /// <summary>desc: a ring offset in its lower 15 bits.</summary>
        public const int EventDesc = 0;
        /// <summary>flags: RING_EVENT_FLAGS_*.</summary>
        public const int EventFlags = 2;
        /// <summary>desc_event_wrap, in desc; the bits below it are desc_event_off.</summary>
        public const ushort EventWrap = 1 << 15;
        /// <summary>desc_event_flags, in flags.</summary>
        public const ushort EventFlagsMask = 3;
        /// <summary>RING_EVENT_FLAGS_ENABLE: notify always.</summary>
        public const ushort EventEnable = 0;
        /// <summary>RING_EVENT_FLAGS_DISABLE: notify never.</summary>
        public const ushort EventDisable = 1;
        /// <summary>RING_EVENT_FLAGS_DESC: notify when the descriptor that desc names is reached.</summary>
        public const ushort EventForDescriptor = 2;

        /// <summary>Alignment of the descriptor table and of the descriptor ring, in bytes.</summary>
        public const int DescriptorAlign = 16;
        /// <summary>Alignment of the available ring, in bytes.</summary>
        public const int AvailAlign = 2;
        /// <summary>Alignment of the used ring, in bytes.</summary>
        public const int UsedAlign = 4;
        /// <summary>Alignment of an event suppression structure, in bytes.</summary>
        public const int EventSuppressionAlign = 4;
    }
}
