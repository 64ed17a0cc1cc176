#nullable enable
// The virtqueue as a device uses it, whatever its ring format. virtio v1.4-cs01: 2.6 "Virtqueues".
//
// The device pops chains, moves data, pushes each chain with the count of bytes written, and publishes
// the batch: one update that the driver sees, and one decision about the notification. A chain that cannot
// be used now is put back. Nothing throws: what the driver got wrong is latched as a QueueError, and from
// then on the queue answers Failed and touches no memory (I6).

using System;
using System.Diagnostics;
using System.Threading;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>Common part of the ring formats: batches, the notification decision, the chains in flight, the latch.</summary>
    public abstract class Virtqueue
    {
        /// <summary>
        /// Makes a queue of the negotiated format at its initial position, or where another device has left it: what
        /// that one has popped and not used is popped again. If layout or position are not sound, the queue is
        /// born with its error latched. Only a legacy driver's queue can be big-endian, and it is never packed.
        /// </summary>
        public static Virtqueue Create(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features, bool bigEndian = false, QueuePosition? position = null)
        {
            var queue = features.Has(Feature.RingPacked)
                ? (Virtqueue)new PackedVirtqueue(memory, index, layout, features)
                : new SplitVirtqueue(memory, index, layout, features, bigEndian);
            if(position is QueuePosition start && queue.Error == null && !queue.TryMoveTo(start))
            {
                queue.Fail(QueueFault.PositionOutsideRing, address: start.Available, length: start.Used);
            }
            return queue;
        }

        /// <summary>
        /// True if a queue may have so many descriptors: 1 to 32768, and a power of two unless it is packed
        /// (SPLIT-01, PACK-18, H-40).
        /// </summary>
        public static bool IsSizeAllowed(ushort size, FeatureSet features)
        {
            return size >= 1 && size <= RingLayout.MaxQueueSize && (features.Has(Feature.RingPacked) || (size & (size - 1)) == 0);
        }

        /// <summary>Pops the next available chain, checked from end to end.</summary>
        public abstract PopResult TryPop(out DescriptorChain chain);

        /// <summary>Puts the chain popped last back, as if it had not been popped.</summary>
        public abstract void PutBack(in DescriptorChain chain);

        /// <summary>
        /// Marks a popped chain used. <paramref name="written"/> counts the bytes written to it (I5).
        /// The driver sees it after <see cref="Publish"/>. With IN_ORDER, chains are pushed in the order in which they
        /// were popped. False if the queue has failed.
        /// </summary>
        public bool Push(in DescriptorChain chain, uint written)
        {
            Closed();
            // 2.7.9, 2.8.8: with IN_ORDER one used element may stand for a batch, but it says nothing of the lengths of
            // all but the last. So only chains that have no length to tell are left to the element that follows.
            if(inOrder && chain.WritableLength == 0)
            {
                left += chain.Entries;
                lastLeft = chain.Id;
                return true;
            }
            return Use(chain.Id, written, chain.Entries);
        }

        /// <summary>
        /// Shows all chains pushed since the last call to the driver. True if the driver wants to be notified.
        /// </summary>
        public bool Publish()
        {
            if(left != 0)
            {
                Use(lastLeft, 0, 0);
            }
            var entries = Pushed;
            if(entries == 0 || Error != null)
            {
                return false;
            }
            Pushed = 0;
            if(!Show(entries))
            {
                return false;
            }
            // Orders the store that shows the batch before the load of what the driver suppresses. The driver does
            // the opposite, so at least one side sees the other (H-27).
            Thread.MemoryBarrier();
            return entries > EntriesBeforeEvent(entries);
        }

        /// <summary>
        /// Asks the driver to notify the device of the next chain that it makes available: after TryPop has found
        /// none, whether or not chains were put back since. True if there is one meanwhile: the device has to look
        /// again, a notification may not come.
        /// </summary>
        public abstract bool EnableNotifications();

        /// <summary>How far the queue has got; while no chain is out, a queue made at this position goes on from there.</summary>
        public abstract QueuePosition Position { get; }

        /// <summary>Latches an error in what a popped chain describes.</summary>
        public void Reject(QueueFault fault, in DescriptorChain chain)
        {
            Fail(fault, chain.Head, length: chain.WritableLength);
        }

        /// <summary>Index of the queue in its device.</summary>
        public int Index { get; }

        /// <summary>Queue size, in descriptors.</summary>
        public ushort Size => Layout.Size;

        /// <summary>True once a chain was popped.</summary>
        public bool WasUsed { get; private set; }

        /// <summary>The first error, or null while the queue is sound.</summary>
        public QueueError? Error { get; private set; }

        /// <summary>Makes a queue at its initial position. Its areas are not checked yet.</summary>
        protected Virtqueue(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features)
        {
            Memory = memory;
            Layout = layout;
            Index = index;
            EventIdx = features.Has(Feature.EventIdx);
            indirectDesc = features.Has(Feature.IndirectDesc);
            inOrder = features.Has(Feature.InOrder);
            segments = new Segment[InitialSegments];
            if(!IsSizeAllowed(layout.Size, features))
            {
                Fail(QueueFault.SizeNotAllowed, length: layout.Size);
            }
        }

        /// <summary>Moves a new queue to what comes next to be used. False if no queue of this size can be at this position.</summary>
        protected abstract bool TryMoveTo(QueuePosition position);

        /// <summary>Writes a used element behind the <see cref="Pushed"/> entries of the batch. The driver must not see it yet.</summary>
        protected abstract bool WriteUsed(ushort id, uint written);

        /// <summary>Shows the batch, so many entries, to the driver in one store that comes after all others.</summary>
        protected abstract bool Show(int entries);

        /// <summary>
        /// How many of the entries just shown the driver lets pass before the one that it wants to hear of:
        /// <see cref="NotifyAlways"/>, <see cref="NotifyNever"/>, or by EVENT_IDX anything between.
        /// </summary>
        protected abstract int EntriesBeforeEvent(int entries);

        /// <summary>Latches the first error.</summary>
        protected PopResult Fail(QueueFault fault, int head = -1, int descriptor = -1, ulong address = 0, ulong length = 0)
        {
            Error = Error ?? new QueueError(fault, Index, head, descriptor, address, length);
            return PopResult.Failed;
        }

        /// <summary>Latches that a ring area is RAM no more (H-24). False, always.</summary>
        protected bool FailOutsideRam(ulong area)
        {
            Fail(QueueFault.AreaOutsideRam, address: area);
            return false;
        }

        /// <summary>Latches an error if the area is misaligned (H-41) or not RAM as a whole (H-42).</summary>
        protected void CheckArea(ulong address, ulong length, uint alignment)
        {
            if(Error != null)
            {
                return;
            }
            if(address % alignment != 0)
            {
                Fail(QueueFault.MisalignedArea, address: address, length: alignment);
            }
            else if(!Memory.Contains(address, length))
            {
                Fail(QueueFault.AreaOutsideRam, address: address, length: length);
            }
        }

        /// <summary>Starts to gather the buffers of a chain.</summary>
        protected void BeginChain()
        {
            chainStart = segmentCount;
            buffers = 0;
            readable = 0;
            readableLength = 0;
            writableLength = 0;
        }

        /// <summary>Adds a buffer to the chain, or tells the rule that it breaks.</summary>
        protected QueueFault AddBuffer(ulong address, uint length, bool isWritable)
        {
            // H-01, H-02, H-31.
            buffers++;
            if(buffers > Size)
            {
                return QueueFault.ChainTooLong;
            }
            // H-09: an empty buffer is no error; it has no bytes and so no address to check.
            if(length == 0)
            {
                return QueueFault.None;
            }
            if(!Memory.Contains(address, length))
            {
                return QueueFault.BufferOutsideRam;
            }
            if(isWritable)
            {
                writableLength += length;
            }
            else if(writableLength != 0)
            {
                return QueueFault.ReadableAfterWritable;
            }
            else
            {
                readableLength += length;
                readable++;
            }
            AddSegment(new Segment(address, length));
            return readableLength + writableLength > RingLayout.MaxChainLength ? QueueFault.ChainOver4GiB : QueueFault.None;
        }

        /// <summary>Tells the rule that an indirect table breaks, if there is one.</summary>
        protected QueueFault CheckIndirectTable(ulong address, uint length)
        {
            if(!indirectDesc)
            {
                return QueueFault.IndirectNotNegotiated;
            }
            if(length == 0 || length % RingLayout.DescriptorSize != 0 || length / RingLayout.DescriptorSize > Size)
            {
                return QueueFault.IndirectTableSize;
            }
            return Memory.Contains(address, length) ? QueueFault.None : QueueFault.IndirectTableOutsideRam;
        }

        /// <summary>Pops the chain gathered since <see cref="BeginChain"/>: it is out until it is pushed or put back.</summary>
        protected PopResult EndChain(ushort head, ushort id, ushort entries, out DescriptorChain chain)
        {
            chain = new DescriptorChain(head, id, entries, segments, chainStart, readable, segmentCount - chainStart - readable, readableLength, writableLength);
            outstanding++;
            WasUsed = true;
            return PopResult.Chain;
        }

        /// <summary>Forgets what was gathered, and latches why.</summary>
        protected PopResult AbandonChain(QueueFault fault, int head, int descriptor, ulong address, ulong length)
        {
            segmentCount = chainStart;
            return Fail(fault, head, descriptor, address, length);
        }

        /// <summary>Counts a chain as pushed or put back; when none is out, the segment store starts anew.</summary>
        protected void Closed()
        {
            Debug.Assert(outstanding > 0, "H-28: a chain is pushed or put back exactly once");
            outstanding--;
            if(outstanding == 0)
            {
                segmentCount = 0;
            }
        }

        /// <summary>The RAM that the rings and buffers live in.</summary>
        protected IGuestMemory Memory { get; }

        /// <summary>Size and areas.</summary>
        protected QueueLayout Layout { get; }

        /// <summary>VIRTIO_F_EVENT_IDX.</summary>
        protected bool EventIdx { get; }

        /// <summary>Entries of the batch: pushed with their elements written, and not yet published.</summary>
        protected int Pushed { get; private set; }

        /// <summary>True while a chain is popped and neither pushed nor put back.</summary>
        protected bool HasChainsOut => outstanding != 0;

        /// <summary>The driver wants to be notified of any batch.</summary>
        protected const int NotifyAlways = 0;
        /// <summary>The driver wants no notifications.</summary>
        protected const int NotifyNever = int.MaxValue;

        private bool Use(ushort id, uint written, int entries)
        {
            if(Error != null || !WriteUsed(id, written))
            {
                return false;
            }
            // The element stands at the place of the first entry that it speaks for.
            Pushed += left + entries;
            left = 0;
            return true;
        }

        private void AddSegment(Segment segment)
        {
            if(segmentCount == segments.Length)
            {
                Array.Resize(ref segments, segments.Length * 2);
            }
            segments[segmentCount] = segment;
            segmentCount++;
        }

        // Segments of all chains that are out, in use up to segmentCount.
        private Segment[] segments;
        private int segmentCount;
        // The chain being gathered: its first segment, how many buffers and readable segments, and bytes.
        private int chainStart;
        private int buffers;
        private int readable;
        private ulong readableLength;
        private ulong writableLength;
        // Chains popped and not yet pushed or put back.
        private int outstanding;
        // Entries pushed behind those of the batch, whose element is left out so far, and the id of the last.
        private int left;
        private ushort lastLeft;

        private readonly bool indirectDesc;
        private readonly bool inOrder;

        private const int InitialSegments = 32;
    }
}
