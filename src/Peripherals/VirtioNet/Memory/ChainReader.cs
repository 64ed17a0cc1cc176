// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Reads the device-readable part of a descriptor chain as one stream of bytes. A driver may cut a message into descriptors as
// it likes. virtio v1.4-cs01: 2.7.4.1 (SPLIT-02, H-61).

using System;

namespace VirtioNet.Memory
{
    /// <summary>Reads segments of guest memory one after the other. Each byte is read once.</summary>
    public ref struct ChainReader
    {
        /// <summary>Starts at the first byte of the segments.</summary>
        public ChainReader(IGuestMemory memory, ReadOnlySpan<Segment> segments)
        {
            this.memory = memory;
            this.segments = segments;
            index = 0;
            offset = 0;
        }

        /// <summary>
        /// Fills the destination with the next bytes. False if there are not so many left, or if a segment is no longer RAM.
        /// </summary>
        public bool TryRead(Span<byte> destination)
        {
            while(destination.Length > 0)
            {
                if(index == segments.Length)
                {
                    return false;
                }
                var segment = segments[index];
                var count = (int)Math.Min(segment.Length - offset, (uint)destination.Length);
                if(!memory.TryRead(segment.Address + offset, destination.Slice(0, count)))
                {
                    return false;
                }
                destination = destination.Slice(count);
                offset += (uint)count;
                if(offset == segment.Length)
                {
                    index++;
                    offset = 0;
                }
            }
            return true;
        }

        /// <summary>Passes over so many bytes without a look at them. False if there are not so many left.</summary>
        public bool TrySkip(ulong count)
        {
            while(count > 0 && index < segments.Length)
            {
                var skipped = (uint)Math.Min(segments[index].Length - offset, count);
                count -= skipped;
                offset += skipped;
                if(offset == segments[index].Length)
                {
                    index++;
                    offset = 0;
                }
            }
            return count == 0;
        }

        private int index;
        private uint offset;
        private readonly IGuestMemory memory;
        private readonly ReadOnlySpan<Segment> segments;
    }
}
