// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Writes the device-writable part of a descriptor chain as one stream of bytes. A driver may cut a buffer into descriptors as
// it likes. virtio v1.4-cs01: 2.7.4.1 (SPLIT-02), 2.7.8.2 (the used length counts from the first writable byte on).

using System;

namespace VirtioNet.Memory
{
    /// <summary>Writes segments of guest memory one after the other, and counts the bytes.</summary>
    public ref struct ChainWriter
    {
        /// <summary>Starts at the first byte of the segments.</summary>
        public ChainWriter(IGuestMemory memory, ReadOnlySpan<Segment> segments)
        {
            this.memory = memory;
            this.segments = segments;
            index = 0;
            offset = 0;
            Written = 0;
        }

        /// <summary>
        /// Writes as much of the source as the segments still have room for, and leaves the rest in the source. False if a segment
        /// is no longer RAM.
        /// </summary>
        public bool TryWrite(ref ReadOnlySpan<byte> source)
        {
            while(source.Length > 0 && index < segments.Length)
            {
                var segment = segments[index];
                var count = (int)Math.Min(segment.Length - offset, (uint)source.Length);
                if(!memory.TryWrite(segment.Address + offset, source.Slice(0, count)))
                {
                    return false;
                }
                source = source.Slice(count);
                offset += (uint)count;
                Written += (uint)count;
                if(offset == segment.Length)
                {
                    index++;
                    offset = 0;
                }
            }
            return true;
        }

        /// <summary>Bytes written so far: the length to report when the chain is used (H-30).</summary>
        public uint Written { get; private set; }

        private int index;
        private uint offset;
        private readonly IGuestMemory memory;
        private readonly ReadOnlySpan<Segment> segments;
    }
}
