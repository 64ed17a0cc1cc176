#nullable enable
// The virtqueue as a device uses it, whatever its ring format. virtio v1.4-cs01: 2.6 "Virtqueues".
//
// The device pops chains, moves data, pushes each chain with the count of bytes written, and publishes
// the batch: one update that the driver sees, and one decision about the notification. A chain that cannot
// be used now is put back. Nothing throws: what the driver got wrong is latched as a QueueError, and from
// then on the queue answers Failed and touches no memory (I6).

using System;
using System.Runtime.InteropServices;
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

        /// <summary>
        /// Pops available chains, each checked from end to end: as many as there are and as the span holds. If there are
        /// fewer, the ring is empty, or it has failed behind them.
        /// </summary>
        public abstract int Pop(Span<DescriptorChain> chains);

        /// <summary>Pops the next available chain.</summary>
        public PopResult TryPop(out DescriptorChain chain)
        {
            chain = default;
            if(Pop(MemoryMarshal.CreateSpan(ref chain, 1)) != 0)
            {
                return PopResult.Chain;
            }
            return Error == null ? PopResult.Empty : PopResult.Failed;
        }

        /// <summary>What the device may read of a popped chain.</summary>
        public ReadOnlySpan<Segment> Readable(in DescriptorChain chain)
        {
            return Chains.Segments(chain.FirstSegment, chain.ReadableSegments);
        }

        /// <summary>What the device may write of a popped chain.</summary>
        public ReadOnlySpan<Segment> Writable(in DescriptorChain chain)
        {
            return Chains.Segments(chain.FirstSegment + chain.ReadableSegments, chain.WritableSegments);
        }

        /// <summary>Puts the chain popped last back, as if it had not been popped.</summary>
        public abstract void PutBack(in DescriptorChain chain);

        /// <summary>
        /// Marks a popped chain used. <paramref name="written"/> counts the bytes written to it (I5). The driver sees it
        /// after <see cref="Publish"/>. With IN_ORDER, chains are pushed in the order in which they were popped.
        /// </summary>
        public void Push(in DescriptorChain chain, uint written)
        {
            Chains.Close();
            var before = 0;
            if(lastGrows)
            {
                batchCount--;
                before = batch[batchCount].Entries;
            }
            else if(batchCount == batch.Length)
            {
                Array.Resize(ref batch, batch.Length * 2);
            }
            batch[batchCount] = new UsedElement(chain.Id, (ushort)(before + chain.Entries), written);
            batchCount++;
            Pushed += chain.Entries;
            // 2.7.9, 2.8.8: with IN_ORDER one used element may stand for several chains, but it says nothing of the
            // lengths of all but the last. So only an element that has no length to tell makes way for the next.
            lastGrows = inOrder && chain.WritableLength == 0;
        }

        /// <summary>
        /// Shows all chains pushed since the last call to the driver. True if the driver wants to be notified.
        /// </summary>
        public bool Publish()
        {
            var entries = Pushed;
            if(entries == 0 || Error != null || !Show(batch.AsSpan(0, batchCount), entries))
            {
                return false;
            }
            batchCount = 0;
            Pushed = 0;
            lastGrows = false;
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
        public bool WasUsed => Chains.WasUsed;

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
            Chains = new ChainStore(memory, layout.Size);
            if(!IsSizeAllowed(layout.Size, features))
            {
                Fail(QueueFault.SizeNotAllowed, length: layout.Size);
            }
        }

        /// <summary>Moves a new queue to what comes next to be used. False if no queue of this size can be at this position.</summary>
        protected abstract bool TryMoveTo(QueuePosition position);

        /// <summary>
        /// Writes the elements of a batch to the ring and shows them, so many entries, to the driver in one store that
        /// comes after all others.
        /// </summary>
        protected abstract bool Show(ReadOnlySpan<UsedElement> batch, int entries);

        /// <summary>
        /// How many of the entries just shown the driver lets pass before the one that it wants to hear of:
        /// <see cref="NotifyAlways"/>, <see cref="NotifyNever"/>, or by EVENT_IDX anything between.
        /// </summary>
        protected abstract int EntriesBeforeEvent(int entries);

        /// <summary>Latches the first error. False, always.</summary>
        protected bool Fail(QueueFault fault, int head = -1, int descriptor = -1, ulong address = 0, ulong length = 0)
        {
            Error = Error ?? new QueueError(fault, Index, head, descriptor, address, length);
            return false;
        }

        /// <summary>Latches that a ring area is RAM no more (H-24). False, always.</summary>
        protected bool FailOutsideRam(ulong area)
        {
            return Fail(QueueFault.AreaOutsideRam, address: area);
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

        /// <summary>Latches what is wrong with a chain that was begun. False, always.</summary>
        protected bool FailChain(in DescriptorChain chain, QueueFault fault, int descriptor, ulong address, ulong length)
        {
            return Fail(fault, chain.Head, descriptor, address, length);
        }

        /// <summary>The RAM that the rings and buffers live in.</summary>
        protected IGuestMemory Memory { get; }

        /// <summary>Size and areas.</summary>
        protected QueueLayout Layout { get; }

        /// <summary>VIRTIO_F_EVENT_IDX.</summary>
        protected bool EventIdx { get; }

        /// <summary>Entries of the batch: pushed, and not yet published.</summary>
        protected int Pushed { get; private set; }

        /// <summary>The chains that are popped and neither pushed nor put back.</summary>
        protected ChainStore Chains { get; }

        /// <summary>The driver wants to be notified of any batch.</summary>
        protected const int NotifyAlways = 0;
        /// <summary>The driver wants no notifications.</summary>
        protected const int NotifyNever = int.MaxValue;

        // Used elements pushed and not yet published, and whether the last of them makes way for one that speaks for the
        // next chain too.
        private UsedElement[] batch = new UsedElement[InitialBatch];
        private int batchCount;
        private bool lastGrows;

        private readonly bool indirectDesc;
        private readonly bool inOrder;

        private const int InitialBatch = 32;
    }
}
