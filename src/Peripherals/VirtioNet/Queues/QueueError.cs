#nullable enable
// What was wrong with a ring: hazards sections 1, 2 and 4, reaction R3 (park).

namespace VirtioNet.Queues
{
    /// <summary>The rule that the driver broke. The comment names the hazard.</summary>
    public enum QueueFault
    {
        /// <summary>Nothing.</summary>
        None,
        /// <summary>H-40: the queue has a size that its format does not allow.</summary>
        SizeNotAllowed,
        /// <summary>H-41: a ring area is not aligned as the spec asks.</summary>
        MisalignedArea,
        /// <summary>H-24, H-42: a ring area is not RAM as a whole.</summary>
        AreaOutsideRam,
        /// <summary>The position to go on from is none that a queue of this size can have.</summary>
        PositionOutsideRing,
        /// <summary>H-21, H-22: the available index is further ahead than the queue is long.</summary>
        AvailableIndexJumped,
        /// <summary>H-03: the head index is not below the queue size.</summary>
        HeadOutOfRange,
        /// <summary>H-17: the head is offered again while it is in flight.</summary>
        HeadInFlight,
        /// <summary>H-03: a next index is not below the size of its table.</summary>
        NextOutOfRange,
        /// <summary>H-01, H-02, H-31: the chain loops, or has more descriptors than the queue.</summary>
        ChainTooLong,
        /// <summary>H-33: a descriptor of a packed chain is not available, though the first one is.</summary>
        DescriptorNotAvailable,
        /// <summary>H-31, H-33: a packed descriptor is made available again before it was used.</summary>
        DescriptorInFlight,
        /// <summary>H-04: INDIRECT, but VIRTIO_F_INDIRECT_DESC was not negotiated.</summary>
        IndirectNotNegotiated,
        /// <summary>H-05: INDIRECT inside an indirect table.</summary>
        IndirectNested,
        /// <summary>H-06, H-32: INDIRECT together with NEXT, or in a packed list that NEXT links.</summary>
        IndirectWithNext,
        /// <summary>H-07, H-36: the indirect table is empty, not a multiple of 16 bytes, or longer than the queue.</summary>
        IndirectTableSize,
        /// <summary>H-08: the indirect table is not RAM as a whole.</summary>
        IndirectTableOutsideRam,
        /// <summary>H-10, H-11, H-15: the buffer is not RAM as a whole.</summary>
        BufferOutsideRam,
        /// <summary>H-12: the chain describes more than 4 GiB.</summary>
        ChainOver4GiB,
        /// <summary>H-13: a device-readable descriptor follows a device-writable one.</summary>
        ReadableAfterWritable,
        /// <summary>H-14: a device-readable descriptor in a receive buffer.</summary>
        ReadableReceiveBuffer,
        /// <summary>H-81: a receive buffer too small for the header.</summary>
        ReceiveBufferTooSmall,
        /// <summary>H-24: a buffer that was RAM when it was popped is RAM no more.</summary>
        BufferGone,
    }

    /// <summary>The first thing that went wrong with a queue. Latched until the queue is reset.</summary>
    public sealed class QueueError
    {
        /// <summary>Names the broken rule and the place where it was broken.</summary>
        public QueueError(QueueFault fault, int queue, int head = -1, int descriptor = -1, ulong address = 0, ulong length = 0)
        {
            Fault = fault;
            Queue = queue;
            Head = head;
            Descriptor = descriptor;
            Address = address;
            Length = length;
        }

        /// <summary>One line for the log: queue, head, descriptor, address, length and the rule.</summary>
        public override string ToString()
        {
            var head = Head < 0 ? "" : $", head {Head}";
            var descriptor = Descriptor < 0 ? "" : $", descriptor {Descriptor}";
            return $"queue {Queue}{head}{descriptor}: {Explain(Fault)} (address 0x{Address:X}, length 0x{Length:X})";
        }

        /// <summary>The broken rule.</summary>
        public QueueFault Fault { get; }

        /// <summary>Index of the queue.</summary>
        public int Queue { get; }

        /// <summary>Head of the chain: the index of its first descriptor; -1 if no chain was reached.</summary>
        public int Head { get; }

        /// <summary>Index of the descriptor in its table, or -1.</summary>
        public int Descriptor { get; }

        /// <summary>Guest-physical address concerned, or the offending value for an index.</summary>
        public ulong Address { get; }

        /// <summary>Length in bytes concerned, or the bound that an index broke.</summary>
        public ulong Length { get; }

        private static string Explain(QueueFault fault)
        {
            switch(fault)
            {
                case QueueFault.SizeNotAllowed: return "the queue size is not allowed for this ring format";
                case QueueFault.MisalignedArea: return "a ring area is not aligned to the length shown";
                case QueueFault.AreaOutsideRam: return "a ring area is not in RAM";
                case QueueFault.PositionOutsideRing: return "the position to go on from is none of this ring";
                case QueueFault.AvailableIndexJumped: return "the available index is ahead by more than the queue size";
                case QueueFault.HeadOutOfRange: return "the available ring offers a head beyond the queue size";
                case QueueFault.HeadInFlight: return "the head is offered again before it was returned";
                case QueueFault.NextOutOfRange: return "next is beyond the descriptor table";
                case QueueFault.ChainTooLong: return "the chain loops or is longer than the queue";
                case QueueFault.DescriptorNotAvailable: return "a descriptor of the chain is not available, though the chain's first is";
                case QueueFault.DescriptorInFlight: return "a descriptor is available again before it was used";
                case QueueFault.IndirectNotNegotiated: return "INDIRECT without VIRTIO_F_INDIRECT_DESC";
                case QueueFault.IndirectNested: return "INDIRECT inside an indirect table";
                case QueueFault.IndirectWithNext: return "INDIRECT together with NEXT";
                case QueueFault.IndirectTableSize: return "the indirect table is empty, not a multiple of 16 bytes, or longer than the queue";
                case QueueFault.IndirectTableOutsideRam: return "the indirect table is not in RAM";
                case QueueFault.BufferOutsideRam: return "the buffer is not in RAM";
                case QueueFault.ChainOver4GiB: return "the chain describes more than 4 GiB";
                case QueueFault.ReadableAfterWritable: return "a device-readable descriptor follows a device-writable one";
                case QueueFault.ReadableReceiveBuffer: return "a receive buffer has a device-readable descriptor";
                case QueueFault.BufferGone: return "the buffer has vanished from RAM while it was in use";
                default: return "a receive buffer is smaller than the virtio-net header";
            }
        }
    }
}
