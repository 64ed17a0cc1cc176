#nullable enable
// The virtqueue as a device uses it, whatever its ring format. virtio v1.4-cs01: 2.6 "Virtqueues".
//
// The device pops chains, moves data, pushes each chain with the count of bytes written, and publishes
// the batch: one index update and one decision about the notification. A chain that cannot be used now
// is put back. Nothing throws: what the driver got wrong is latched as a QueueError, and from then on
// the queue answers Failed and touches no memory (I6).

using System;
using System.Diagnostics;

using VirtioNet.Memory;

namespace VirtioNet.Queues
{
    /// <summary>What <see cref="Virtqueue.TryPop"/> found.</summary>
    public enum PopResult
    {
        /// <summary>The driver has made nothing available.</summary>
        Empty,
        /// <summary>A chain was popped.</summary>
        Chain,
        /// <summary>The ring cannot be trusted any more; see <see cref="Virtqueue.Error"/>.</summary>
        Failed,
    }

    /// <summary>Common part of the ring formats: the latch, the segment store, the chains in flight.</summary>
    public abstract class Virtqueue
    {
        /// <summary>Pops the next available chain, checked from end to end.</summary>
        public abstract PopResult TryPop(out DescriptorChain chain);

        /// <summary>Puts the chain popped last back, as if it had not been popped.</summary>
        public abstract void PutBack(in DescriptorChain chain);

        /// <summary>
        /// Marks a popped chain used. <paramref name="written"/> counts the bytes written to it (I5).
        /// The driver sees it after <see cref="Publish"/>. False if the ring is not RAM any more.
        /// </summary>
        public abstract bool Push(in DescriptorChain chain, uint written);

        /// <summary>
        /// Shows all chains pushed since the last call to the driver. True if the driver wants to be notified.
        /// </summary>
        public abstract bool Publish();

        /// <summary>
        /// Asks the driver to notify the device of the next chain that it makes available. True if it made
        /// one available while this was asked: the device has to look again, a notification may not come.
        /// </summary>
        public abstract bool EnableNotifications();

        /// <summary>Latches an error in what a popped chain describes.</summary>
        public void Reject(QueueFault fault, in DescriptorChain chain)
        {
            Fail(fault, chain.Head, length: chain.WritableLength);
        }

        /// <summary>Index of the queue in its device.</summary>
        public int Index { get; }

        /// <summary>Queue size, in descriptors.</summary>
        public ushort Size => Layout.Size;

        /// <summary>The first error, or null while the queue is sound.</summary>
        public QueueError? Error { get; private set; }

        /// <summary>Makes a queue at its initial position. The layout is not checked yet.</summary>
        protected Virtqueue(IGuestMemory memory, int index, QueueLayout layout)
        {
            Memory = memory;
            Layout = layout;
            Index = index;
            segments = new Segment[InitialSegments];
        }

        /// <summary>Latches the first error.</summary>
        protected PopResult Fail(QueueFault fault, int head = -1, int descriptor = -1, ulong address = 0, ulong length = 0)
        {
            Error = Error ?? new QueueError(fault, Index, head, descriptor, address, length);
            return PopResult.Failed;
        }

        /// <summary>Stores a segment of the chain being popped.</summary>
        protected void AddSegment(ulong address, uint length)
        {
            if(SegmentCount == segments.Length)
            {
                Array.Resize(ref segments, segments.Length * 2);
            }
            segments[SegmentCount] = new Segment(address, length);
            SegmentCount++;
        }

        /// <summary>Counts a chain as popped.</summary>
        protected void Opened()
        {
            outstanding++;
        }

        /// <summary>Counts a chain as pushed or put back; when none is out, the segment store starts anew.</summary>
        protected void Closed()
        {
            Debug.Assert(outstanding > 0, "H-28: a chain is pushed or put back exactly once");
            outstanding--;
            if(outstanding == 0)
            {
                SegmentCount = 0;
            }
        }

        /// <summary>The RAM that the rings and buffers live in.</summary>
        protected IGuestMemory Memory { get; }

        /// <summary>Size and areas.</summary>
        protected QueueLayout Layout { get; }

        /// <summary>Segments of the chains that are out; filled up to <see cref="SegmentCount"/>.</summary>
        protected Segment[] Segments => segments;

        /// <summary>Segments in use. Lowering it forgets those of a chain that was given up.</summary>
        protected int SegmentCount { get; set; }

        private Segment[] segments;
        private int outstanding;

        private const int InitialSegments = 32;
    }
}
