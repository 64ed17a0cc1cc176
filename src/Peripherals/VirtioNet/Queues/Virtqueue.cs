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
using VirtioNet.Spec;

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

        /// <summary>True once a chain was popped.</summary>
        public bool WasUsed { get; private set; }

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
        protected QueueFault? AddBuffer(ulong address, uint length, bool isWritable)
        {
            // H-01, H-02.
            buffers++;
            if(buffers > Size)
            {
                return QueueFault.ChainTooLong;
            }
            // H-09: an empty buffer is no error; it has no bytes and so no address to check.
            if(length == 0)
            {
                return null;
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
            return readableLength + writableLength > RingLayout.MaxChainLength ? QueueFault.ChainOver4GiB : (QueueFault?)null;
        }

        /// <summary>The chain gathered since <see cref="BeginChain"/>.</summary>
        protected DescriptorChain EndChain(ushort head)
        {
            return new DescriptorChain(head, segments, chainStart, readable, segmentCount - chainStart - readable, readableLength, writableLength);
        }

        /// <summary>Forgets what was gathered, and latches why.</summary>
        protected PopResult AbandonChain(QueueFault fault, ushort head, uint descriptor, ulong address, ulong length)
        {
            segmentCount = chainStart;
            return Fail(fault, head, (int)descriptor, address, length);
        }

        /// <summary>Counts a chain as popped.</summary>
        protected void Opened()
        {
            outstanding++;
            WasUsed = true;
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

        private const int InitialSegments = 32;
    }
}
