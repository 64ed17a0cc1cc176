#nullable enable
// The buffers of the chains that a queue has popped, gathered and checked one by one.
// virtio v1.4-cs01: 2.7.4 "Message Framing", 2.7.5 "The Virtqueue Descriptor Table", 2.8.6 "Element Address and Length".

using System;
using System.Diagnostics;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// Gathers chain after chain: <see cref="Begin"/>, <see cref="Add"/> for each descriptor, then <see cref="End"/> or
    /// <see cref="Abandon"/>. It grows to what is out at once, which the queue size bounds, and allocates nothing then.
    /// </summary>
    public sealed class ChainStore
    {
        /// <summary>Makes the store of a queue of so many descriptors.</summary>
        public ChainStore(IGuestMemory memory, int size)
        {
            this.memory = memory;
            this.size = size;
            segments = new Segment[InitialSegments];
        }

        /// <summary>Starts a chain.</summary>
        public void Begin()
        {
            start = count;
            buffers = 0;
            readable = 0;
            readableLength = 0;
            writableLength = 0;
        }

        /// <summary>Adds a buffer to the chain, or tells the rule that it breaks.</summary>
        public QueueFault Add(ulong address, uint length, bool isWritable)
        {
            // H-01, H-02, H-31.
            buffers++;
            if(buffers > size)
            {
                return QueueFault.ChainTooLong;
            }
            // H-09: an empty buffer is no error; it has no bytes and so no address to check.
            if(length == 0)
            {
                return QueueFault.None;
            }
            if(!memory.Contains(address, length))
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
            if(count == segments.Length)
            {
                Array.Resize(ref segments, segments.Length * 2);
            }
            segments[count] = new Segment(address, length);
            count++;
            return readableLength + writableLength > RingLayout.MaxChainLength ? QueueFault.ChainOver4GiB : QueueFault.None;
        }

        /// <summary>Ends the chain: it is out until <see cref="Close"/>.</summary>
        public void End(ushort head, ushort id, ushort entries, ref DescriptorChain chain)
        {
            Out++;
            WasUsed = true;
            chain.Head = head;
            chain.Id = id;
            chain.Entries = entries;
            chain.FirstSegment = start;
            chain.ReadableSegments = readable;
            chain.WritableSegments = count - start - readable;
            chain.ReadableLength = readableLength;
            chain.WritableLength = writableLength;
        }

        /// <summary>Forgets what was gathered since <see cref="Begin"/>.</summary>
        public void Abandon()
        {
            count = start;
        }

        /// <summary>A chain was pushed or put back. When none is out, the store starts anew.</summary>
        public void Close()
        {
            Debug.Assert(Out > 0, "H-28: a chain is pushed or put back exactly once");
            Out--;
            if(Out == 0)
            {
                count = 0;
            }
        }

        /// <summary>Segments of chains that are out.</summary>
        public ReadOnlySpan<Segment> Segments(int first, int length)
        {
            return new ReadOnlySpan<Segment>(segments, first, length);
        }

        /// <summary>True once there was a chain.</summary>
        public bool WasUsed { get; private set; }

        /// <summary>Chains that are out.</summary>
        public int Out { get; private set; }

        // Segments of all chains that are out, in use up to count.
        private Segment[] segments;
        private int count;
        // The chain being gathered: its first segment, how many buffers and readable segments, and bytes.
        private int start;
        private int buffers;
        private int readable;
        private ulong readableLength;
        private ulong writableLength;

        private readonly IGuestMemory memory;
        private readonly int size;

        private const int InitialSegments = 32;
    }
}
