#nullable enable
// Cuts a large packet into frames that a wire carries. virtio v1.4-cs01: 5.1.6.2, point 4 (NET-32).
//
// Each segment has the headers of the packet and up to gso_size bytes of its payload; what differs from segment
// to segment is the IP length and id, the TCP sequence number and flags, the UDP length, and the checksums.

using System;
using System.Buffers.Binary;

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>TCP and UDP segmentation, and IPv4 fragmentation of UDP. Headers are parsed, hdr_len is never used (NET-25).</summary>
    internal sealed class Segmentation
    {
        /// <summary>Sends to a wire, and counts what it sends.</summary>
        public Segmentation(IFrameSink sink, NetCounters counters)
        {
            this.sink = sink;
            this.counters = counters;
        }

        /// <summary>
        /// Sends the packet, which is not the guest's any more, as segments. False if it is not what gso_type says, if gso_size
        /// is too small to be worth the work (H-66), or if a segment would be longer than IP allows; nothing was sent then.
        /// </summary>
        public bool TrySend(Span<byte> packet, in TransmitOffload offload)
        {
            // H-67.
            if(!offload.NeedsChecksum || offload.GsoSize < MinSize || !PacketHeaders.TryFind(packet, out var headers)
                || !Matches(headers, offload.GsoType)
                || headers.Payload - headers.Network + Math.Min(offload.GsoSize, packet.Length - headers.Payload) > ushort.MaxValue)
            {
                return false;
            }
            if(offload.GsoType == NetLayout.GsoUdp)
            {
                return TrySendFragments(packet, headers, offload);
            }
            var position = headers.Payload;
            for(var index = 0; position < packet.Length || index == 0; index++)
            {
                var count = Math.Min(offload.GsoSize, packet.Length - position);
                var segment = Cut(packet, headers.Payload, position, count);
                Complete(segment.Slice(0, headers.Payload + count), headers, index, position - headers.Payload, position + count == packet.Length);
                Send(segment);
                position += count;
            }
            return true;
        }

        private static bool Matches(in PacketHeaders headers, byte gsoType)
        {
            switch(gsoType & ~NetLayout.GsoEcn)
            {
                case NetLayout.GsoTcp4:
                    return headers.Protocol == PacketHeaders.Tcp && !headers.IsIpv6;
                case NetLayout.GsoTcp6:
                    return headers.Protocol == PacketHeaders.Tcp && headers.IsIpv6;
                case NetLayout.GsoUdp:
                    // An IPv6 fragment has a header more, which no driver of today asks for.
                    return headers.Protocol == PacketHeaders.Udp && !headers.IsIpv6;
                default:
                    return headers.Protocol == PacketHeaders.Udp;
            }
        }

        private static void Complete(Span<byte> segment, in PacketHeaders headers, int index, int offset, bool isLast)
        {
            var network = segment.Slice(headers.Network);
            var transport = segment.Slice(headers.Transport);
            CompleteNetwork(network, headers, index, 0);
            if(headers.Protocol == PacketHeaders.Tcp)
            {
                var sequence = BinaryPrimitives.ReadUInt32BigEndian(transport.Slice(TcpSequence));
                BinaryPrimitives.WriteUInt32BigEndian(transport.Slice(TcpSequence), unchecked(sequence + (uint)offset));
                // Once a packet: the end with the last segment, the answer to congestion with the first.
                var cleared = (isLast ? 0 : TcpFin | TcpPsh) | (index == 0 ? 0 : TcpCwr);
                transport[TcpFlags] = (byte)(transport[TcpFlags] & ~cleared);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(transport.Slice(UdpLength), (ushort)transport.Length);
            }
            CompleteTransport(network, transport, headers);
        }

        // IP length and id, and for IPv4 the place of a fragment and the header checksum.
        private static void CompleteNetwork(Span<byte> network, in PacketHeaders headers, int index, int fragment)
        {
            if(headers.IsIpv6)
            {
                BinaryPrimitives.WriteUInt16BigEndian(network.Slice(Ipv6Length), (ushort)(network.Length - PacketHeaders.Ipv6HeaderSize));
                return;
            }
            BinaryPrimitives.WriteUInt16BigEndian(network.Slice(Ipv4Length), (ushort)network.Length);
            if(fragment != 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(network.Slice(Ipv4Fragment), (ushort)fragment);
            }
            else
            {
                var id = BinaryPrimitives.ReadUInt16BigEndian(network.Slice(Ipv4Id));
                BinaryPrimitives.WriteUInt16BigEndian(network.Slice(Ipv4Id), unchecked((ushort)(id + index)));
            }
            var header = network.Slice(0, headers.Transport - headers.Network);
            var field = header.Slice(Ipv4Checksum, sizeof(ushort));
            field.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.Finish(InternetChecksum.Add(0, header)));
        }

        // The pseudo header is the addresses, the protocol and the length.
        private static void CompleteTransport(ReadOnlySpan<byte> network, Span<byte> transport, in PacketHeaders headers)
        {
            var addresses = headers.IsIpv6 ? network.Slice(Ipv6Addresses, 2 * Ipv6AddressSize) : network.Slice(Ipv4Addresses, 2 * Ipv4AddressSize);
            var pseudo = InternetChecksum.Add((ulong)transport.Length + headers.Protocol, addresses);
            var field = transport.Slice(headers.Protocol == PacketHeaders.Tcp ? TcpChecksum : UdpChecksum, sizeof(ushort));
            field.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.FinishTransport(InternetChecksum.Add(pseudo, transport)));
        }

        private bool TrySendFragments(Span<byte> datagram, in PacketHeaders headers, in TransmitOffload offload)
        {
            // The datagram is whole, so its checksum is completed before it is cut.
            if(!offload.TryCompleteChecksum(datagram))
            {
                return false;
            }
            // Fragments but the last carry a multiple of 8 bytes.
            var size = offload.GsoSize / FragmentUnit * FragmentUnit;
            for(var position = headers.Transport; position < datagram.Length; position += size)
            {
                var count = Math.Min(size, datagram.Length - position);
                var fragment = Cut(datagram, headers.Transport, position, count);
                var more = position + count < datagram.Length ? MoreFragments : 0;
                var place = (position - headers.Transport) / FragmentUnit | more;
                CompleteNetwork(fragment.Slice(headers.Network, headers.Transport - headers.Network + count), headers, 0, place);
                Send(fragment);
            }
            return true;
        }

        // A frame of the packet's headers and a part of it, padded to what a wire carries at least.
        private Span<byte> Cut(ReadOnlySpan<byte> packet, int headers, int position, int count)
        {
            var cut = frame.AsSpan(0, Math.Max(headers + count, NetLayout.MinFrameSize));
            packet.Slice(0, headers).CopyTo(cut);
            packet.Slice(position, count).CopyTo(cut.Slice(headers));
            cut.Slice(headers + count).Clear();
            return cut;
        }

        private void Send(ReadOnlySpan<byte> frame)
        {
            counters.TxFrames++;
            counters.TxBytes += (uint)frame.Length;
            sink.Send(frame);
        }

        private readonly IFrameSink sink;
        private readonly NetCounters counters;
        // The frame being made; reused, so that it allocates nothing.
        private readonly byte[] frame = new byte[NetLayout.MaxFrameSize];

        // No wire of today carries less; smaller ones would make thousands of frames of one packet.
        private const int MinSize = 8;
        private const int FragmentUnit = 8;
        private const int MoreFragments = 0x2000;
        private const int Ipv4Length = 2;
        private const int Ipv4Id = 4;
        private const int Ipv4Fragment = 6;
        private const int Ipv4Checksum = 10;
        private const int Ipv4Addresses = 12;
        private const int Ipv4AddressSize = 4;
        private const int Ipv6Length = 4;
        private const int Ipv6Addresses = 8;
        private const int Ipv6AddressSize = 16;
        private const int TcpSequence = 4;
        private const int TcpFlags = 13;
        private const int TcpChecksum = 16;
        private const byte TcpFin = 0x01;
        private const byte TcpPsh = 0x08;
        private const byte TcpCwr = 0x80;
        private const int UdpLength = 4;
        private const int UdpChecksum = 6;
    }
}
