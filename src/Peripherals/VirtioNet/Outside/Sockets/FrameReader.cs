// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Frames out of a stream: each has its length in front, 4 bytes big-endian. QEMU: -netdev stream.

using System;
using System.Buffers.Binary;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>Cuts what has come in into frames. Keeps one buffer, which has room for any one frame and what a read brings besides.</summary>
    internal sealed class FrameReader
    {
        /// <summary>So many bytes were put at the start of the room.</summary>
        public void Add(int count)
        {
            end += count;
        }

        /// <summary>
        /// Looks at the next frame, which stays the next one until it is taken. False if it is not whole yet, or if its length is none: then a rule is
        /// broken, and nothing after it can be understood.
        /// </summary>
        public bool TryPeek(out ReadOnlySpan<byte> frame, out Rule? broken, out uint length)
        {
            frame = default;
            broken = null;
            length = 0;
            if(Waiting < HeaderSize)
            {
                return false;
            }
            length = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start));
            broken = length == 0 ? SocketRules.LengthZero : length > Ethernet.MaxFrameSize ? SocketRules.LengthTooLong : null;
            if(broken != null || Waiting < HeaderSize + length)
            {
                return false;
            }
            frame = buffer.AsSpan(start + HeaderSize, (int)length);
            return true;
        }

        /// <summary>The frame that was looked at is done.</summary>
        public void Take(int length)
        {
            start += HeaderSize + length;
        }

        /// <summary>Forgets what has come in.</summary>
        public void Clear()
        {
            start = 0;
            end = 0;
        }

        /// <summary>Where the next bytes go. Never empty once all whole frames were taken.</summary>
        public Span<byte> Room
        {
            get
            {
                buffer.AsSpan(start, Waiting).CopyTo(buffer);
                end -= start;
                start = 0;
                return buffer.AsSpan(end);
            }
        }

        /// <summary>Bytes that are there and were not taken.</summary>
        public int Waiting => end - start;

        /// <summary>Writes a frame's length in front of it.</summary>
        public static void WriteHeader(Span<byte> header, int length)
        {
            BinaryPrimitives.WriteInt32BigEndian(header, length);
        }

        /// <summary>Length of what is in front of a frame.</summary>
        public const int HeaderSize = 4;

        private int start;
        private int end;

        private readonly byte[] buffer = new byte[2 * (HeaderSize + Ethernet.MaxFrameSize)];
    }
}
