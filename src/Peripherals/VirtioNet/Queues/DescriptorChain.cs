// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A descriptor chain that the device has popped. virtio v1.4-cs01: 2.7.5 and 2.8.6.

namespace VirtioNet.Queues
{
    /// <summary>
    /// One buffer of the driver: segments that the device may read, then segments that it may write, each checked to be RAM.
    /// The queue that the chain was popped from returns them: <see cref="Virtqueue.Readable"/>, <see cref="Virtqueue.Writable"/>.
    /// Valid until the chain is pushed or put back.
    /// </summary>
    public struct DescriptorChain
    {
        /// <summary>Index of the chain's first descriptor in the descriptor table or ring.</summary>
        public ushort Head { readonly get; internal set; }

        /// <summary>
        /// What tells the driver which chain was used: the head in a split queue, the driver's buffer id in a packed one.
        /// </summary>
        public ushort Id { readonly get; internal set; }

        /// <summary>
        /// How many ring entries the chain takes: one in a split queue; in a packed queue as many slots as the chain has
        /// descriptors in the ring.
        /// </summary>
        public ushort Entries { readonly get; internal set; }

        /// <summary>
        /// How many descriptors the device has checked for the chain: those with buffers, also empty ones, but not one that
        /// refers to an indirect table. At most <see cref="ChainStore.LongestChain"/>.
        /// </summary>
        public ushort Descriptors { readonly get; internal set; }

        // Index of the chain's first segment in the ChainStore: first those to read, directly after them those to write.
        internal int FirstSegment;

        internal ushort ReadableSegments;

        internal ushort WritableSegments;

        /// <summary>Bytes that the device may read.</summary>
        public ulong ReadableLength { readonly get; internal set; }

        /// <summary>Bytes that the device may write.</summary>
        public ulong WritableLength { readonly get; internal set; }
    }
}
