// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What is still to be done to a packet before it is one or more ordinary frames: the meaning of struct virtio_net_hdr
// (virtio v1.4-cs01: 5.1.9), without its layout and byte order.

using System;

namespace VirtioNet.Wire
{
    /// <summary>
    /// The work that a packet has left, read once and checked: <see cref="SoftwareOffload.Check"/> has found that it can be
    /// done. The default value asks for nothing.
    /// </summary>
    public readonly struct PacketOffload
    {
        /// <summary>
        /// A checksum is to be completed: the ones' complement sum of the bytes from <paramref name="start"/> on to the end of
        /// the packet goes to the two bytes at <paramref name="start"/> + <paramref name="offset"/>, which hold the sum of the
        /// pseudo header before.
        /// </summary>
        public static PacketOffload Checksum(ushort start, ushort offset)
        {
            return new PacketOffload { NeedsChecksum = true, ChecksumStart = start, ChecksumOffset = offset };
        }

        /// <summary>How many frames a packet of so many bytes becomes.</summary>
        public int CountFrames(int length)
        {
            return Segmentation == Segmentation.None ? 1 : CountPieces(length);
        }

        /// <summary>Bytes of those frames all together, padding of short ones included.</summary>
        public int CountBytes(int length)
        {
            return Segmentation == Segmentation.None ? length : CountPieceBytes(length);
        }

        /// <summary>Where the bytes begin that the checksum covers, from the start of the packet.</summary>
        public ushort ChecksumStart { get; init; }

        /// <summary>Where the checksum is, from <see cref="ChecksumStart"/>.</summary>
        public ushort ChecksumOffset { get; init; }

        /// <summary>Most payload bytes of a frame, at least 1: of TCP or UDP, or of IP where fragments are made.</summary>
        public ushort SegmentSize { get; init; }

        /// <summary>With a segmentation: bytes at the start of the packet that each frame repeats.</summary>
        public ushort HeaderLength { get; init; }

        /// <summary>With <see cref="Segmentation.UdpTunnel"/>: where the header of the UDP is that carries the packet to be cut.</summary>
        public ushort OuterTransport { get; init; }

        /// <summary>With <see cref="Segmentation.UdpTunnel"/>: where the IP header is of the packet that is carried.</summary>
        public ushort InnerNetwork { get; init; }

        /// <summary>One type, TCP's perhaps with <see cref="Segmentation.Ecn"/>, and any but fragments perhaps in a tunnel; or none.</summary>
        public Segmentation Segmentation { get; init; }

        /// <summary>True if a checksum is to be completed; always so if there is a segmentation.</summary>
        public bool NeedsChecksum { get; init; }

        /// <summary>True if whoever made the packet has made its checksum, too, so that nobody has to check it.</summary>
        public bool ChecksumIsGood { get; init; }

        /// <summary>Bytes of the longest frame that a packet becomes.</summary>
        public int LongestFrame(int length)
        {
            if(Segmentation == Segmentation.None || length <= HeaderLength + PieceLength)
            {
                return length;
            }
            return HeaderLength + PieceLength + (Segmentation == Segmentation.Ufo6 ? PacketHeaders.FragmentHeaderSize : 0);
        }

        /// <summary>
        /// Bytes of all headers up to that of TCP or UDP, of a packet that is to be cut: for IP fragments more than each frame repeats.
        /// </summary>
        public ushort FullHeaderLength => Math.Max(HeaderLength, (ushort)(ChecksumStart + PacketHeaders.UdpHeaderSize));

        /// <summary>Payload bytes of each frame but the last: the segment size, for fragments rounded down to a multiple of 8.</summary>
        internal int PieceLength => IsFragmented ? SegmentSize & ~(PacketHeaders.FragmentUnit - 1) : SegmentSize;

        /// <summary>True if the packet to be cut is carried by another one.</summary>
        internal bool IsInTunnel => (Segmentation & Segmentation.UdpTunnel) != 0;

        /// <summary>True if the checksum of the UDP that carries the packet is to be completed, too.</summary>
        internal bool HasTunnelChecksum => (Segmentation & Segmentation.UdpTunnelChecksum) != 0;

        /// <summary>True if IP fragments are to be made.</summary>
        internal bool IsFragmented => (Segmentation & (Segmentation.Ufo4 | Segmentation.Ufo6)) != 0;

        /// <summary>Bytes at the start of a packet with these headers that each frame repeats.</summary>
        internal int RepeatedLength(in PacketHeaders headers)
        {
            return IsFragmented ? headers.Fragmentable : headers.Payload;
        }

        private int CountPieces(int length)
        {
            return Math.Max(1, (length - HeaderLength + PieceLength - 1) / PieceLength);
        }

        private int CountPieceBytes(int length)
        {
            var pieces = CountPieces(length);
            // Each IPv6 fragment has one more header. A datagram that fits into one frame is not fragmented and has none.
            var header = HeaderLength + (pieces > 1 && Segmentation == Segmentation.Ufo6 ? PacketHeaders.FragmentHeaderSize : 0);
            var last = length - HeaderLength - (pieces - 1) * PieceLength;
            return (pieces - 1) * Math.Max(Ethernet.MinFrameSize, header + PieceLength) + Math.Max(Ethernet.MinFrameSize, header + last);
        }
    }
}
