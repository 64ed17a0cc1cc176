#nullable enable
// Writes the device-writable part of a descriptor chain as one stream of bytes.
// virtio v1.4-cs01: 2.7.4.1 (SPLIT-02), 2.7.8.2 (the used length counts from the first writable byte).

using System;

namespace VirtioNet.Memory
{
    /// <summary>A cursor over segments of guest memory, front to back. Counts what it has written.</summary>
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
        /// Writes from the source until it or the segments end, and takes what was written off the source.
        /// False if a segment is RAM no more.
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

        /// <summary>Bytes written so far: the used length to report, never more (H-30).</summary>
        public uint Written { get; private set; }

        private int index;
        private uint offset;
        private readonly IGuestMemory memory;
        private readonly ReadOnlySpan<Segment> segments;
    }
}
