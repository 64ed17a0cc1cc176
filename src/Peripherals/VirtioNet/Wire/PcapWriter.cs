// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A capture in classic pcap format with nanosecond time stamps, which Wireshark, tshark and tcpdump read.
// IETF draft-ietf-opsawg-pcap. All fields are little-endian here; the magic number tells the reader.
//
//   file:        magic u32, major u16, minor u16, reserved u32 x2, snaplen u32, linktype u32
//   each frame:  seconds u32, nanoseconds u32, captured length u32, original length u32, bytes

using System;
using System.Buffers.Binary;
using System.IO;

namespace VirtioNet.Wire
{
    /// <summary>
    /// Writes Ethernet frames to a stream, up to a limit, so that a long run does not fill the disk. The caller gives the time of
    /// each: with virtual time, two equal runs make equal captures.
    /// </summary>
    public sealed class PcapWriter
    {
        /// <summary>Writes the file header, unless frames are appended to a capture that has one. After <paramref name="limit"/> frames no more are written.</summary>
        public PcapWriter(Stream stream, bool append = false, long limit = long.MaxValue)
        {
            this.stream = stream;
            this.limit = limit;
            if(append)
            {
                return;
            }
            Span<byte> header = stackalloc byte[FileHeaderSize];
            header.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header, NanosecondMagic);
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(4), 2);
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(6), 4);
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(16), SnapLength);
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(20), LinkTypeEthernet);
            stream.Write(header);
        }

        /// <summary>Adds a frame without check sequence, seen at a time in nanoseconds.</summary>
        public void Write(ulong nanoseconds, ReadOnlySpan<byte> frame)
        {
            Seen++;
            if(Written >= limit)
            {
                return;
            }
            Written++;
            Span<byte> header = stackalloc byte[FrameHeaderSize];
            BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(nanoseconds / NanosecondsPerSecond));
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(4), (uint)(nanoseconds % NanosecondsPerSecond));
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(8), (uint)frame.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(12), (uint)frame.Length);
            stream.Write(header);
            stream.Write(frame);
        }

        /// <summary>Frames that were written.</summary>
        public long Written { get; private set; }

        /// <summary>Frames that came, written or not.</summary>
        public long Seen { get; private set; }

        private readonly Stream stream;
        private readonly long limit;

        private const uint NanosecondMagic = 0xA1B2_3C4D;
        private const uint LinkTypeEthernet = 1;
        private const uint SnapLength = 262_144;
        private const int FileHeaderSize = 24;
        private const int FrameHeaderSize = 16;
        private const ulong NanosecondsPerSecond = 1_000_000_000;
    }
}
