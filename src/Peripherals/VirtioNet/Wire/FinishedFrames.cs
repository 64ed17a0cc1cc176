// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The frames that a packet becomes, one after the other. virtio v1.4-cs01: 5.1.9.2 "Packet Transmission", points 3 and 4.
//
// A segment has the headers of the packet and a piece of its payload. What differs from segment to segment is the IP
// length and id, TCP's sequence number and flags, UDP's length, and the checksums. A fragment has the IP header, with
// IPv6 a fragment header (RFC 8200, 4.5), and a piece of the datagram, whose one checksum is in the first of them. Where another
// packet carries the one to be cut, each segment has its headers in front, whose lengths, id and checksums differ in the same way.

using System;
using System.Buffers.Binary;

namespace VirtioNet.Wire
{
    /// <summary>To be used in a foreach. Each frame is made in the same buffer, and valid until the next one is made.</summary>
    public ref struct FinishedFrames
    {
        internal FinishedFrames(ReadOnlySpan<byte> packet, PacketOffload offload, byte[] buffer, uint identification)
        {
            this.packet = packet;
            this.offload = offload;
            this.buffer = buffer;
            this.identification = identification;
            position = 0;
            index = 0;
            isLast = false;
            datagramChecksum = 0;
            Current = default;
            headers = default;
            outer = default;
            if(offload.Segmentation != Segmentation.None)
            {
                // Nothing is made of a packet that was not checked, or that was changed since.
                var isFound = offload.IsInTunnel
                    ? PacketHeaders.TryFindCarried(packet, offload.OuterTransport, offload.InnerNetwork, out outer, out headers)
                    : PacketHeaders.TryFind(packet, out headers);
                isLast = !isFound || offload.HeaderLength != offload.RepeatedLength(headers) || offload.PieceLength == 0;
                position = offload.HeaderLength;
                if(!isLast && offload.IsFragmented)
                {
                    datagramChecksum = ChecksumOfDatagram();
                }
            }
        }

        /// <summary>What foreach calls.</summary>
        public readonly FinishedFrames GetEnumerator()
        {
            return this;
        }

        /// <summary>Makes the next frame. False if there is none.</summary>
        public bool MoveNext()
        {
            if(isLast)
            {
                return false;
            }
            if(offload.Segmentation == Segmentation.None)
            {
                isLast = true;
                Current = offload.NeedsChecksum ? CompleteChecksum() : packet;
                return true;
            }
            var count = Math.Min(offload.PieceLength, packet.Length - position);
            isLast = position + count == packet.Length;
            Current = Pad(offload.IsFragmented ? MakeFragment(count) : MakeSegment(count));
            position += count;
            index++;
            return true;
        }

        /// <summary>The frame, without check sequence.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        private readonly ReadOnlySpan<byte> CompleteChecksum()
        {
            var frame = buffer.AsSpan(0, packet.Length);
            packet.CopyTo(frame);
            var sum = InternetChecksum.Add(0, frame.Slice(offload.ChecksumStart));
            // Which protocol it is, only the place of its checksum tells.
            var checksum = offload.ChecksumOffset == PacketHeaders.UdpChecksum ? InternetChecksum.FinishUdp(sum) : InternetChecksum.Finish(sum);
            BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(offload.ChecksumStart + offload.ChecksumOffset), checksum);
            return frame;
        }

        private readonly int MakeSegment(int count)
        {
            var length = headers.Payload + count;
            var frame = buffer.AsSpan(0, length);
            packet.Slice(0, headers.Payload).CopyTo(frame);
            packet.Slice(position, count).CopyTo(frame.Slice(headers.Payload));
            CompleteIp(frame.Slice(headers.Network), headers);
            var transport = frame.Slice(headers.Transport);
            if(headers.Protocol == PacketHeaders.Tcp)
            {
                CompleteTcp(transport);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(transport.Slice(UdpLength), (ushort)transport.Length);
            }
            CompleteTransport(frame, headers);
            if(offload.IsInTunnel)
            {
                CompleteOuter(frame);
            }
            return length;
        }

        // The headers of the packet that carries. Its checksum covers the inner packet, which is complete by now.
        private readonly void CompleteOuter(Span<byte> frame)
        {
            CompleteIp(frame.Slice(outer.Network), outer);
            BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(outer.Transport + UdpLength), (ushort)(frame.Length - outer.Transport));
            if(offload.HasTunnelChecksum)
            {
                CompleteTransport(frame, outer);
            }
        }

        private readonly void CompleteIp(Span<byte> network, in PacketHeaders its)
        {
            if(its.IsIpv6)
            {
                CompleteIpv6(network);
                return;
            }
            var id = BinaryPrimitives.ReadUInt16BigEndian(network.Slice(Ipv4Id));
            BinaryPrimitives.WriteUInt16BigEndian(network.Slice(Ipv4Id), unchecked((ushort)(id + index)));
            CompleteIpv4(network, its);
        }

        private static void CompleteTransport(Span<byte> frame, in PacketHeaders its)
        {
            var transport = frame.Slice(its.Transport);
            var field = transport.Slice(its.Checksum, sizeof(ushort));
            field.Clear();
            var sum = InternetChecksum.Add(SumPseudoHeader(frame.Slice(its.Network), transport.Length, its), transport);
            BinaryPrimitives.WriteUInt16BigEndian(field, its.Protocol == PacketHeaders.Udp ? InternetChecksum.FinishUdp(sum) : InternetChecksum.Finish(sum));
        }

        // FIN and PSH go on with the last segment only, CWR with the first only.
        private readonly void CompleteTcp(Span<byte> transport)
        {
            var sequence = BinaryPrimitives.ReadUInt32BigEndian(transport.Slice(TcpSequence));
            BinaryPrimitives.WriteUInt32BigEndian(transport.Slice(TcpSequence), unchecked(sequence + (uint)(position - headers.Payload)));
            var cleared = (isLast ? 0 : TcpFin | TcpPsh) | (index == 0 ? 0 : TcpCwr);
            transport[TcpFlags] = (byte)(transport[TcpFlags] & ~cleared);
        }

        private readonly int MakeFragment(int count)
        {
            var start = headers.Fragmentable;
            // A datagram that fits into one frame stays a datagram.
            var isWhole = index == 0 && isLast;
            var pieceStart = headers.IsIpv6 && !isWhole ? start + PacketHeaders.FragmentHeaderSize : start;
            var length = pieceStart + count;
            var frame = buffer.AsSpan(0, length);
            packet.Slice(0, start).CopyTo(frame);
            packet.Slice(position, count).CopyTo(frame.Slice(pieceStart));
            var field = headers.Transport + headers.Checksum - position;
            if(field >= 0 && field + sizeof(ushort) <= count)
            {
                BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(pieceStart + field), datagramChecksum);
            }
            var place = position - start | (isLast ? 0 : MoreFragments);
            if(headers.IsIpv6)
            {
                if(!isWhole)
                {
                    WriteFragmentHeader(frame.Slice(start), frame[headers.NextHeader], (ushort)place);
                    frame[headers.NextHeader] = FragmentHeader;
                }
                CompleteIpv6(frame.Slice(headers.Network));
            }
            else
            {
                if(!isWhole)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(headers.Network + Ipv4Fragment), (ushort)((position - start) / PacketHeaders.FragmentUnit | (isLast ? 0 : Ipv4MoreFragments)));
                }
                CompleteIpv4(frame.Slice(headers.Network), headers);
            }
            return length;
        }

        // Next Header u8, reserved u8, offset in bytes with the low bit for "more fragments" u16, identification u32.
        private readonly void WriteFragmentHeader(Span<byte> header, byte next, ushort place)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)(next << 8));
            BinaryPrimitives.WriteUInt16BigEndian(header.Slice(2), place);
            BinaryPrimitives.WriteUInt32BigEndian(header.Slice(4), identification);
        }

        // The checksum of the datagram as a whole. The sum over its bytes includes what is in the checksum field now; adding the
        // complement of that takes it out again.
        private readonly ushort ChecksumOfDatagram()
        {
            var transport = packet.Slice(headers.Transport);
            var field = BinaryPrimitives.ReadUInt16BigEndian(transport.Slice(headers.Checksum));
            var sum = SumPseudoHeader(packet.Slice(headers.Network), transport.Length, headers) + (uint)(field ^ ushort.MaxValue);
            return InternetChecksum.FinishUdp(InternetChecksum.Add(sum, transport));
        }

        // The pseudo header: addresses, protocol, and the length of TCP or UDP header and payload.
        private static ulong SumPseudoHeader(ReadOnlySpan<byte> network, int length, in PacketHeaders its)
        {
            var addresses = its.IsIpv6 ? network.Slice(Ipv6Addresses, 2 * Ipv6AddressSize) : network.Slice(Ipv4Addresses, 2 * Ipv4AddressSize);
            return InternetChecksum.Add((ulong)length + its.Protocol, addresses);
        }

        private static void CompleteIpv4(Span<byte> network, in PacketHeaders its)
        {
            BinaryPrimitives.WriteUInt16BigEndian(network.Slice(Ipv4Length), (ushort)network.Length);
            var header = network.Slice(0, its.Transport - its.Network);
            var field = header.Slice(Ipv4Checksum, sizeof(ushort));
            field.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.Finish(InternetChecksum.Add(0, header)));
        }

        private static void CompleteIpv6(Span<byte> network)
        {
            BinaryPrimitives.WriteUInt16BigEndian(network.Slice(Ipv6Length), (ushort)(network.Length - PacketHeaders.Ipv6HeaderSize));
        }

        // The frame in the buffer, filled up with zeros to what a wire carries at least.
        private readonly ReadOnlySpan<byte> Pad(int length)
        {
            var padded = Math.Max(length, Ethernet.MinFrameSize);
            buffer.AsSpan(length, padded - length).Clear();
            return buffer.AsSpan(0, padded);
        }

        private readonly ReadOnlySpan<byte> packet;
        private readonly PacketOffload offload;
        private readonly PacketHeaders headers;
        // Those of the packet that carries it, if one does.
        private readonly PacketHeaders outer;
        private readonly byte[] buffer;
        private readonly uint identification;
        // With fragments: what the checksum of TCP or UDP has to be.
        private readonly ushort datagramChecksum;
        // Where the piece of the next frame starts in the packet, and the number of that frame.
        private int position;
        private int index;
        // The frame that was made last is the last one.
        private bool isLast;

        private const int MoreFragments = 1;
        private const byte FragmentHeader = 44;
        private const int Ipv4Length = 2;
        private const int Ipv4Id = 4;
        private const int Ipv4Fragment = 6;
        private const int Ipv4MoreFragments = 0x2000;
        private const int Ipv4Checksum = 10;
        private const int Ipv4Addresses = 12;
        private const int Ipv4AddressSize = 4;
        private const int Ipv6Length = 4;
        private const int Ipv6Addresses = 8;
        private const int Ipv6AddressSize = 16;
        private const int TcpSequence = 4;
        private const int TcpFlags = 13;
        private const byte TcpFin = 0x01;
        private const byte TcpPsh = 0x08;
        private const byte TcpCwr = 0x80;
        private const int UdpLength = 4;
    }
}
