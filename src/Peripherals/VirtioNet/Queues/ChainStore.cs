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
    /// Gathers chain after chain: <see cref="Begin"/>, <see cref="Add"/> for each descriptor, then <see cref="Open"/>. It grows
    /// to what is out at once, which the queue size bounds, and allocates nothing then. After a broken chain there is no other.
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

        /// <summary>Starts a chain, of one entry for now.</summary>
        public void Begin(out DescriptorChain chain, ushort head, ushort id)
        {
            chain = default;
            chain.Head = head;
            chain.Id = id;
            chain.Entries = 1;
            chain.FirstSegment = count;
        }

        /// <summary>Adds a buffer to the chain, or tells the rule that it breaks.</summary>
        public QueueFault Add(ref DescriptorChain chain, ulong address, uint length, bool isWritable)
        {
            // H-01, H-02, H-31.
            if(chain.Buffers == size)
            {
                return QueueFault.ChainTooLong;
            }
            chain.Buffers++;
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
                chain.WritableLength += length;
                chain.WritableSegments++;
            }
            else if(chain.WritableSegments != 0)
            {
                return QueueFault.ReadableAfterWritable;
            }
            else
            {
                chain.ReadableLength += length;
                chain.ReadableSegments++;
            }
            Append(address, length);
            return chain.ReadableLength + chain.WritableLength > RingLayout.MaxChainLength ? QueueFault.ChainOver4GiB : QueueFault.None;
        }

        /// <summary>
        /// Begin and Add in one for a chain of one buffer, as most are. Of the rules that Add knows it can break one.
        /// </summary>
        public QueueFault BeginSingle(out DescriptorChain chain, ushort head, ushort id, ulong address, uint length, bool isWritable)
        {
            Begin(out chain, head, id);
            if(length == 0)
            {
                return QueueFault.None;
            }
            if(isWritable)
            {
                chain.WritableLength = length;
                chain.WritableSegments = 1;
            }
            else
            {
                chain.ReadableLength = length;
                chain.ReadableSegments = 1;
            }
            if(!memory.Contains(address, length))
            {
                return QueueFault.BufferOutsideRam;
            }
            Append(address, length);
            return QueueFault.None;
        }

        /// <summary>So many chains are complete, and out until <see cref="Close"/>.</summary>
        public void Open(int chains)
        {
            Out += chains;
            WasUsed |= chains != 0;
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

        private void Append(ulong address, uint length)
        {
            if(count == segments.Length)
            {
                Array.Resize(ref segments, segments.Length * 2);
            }
            segments[count] = new Segment(address, length);
            count++;
        }

        // Segments of all chains that are out, in use up to count.
        private Segment[] segments;
        private int count;

        private readonly IGuestMemory memory;
        private readonly int size;

        private const int InitialSegments = 32;
    }
}
