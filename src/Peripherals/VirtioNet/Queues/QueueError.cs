// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can get wrong with a ring or a chain. The queue latches the first such error; the device then parks: it sets
// DEVICE_NEEDS_RESET (virtio v1.4-cs01: 2.1.2) and uses no queue until it is reset.

namespace VirtioNet.Queues
{
    /// <summary>The rule that the driver has broken. H-nn is its id in docs/conformance/hazards.md.</summary>
    public enum QueueFault
    {
        /// <summary>No rule is broken.</summary>
        None,
        /// <summary>The queue has a size that its format does not allow (H-40).</summary>
        SizeNotAllowed,
        /// <summary>A ring area is not aligned as the spec demands (H-41).</summary>
        MisalignedArea,
        /// <summary>A ring area is not entirely RAM, or no longer (H-24, H-42).</summary>
        AreaOutsideRam,
        /// <summary>The queue is to go on at a position that a queue of this size cannot have. Address and length hold it.</summary>
        PositionOutsideRing,
        /// <summary>The available index is further ahead than the queue has descriptors (H-21, H-22).</summary>
        AvailableIndexJumped,
        /// <summary>The available ring has a head that is not below the queue size (H-03).</summary>
        HeadOutOfRange,
        /// <summary>The driver offers a head again before the device has returned it (H-17).</summary>
        HeadInFlight,
        /// <summary>A descriptor's next is not below the size of its table (H-03).</summary>
        NextOutOfRange,
        /// <summary>The chain loops (H-01, H-31), or has more descriptors than <see cref="ChainStore.LongestChain"/> (H-02).</summary>
        ChainTooLong,
        /// <summary>A descriptor of a packed list is not available, though the first one is (H-33).</summary>
        DescriptorNotAvailable,
        /// <summary>The driver makes a packed descriptor available again before the device has returned it (H-31, H-33).</summary>
        DescriptorInFlight,
        /// <summary>A descriptor has INDIRECT, but VIRTIO_F_INDIRECT_DESC was not negotiated (H-04).</summary>
        IndirectNotNegotiated,
        /// <summary>A descriptor in an indirect table has INDIRECT (H-05).</summary>
        IndirectNested,
        /// <summary>A descriptor has INDIRECT and NEXT, or a packed list has a descriptor with INDIRECT (H-06, H-32).</summary>
        IndirectWithNext,
        /// <summary>
        /// The length of an indirect table is 0, not a multiple of 16 bytes, or more descriptors than
        /// <see cref="ChainStore.LongestChain"/> (H-07, H-36).
        /// </summary>
        IndirectTableSize,
        /// <summary>An indirect table is not entirely RAM (H-08).</summary>
        IndirectTableOutsideRam,
        /// <summary>A buffer is not entirely RAM (H-10, H-11, H-15).</summary>
        BufferOutsideRam,
        /// <summary>The buffers of a chain have more than 4 GiB together (H-12).</summary>
        ChainOver4GiB,
        /// <summary>A device-readable descriptor follows a device-writable one (H-13).</summary>
        ReadableAfterWritable,
        /// <summary>A receive buffer has a device-readable descriptor (H-14).</summary>
        ReadableReceiveBuffer,
        /// <summary>A receive buffer is too small for the header (H-81).</summary>
        ReceiveBufferTooSmall,
        /// <summary>A buffer was RAM when it was popped, and is not any more (H-24).</summary>
        BufferGone,
    }

    /// <summary>The first rule that was broken in a queue, and where. It stays until the queue is reset.</summary>
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

        /// <summary>Head of the chain: the index of its first descriptor; -1 if the error is not in a chain.</summary>
        public int Head { get; }

        /// <summary>Index of the descriptor in its table or ring; -1 if the error is not in one descriptor.</summary>
        public int Descriptor { get; }

        /// <summary>The guest-physical address, or the index, that is wrong; 0 if the fault has neither.</summary>
        public ulong Address { get; }

        /// <summary>
        /// The length in bytes of the area or buffer that is wrong; for an index the queue or table size, for a misaligned area
        /// the alignment, for <see cref="QueueFault.SizeNotAllowed"/> the size.
        /// </summary>
        public ulong Length { get; }

        private static string Explain(QueueFault fault)
        {
            switch(fault)
            {
                case QueueFault.SizeNotAllowed: return "the queue size is not allowed for this ring format";
                case QueueFault.MisalignedArea: return "the address of a ring area is not a multiple of the length shown";
                case QueueFault.AreaOutsideRam: return "a ring area is not in RAM";
                case QueueFault.PositionOutsideRing: return "this ring cannot go on at this position";
                case QueueFault.AvailableIndexJumped: return "the available index is ahead by more than the queue size";
                case QueueFault.HeadOutOfRange: return "the available ring offers a head beyond the queue size";
                case QueueFault.HeadInFlight: return "the head is offered again before it was returned";
                case QueueFault.NextOutOfRange: return "next is beyond the descriptor table";
                case QueueFault.ChainTooLong: return $"the chain loops, or has more descriptors than the queue and than {ChainStore.AlwaysAllowed}";
                case QueueFault.DescriptorNotAvailable: return "a descriptor of the chain is not available, though the chain's first is";
                case QueueFault.DescriptorInFlight: return "a descriptor is available again before it was used";
                case QueueFault.IndirectNotNegotiated: return "INDIRECT without VIRTIO_F_INDIRECT_DESC";
                case QueueFault.IndirectNested: return "INDIRECT inside an indirect table";
                case QueueFault.IndirectWithNext: return "INDIRECT together with NEXT";
                case QueueFault.IndirectTableSize: return $"the indirect table is empty, is not a multiple of 16 bytes, or has more descriptors than the queue and than {ChainStore.AlwaysAllowed}";
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
