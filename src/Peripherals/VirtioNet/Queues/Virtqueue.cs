// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The virtqueue as a device uses it, whatever its ring format. virtio v1.4-cs01: 2.6 "Virtqueues".
//
// The device pops chains, moves data, pushes each chain with the count of bytes written to it, and publishes the batch: one
// store shows all of it to the driver, and one decision tells whether the driver is to be notified. A chain that the device
// cannot use now is put back. Nothing throws: what the driver got wrong is latched as a QueueError, and from then on the
// queue touches no memory and TryPop answers Failed.

using System;
using System.Runtime.InteropServices;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>What both ring formats have in common: the chains in flight, the batch to publish, the latched error.</summary>
    public abstract class Virtqueue
    {
        /// <summary>
        /// Makes a queue of the negotiated format, at the start of its ring, or at the position at which another device has
        /// stopped: what that one has popped and not used is popped again. If layout or position is not sound, the queue is
        /// made with its error latched. Only a legacy driver's queue can be big-endian, and it is never packed.
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
        /// Pops available chains into the span, each checked from end to end, and returns how many: at least one if there is
        /// any, and 0 only if the ring is empty or the queue has failed. It stops early, with fewer chains than the span has room
        /// for, once the queue holds as many segments as the longest chain may have: this bounds the memory that a driver can make
        /// the queue use.
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

        /// <summary>
        /// Puts a chain back as if it had not been popped. Several are put back in the reverse of the order in which they
        /// were popped, the last one first.
        /// </summary>
        public abstract void PutBack(in DescriptorChain chain);

        /// <summary>
        /// Marks a popped chain as used. <paramref name="written"/> counts the bytes that the device has written to it, from
        /// its first writable byte on. The driver sees it after <see cref="Publish"/>. With IN_ORDER, chains are pushed in
        /// the order in which they were popped.
        /// </summary>
        public void Push(in DescriptorChain chain, uint written)
        {
            Chains.Close();
            Batch.Add(chain, written);
        }

        /// <summary>
        /// Shows the driver all chains that were pushed since the last call. True if the caller has to notify the driver.
        /// </summary>
        public bool Publish()
        {
            return PublishOnly() && MustNotify();
        }

        /// <summary>
        /// Shows the driver all chains that were pushed since the last call, and leaves it to <see cref="MustNotify"/>, later, to look whether
        /// it is to be notified. True if there are any.
        /// </summary>
        public bool PublishOnly()
        {
            var (entries, chains) = (Batch.Entries, Batch.Chains);
            if(entries == 0 || Error != null || !Show(Batch))
            {
                return false;
            }
            Batch.Clear();
            untoldEntries = Math.Min(untoldEntries + entries, Size);
            UntoldChains += chains;
            return true;
        }

        /// <summary>
        /// Looks what the driver wants to be notified of among all chains that were published since the last call. True if the caller has
        /// to notify it; false if it does not want that, or if there are none.
        /// </summary>
        public bool MustNotify()
        {
            var entries = untoldEntries;
            untoldEntries = 0;
            UntoldChains = 0;
            if(entries == 0 || Error != null)
            {
                return false;
            }
            // The driver first says what it wants to be notified of and then looks for used chains. The device first shows
            // used chains and then looks what the driver wants. With a full barrier between the two steps on each side, at
            // least one side sees what the other has done, and no notification is lost (H-27).
            Memory.Fence();
            return WantsNotification(entries);
        }

        /// <summary>How many chains were published since the last call of <see cref="MustNotify"/>.</summary>
        public int UntoldChains { get; private set; }

        /// <summary>
        /// Asks the driver to notify the device of the next chain that it makes available. To be called after TryPop has
        /// found none, whether or not chains were put back since. True if the driver has made one available in the
        /// meantime: perhaps it has sent no notification for that one, so the device has to pop again.
        /// </summary>
        public abstract bool EnableNotifications();

        /// <summary>How far the queue has got: where a new queue for the same ring, made by <see cref="Create"/>, can go on.</summary>
        public abstract QueuePosition Position { get; }

        /// <summary>The device found a popped chain wrong: latches this as the queue's error.</summary>
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

        /// <summary>The first error, or null while there is none.</summary>
        public QueueError? Error { get; private set; }

        /// <summary>Makes a queue at the start of its ring. Checks the size; the derived class checks its areas.</summary>
        protected Virtqueue(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features)
        {
            Memory = memory;
            Layout = layout;
            Index = index;
            EventIdx = features.Has(Feature.EventIdx);
            indirectDesc = features.Has(Feature.IndirectDesc);
            Chains = new ChainStore(memory, layout.Size);
            Batch = new UsedBatch(features.Has(Feature.InOrder));
            if(!IsSizeAllowed(layout.Size, features))
            {
                Fail(QueueFault.SizeNotAllowed, length: layout.Size);
            }
        }

        /// <summary>
        /// Makes a new queue go on at a position, with the first chain that is not used. False if no queue of this size can
        /// be at that position.
        /// </summary>
        protected abstract bool TryMoveTo(QueuePosition position);

        /// <summary>
        /// Writes the elements of a batch to the ring, and shows them to the driver by one store that comes after all others.
        /// False if the ring is no longer RAM.
        /// </summary>
        protected abstract bool Show(UsedBatch batch);

        /// <summary>
        /// True if the driver wants to be notified of what was published just now. <paramref name="entries"/> is how many ring
        /// entries that were.
        /// </summary>
        protected abstract bool WantsNotification(int entries);

        /// <summary>Latches the error unless there is one already. Always false.</summary>
        protected bool Fail(QueueFault fault, int head = -1, int descriptor = -1, ulong address = 0, ulong length = 0)
        {
            Error = Error ?? new QueueError(fault, Index, head, descriptor, address, length);
            return false;
        }

        /// <summary>Latches that a ring area is no longer RAM (H-24). Always false.</summary>
        protected bool FailOutsideRam(ulong area)
        {
            return Fail(QueueFault.AreaOutsideRam, address: area);
        }

        /// <summary>Latches what is wrong with a chain that is being gathered. Always false.</summary>
        protected bool FailChain(in DescriptorChain chain, QueueFault fault, int descriptor, ulong address, ulong length)
        {
            return Fail(fault, chain.Head, descriptor, address, length);
        }

        /// <summary>Latches an error if a ring area is misaligned (H-41) or not entirely RAM (H-42).</summary>
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

        /// <summary>The rule that an indirect table at this address, of <paramref name="length"/> bytes, breaks, or None.</summary>
        protected QueueFault CheckIndirectTable(ulong address, uint length)
        {
            if(!indirectDesc)
            {
                return QueueFault.IndirectNotNegotiated;
            }
            if(length == 0 || length % RingLayout.DescriptorSize != 0 || length / RingLayout.DescriptorSize > Chains.LongestChain)
            {
                return QueueFault.IndirectTableSize;
            }
            return Memory.Contains(address, length) ? QueueFault.None : QueueFault.IndirectTableOutsideRam;
        }

        /// <summary>The RAM that the rings and buffers are in.</summary>
        protected IGuestMemory Memory { get; }

        /// <summary>Size and areas.</summary>
        protected QueueLayout Layout { get; }

        /// <summary>VIRTIO_F_EVENT_IDX.</summary>
        protected bool EventIdx { get; }

        /// <summary>The chains that are popped and neither pushed nor put back.</summary>
        protected ChainStore Chains { get; }

        /// <summary>The chains that are pushed and not published.</summary>
        protected UsedBatch Batch { get; }

        // Ring entries that were published since the last call of MustNotify, at most as many as the ring has: more there are only if the driver has
        // found some of them by itself, and wherever in the ring the one is that it wants to be notified of, it is among them.
        private int untoldEntries;

        private readonly bool indirectDesc;
    }
}
