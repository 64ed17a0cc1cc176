// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The buffers of the chains that a queue has popped, gathered and checked one by one.
// virtio v1.4-cs01: 2.7.4 "Message Framing", 2.7.5 "The Virtqueue Descriptor Table", 2.8.4 "Element Address and Length".

using System;
using System.Diagnostics;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// Gathers chain after chain: <see cref="Begin"/>, <see cref="Add"/> for each descriptor, then <see cref="Open"/> for the
    /// complete ones. After a broken chain no other is begun. A chain is "out" from when it is popped until it is pushed or put
    /// back. The store grows until it has room for the chains that are out at the same time, and then allocates nothing more.
    /// </summary>
    public sealed class ChainStore
    {
        /// <summary>Makes the store of a queue of so many descriptors.</summary>
        public ChainStore(IGuestMemory memory, int size)
        {
            this.memory = memory;
            LongestChain = Math.Max(size, AlwaysAllowed);
            segments = new Segment[InitialSegments];
        }

        /// <summary>Starts a chain. Its Entries is 1; a packed queue then counts one more for each further slot of the ring.</summary>
        public void Begin(out DescriptorChain chain, ushort head, ushort id)
        {
            chain = default;
            chain.Head = head;
            chain.Id = id;
            chain.Entries = 1;
            chain.FirstSegment = count;
        }

        /// <summary>Adds a descriptor to the chain, and returns the rule that it breaks, or None.</summary>
        public QueueFault Add(ref DescriptorChain chain, ulong address, uint length, bool isWritable)
        {
            if(chain.Descriptors == LongestChain)
            {
                return QueueFault.ChainTooLong;
            }
            chain.Descriptors++;
            // A buffer of no bytes is allowed. There is no address in it to check, and nothing to keep (H-09).
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
        /// Begin and Add in one for a chain of one descriptor, as most are. Of the rules in Add such a chain can break only one:
        /// that its buffer is RAM.
        /// </summary>
        public QueueFault BeginSingle(out DescriptorChain chain, ushort head, ushort id, ulong address, uint length, bool isWritable)
        {
            Begin(out chain, head, id);
            chain.Descriptors = 1;
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

        /// <summary>Counts this many chains as out: they were gathered without an error. Each is closed once.</summary>
        public void Open(int chains)
        {
            Out += chains;
            WasUsed |= chains != 0;
        }

        /// <summary>A chain was pushed or put back. When no chain is out any more, the store forgets all segments.</summary>
        public void Close()
        {
            Debug.Assert(Out > 0, "a chain is pushed or put back exactly once (H-28)");
            Out--;
            if(Out == 0)
            {
                count = 0;
            }
        }

        /// <summary>Part of the segments, from index <paramref name="first"/> on. Valid while the chain that they belong to is out.</summary>
        public ReadOnlySpan<Segment> Segments(int first, int length)
        {
            return new ReadOnlySpan<Segment>(segments, first, length);
        }

        /// <summary>
        /// How many descriptors a chain may have at most, direct and indirect ones together: the size of the queue, but at least
        /// <see cref="AlwaysAllowed"/>.
        /// </summary>
        public int LongestChain { get; }

        /// <summary>
        /// True if the store holds at least as many segments as the longest chain may have. Segments of a closed chain count until
        /// no chain is out.
        /// </summary>
        public bool IsFull => count >= LongestChain;

        /// <summary>True once a chain was popped.</summary>
        public bool WasUsed { get; private set; }

        /// <summary>How many chains are out.</summary>
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

        // The first `count` elements are in use.
        private Segment[] segments;
        private int count;

        private readonly IGuestMemory memory;

        /// <summary>
        /// Descriptors that a chain may have whatever the size of its queue. The spec forbids a driver to make a chain longer
        /// than the queue (2.7.5.3.1), but drivers do with indirect tables, Linux and FreeBSD among them. QEMU and Linux'
        /// vhost take chains of 1024 descriptors from any queue, so that is what drivers can count on.
        /// </summary>
        public const int AlwaysAllowed = 1024;

        private const int InitialSegments = 32;
    }
}
