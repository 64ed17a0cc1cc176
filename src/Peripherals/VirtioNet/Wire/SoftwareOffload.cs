// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Does in software what a packet has left to do: completes its checksum, and cuts it into frames that a wire carries.
// virtio v1.4-cs01: 5.1.9.2 "Packet Transmission", points 3 and 4.

using System;
using System.Buffers.Binary;

namespace VirtioNet.Wire
{
    /// <summary>
    /// Finishes packets for those who cannot take them whole. Packets are finished one at a time, each frame in the same
    /// buffer, so nothing is allocated for them.
    /// </summary>
    public sealed class SoftwareOffload
    {
        /// <summary>
        /// Tells whether what the packet asks for can be done. If it is to be cut, its headers are parsed: the length of the headers and
        /// the place of the checksum are set to what is found, whatever the driver has said, and of the types in
        /// <see cref="PacketOffload.Segmentation"/> only the one that fits the headers is left. A packet that has passed can always be
        /// finished.
        /// </summary>
        public static OffloadFault Check(ReadOnlySpan<byte> packet, ref PacketOffload offload)
        {
            return offload.Segmentation == Segmentation.None ? CheckChecksum(packet, offload) : CheckSegments(packet, ref offload);
        }

        /// <summary>
        /// The frames of a packet, each made when it is asked for and good until the next one is. A packet that has nothing
        /// left to do is the one frame itself. The packet must not change meanwhile.
        /// </summary>
        public FinishedFrames Finish(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            // A frame is longer than its packet at most by the header of an IPv6 fragment.
            if(offload.NeedsChecksum && buffer.Length < packet.Length + PacketHeaders.FragmentHeaderSize)
            {
                buffer = new byte[Math.Max(Ethernet.MaxFrameSize, packet.Length) + PacketHeaders.FragmentHeaderSize];
            }
            // Each datagram gets another number, so that a receiver does not mix the fragments of two. A count does for that, and makes
            // runs repeat, which a random number would not.
            identification = unchecked(identification + (offload.IsFragmented ? 1U : 0U));
            return new FinishedFrames(packet, offload, buffer, identification);
        }

        /// <summary>
        /// Smallest segment size that is worth the work in a large packet: what an IPv4 header leaves of the smallest MTU, 68
        /// bytes (RFC 791). Linux makes no TCP segment with an MSS below it (TCP_MIN_SND_MSS).
        /// </summary>
        public const int MinSegmentSize = 48;

        /// <summary>
        /// Most frames that a packet with a smaller segment size may become. Linux makes at most as many datagrams of one packet,
        /// of any size (UDP_MAX_SEGMENTS), and TCP options may take up to 40 bytes of an MSS.
        /// </summary>
        public const int MaxSmallSegments = 128;

        private static OffloadFault CheckChecksum(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            var isInside = offload.ChecksumStart >= Ethernet.HeaderSize && offload.ChecksumStart + offload.ChecksumOffset + sizeof(ushort) <= packet.Length;
            return isInside || !offload.NeedsChecksum ? OffloadFault.None : OffloadFault.ChecksumOutsidePacket;
        }

        private static OffloadFault CheckSegments(ReadOnlySpan<byte> packet, ref PacketOffload offload)
        {
            if(!offload.NeedsChecksum)
            {
                return OffloadFault.SegmentsWithoutChecksum;
            }
            var outer = default(PacketHeaders);
            var isFound = offload.IsInTunnel
                ? PacketHeaders.TryFindCarried(packet, offload.OuterTransport, offload.InnerNetwork, out outer, out var headers)
                : PacketHeaders.TryFind(packet, out headers);
            if(!isFound || (offload.Segmentation & TypesOf(headers)) == Segmentation.None || (offload.IsInTunnel && offload.IsFragmented))
            {
                return OffloadFault.OtherHeaders;
            }
            offload = new PacketOffload
            {
                NeedsChecksum = true,
                ChecksumStart = (ushort)headers.Transport,
                ChecksumOffset = (ushort)headers.Checksum,
                Segmentation = offload.Segmentation & (TypesOf(headers) | Segmentation.Ecn | Segmentation.UdpTunnel | Segmentation.UdpTunnelChecksum),
                SegmentSize = offload.SegmentSize,
                OuterTransport = offload.OuterTransport,
                InnerNetwork = offload.InnerNetwork,
                HeaderLength = (ushort)offload.RepeatedLength(headers),
            };
            if(offload.PieceLength == 0 || (offload.SegmentSize < MinSegmentSize && offload.CountFrames(packet.Length) > MaxSmallSegments))
            {
                return OffloadFault.SegmentSizeTooSmall;
            }
            var longest = LongestPacket(packet.Length, headers, offload);
            return IpLength(longest, offload.IsInTunnel ? outer : headers) > ushort.MaxValue ? OffloadFault.LongerThanIpAllows : OffloadFault.None;
        }

        // The longest packet that the work makes.
        private static int LongestPacket(int length, in PacketHeaders headers, in PacketOffload offload)
        {
            // A receiver puts the fragments together again, so their datagram has to be a legal one.
            return offload.IsFragmented ? length : Math.Min(length, headers.Payload + offload.SegmentSize);
        }

        // The length of a packet as the field of its IPv4 or IPv6 header counts it. IPv6 does not count its header.
        private static int IpLength(int length, in PacketHeaders headers)
        {
            return length - headers.Network - (headers.IsIpv6 ? PacketHeaders.Ipv6HeaderSize : 0);
        }

        private static Segmentation TypesOf(in PacketHeaders headers)
        {
            if(headers.Protocol == PacketHeaders.Tcp)
            {
                return headers.IsIpv6 ? Segmentation.Tso6 : Segmentation.Tso4;
            }
            return headers.IsIpv6 ? Segmentation.Uso6 | Segmentation.Ufo6 : Segmentation.Uso4 | Segmentation.Ufo4;
        }

        private byte[] buffer = Array.Empty<byte>();
        // The number in the fragments of the last datagram that was cut.
        private uint identification;
    }
}
