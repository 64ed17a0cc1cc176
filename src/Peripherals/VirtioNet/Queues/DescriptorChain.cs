#nullable enable
// A descriptor chain that the device has popped. virtio v1.4-cs01: 2.7.5 and 2.8.6.

using System;

using VirtioNet.Memory;

namespace VirtioNet.Queues
{
    /// <summary>
    /// One buffer of the driver: device-readable segments, then device-writable ones, each checked to be
    /// RAM. Valid until the chain is pushed or put back.
    /// </summary>
    public readonly struct DescriptorChain
    {
        internal DescriptorChain(ushort head, ushort id, ushort entries, Segment[] pool, int start, int readable, int writable, ulong readableLength, ulong writableLength)
        {
            Head = head;
            Id = id;
            Entries = entries;
            ReadableLength = readableLength;
            WritableLength = writableLength;
            this.pool = pool;
            this.start = start;
            this.readable = readable;
            this.writable = writable;
        }

        /// <summary>Index of the chain's first descriptor in its table or ring.</summary>
        public ushort Head { get; }

        /// <summary>The id to return when the chain is used: its head in a split queue, the driver's buffer id in a packed one.</summary>
        public ushort Id { get; }

        /// <summary>
        /// How far the queue moves on by the chain: one entry of the available ring, or its descriptors in a
        /// descriptor ring.
        /// </summary>
        public ushort Entries { get; }

        /// <summary>Bytes in <see cref="Readable"/>.</summary>
        public ulong ReadableLength { get; }

        /// <summary>Bytes in <see cref="Writable"/>.</summary>
        public ulong WritableLength { get; }

        /// <summary>What the device may read.</summary>
        public ArraySegment<Segment> Readable => new ArraySegment<Segment>(pool, start, readable);

        /// <summary>What the device may write.</summary>
        public ArraySegment<Segment> Writable => new ArraySegment<Segment>(pool, start + readable, writable);

        private readonly Segment[] pool;
        private readonly int start;
        private readonly int readable;
        private readonly int writable;
    }
}
