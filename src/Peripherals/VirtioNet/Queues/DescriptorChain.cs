#nullable enable
// A descriptor chain that the device has popped. virtio v1.4-cs01: 2.7.5 and 2.8.6.

namespace VirtioNet.Queues
{
    /// <summary>
    /// One buffer of the driver: device-readable segments, then device-writable ones, each checked to be RAM. Its queue
    /// has the segments: <see cref="Virtqueue.Readable"/>, <see cref="Virtqueue.Writable"/>. Valid until the chain is
    /// pushed or put back.
    /// </summary>
    public struct DescriptorChain
    {
        /// <summary>Index of the chain's first descriptor in its table or ring.</summary>
        public ushort Head { readonly get; internal set; }

        /// <summary>The id to return when the chain is used: its head in a split queue, the driver's buffer id in a packed one.</summary>
        public ushort Id { readonly get; internal set; }

        /// <summary>
        /// How far the queue moves on by the chain: one entry of the available ring, or its descriptors in a
        /// descriptor ring.
        /// </summary>
        public ushort Entries { readonly get; internal set; }

        // Buffers of the chain, empty ones too.
        internal ushort Buffers;

        // Where its segments are in the store of its queue.
        internal int FirstSegment;

        internal ushort ReadableSegments;

        internal ushort WritableSegments;

        /// <summary>Bytes that the device may read.</summary>
        public ulong ReadableLength { readonly get; internal set; }

        /// <summary>Bytes that the device may write.</summary>
        public ulong WritableLength { readonly get; internal set; }
    }
}
