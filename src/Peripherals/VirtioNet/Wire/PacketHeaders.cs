// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where the headers of a packet are, found by parsing it, because the driver's hdr_len may be wrong (H-69). The length fields in
// the packet may be wrong, too, so each is checked, and the number of extension headers is bounded (H-70).
// RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 768 (UDP).

using System;
using System.Buffers.Binary;

namespace VirtioNet.Wire
{
    /// <summary>Offsets into a packet that carries TCP or UDP over IP, and is not a fragment.</summary>
    internal struct PacketHeaders
    {
        /// <summary>Finds the headers. False if there is no whole TCP or UDP header to be found.</summary>
        public static bool TryFind(ReadOnlySpan<byte> packet, out PacketHeaders headers)
        {
            return TryFindProtocol(packet, out headers) && headers.TryFindPayload(packet);
        }

        /// <summary>
        /// Finds the headers of a packet that is carried, whose IP header is at an offset, and of the one that carries it, whose UDP header is at
        /// another. False if they are not there, or if the inner packet does not come after the outer headers.
        /// </summary>
        public static bool TryFindCarried(ReadOnlySpan<byte> packet, int outerTransport, int innerNetwork, out PacketHeaders outer, out PacketHeaders inner)
        {
            inner = default;
            return TryFind(packet, out outer) && outer.Protocol == Udp && outer.Transport == outerTransport && innerNetwork >= outer.Payload
                && inner.TryFindAt(packet, innerNetwork) && inner.TryFindPayload(packet);
        }

        /// <summary>Finds the header of IP and the protocol that it carries, whichever that is. False if there is none, or a fragment of it.</summary>
        public static bool TryFindProtocol(ReadOnlySpan<byte> packet, out PacketHeaders headers)
        {
            headers = default;
            if(packet.Length < Ethernet.HeaderSize)
            {
                return false;
            }
            headers.Network = Ethernet.HeaderLength(packet);
            if(packet.Length < headers.Network)
            {
                return false;
            }
            switch(Ethernet.PayloadType(packet, headers.Network))
            {
                case Ethernet.Ipv4:
                    return headers.TryFindIpv4(packet);
                case Ethernet.Ipv6:
                    return headers.TryFindIpv6(packet);
                default:
                    return false;
            }
        }

        /// <summary>
        /// True if the IP header tells the length of the whole packet, or less in a shortest frame, which may be padded; and if the checksum of an
        /// IPv4 header is right. An IPv6 header has none.
        /// </summary>
        public readonly bool HasSoundIpHeader(ReadOnlySpan<byte> packet)
        {
            var isWhole = IpLength(packet) == packet.Length - Network || (packet.Length == Ethernet.MinFrameSize && IpLength(packet) < packet.Length - Network);
            return isWhole && (IsIpv6 || InternetChecksum.Finish(InternetChecksum.Add(0, packet.Slice(Network, Transport - Network))) == 0);
        }

        /// <summary>
        /// The sum of addresses, protocol and length, not inverted, which a checksum field holds before its packet is summed up.
        /// RFC 9293, 3.1; RFC 8200, 8.1. With an IPv6 routing header that has a way to go, another destination counts, and this is not the sum.
        /// </summary>
        public readonly ushort PseudoHeaderSum(ReadOnlySpan<byte> packet)
        {
            var (place, length) = IsIpv6 ? (8, 32) : (12, 8);
            var sum = InternetChecksum.Add((ulong)Protocol + (ulong)(IpLength(packet) - (Transport - Network)), packet.Slice(Network + place, length));
            return unchecked((ushort)~InternetChecksum.Finish(sum));
        }

        /// <summary>Offset of the IP header.</summary>
        public int Network { readonly get; private set; }

        /// <summary>
        /// Offset of the part that is divided into fragments. In front of it are the headers that each fragment repeats: the IPv4
        /// header, or the IPv6 header and the extension headers that every router looks at (RFC 8200, 4.5).
        /// </summary>
        public int Fragmentable { readonly get; private set; }

        /// <summary>Offset of the byte that tells what is at <see cref="Fragmentable"/>: Next Header, in the header in front of it. IPv6 only.</summary>
        public int NextHeader { readonly get; private set; }

        /// <summary>Offset of the TCP or UDP header.</summary>
        public int Transport { readonly get; private set; }

        /// <summary>Offset of the payload of TCP or UDP.</summary>
        public int Payload { readonly get; private set; }

        /// <summary>True for IPv6, false for IPv4.</summary>
        public bool IsIpv6 { readonly get; private set; }

        /// <summary>The protocol, such as <see cref="Tcp"/> or <see cref="Udp"/>.</summary>
        public byte Protocol { readonly get; private set; }

        /// <summary>Offset of the checksum of TCP or UDP, from <see cref="Transport"/>.</summary>
        public readonly int Checksum => Protocol == Tcp ? TcpChecksum : UdpChecksum;

        /// <summary>Offset of the checksum in the header of UDP. TCP and ICMP have theirs elsewhere.</summary>
        public const int UdpChecksum = 6;
        /// <summary>Protocol number of TCP.</summary>
        public const byte Tcp = 6;
        /// <summary>Protocol number of UDP.</summary>
        public const byte Udp = 17;
        /// <summary>Size of an IPv6 header without extensions.</summary>
        public const int Ipv6HeaderSize = 40;
        /// <summary>Size of the extension header of an IPv6 fragment.</summary>
        public const int FragmentHeaderSize = 8;
        /// <summary>Size of a UDP header.</summary>
        public const int UdpHeaderSize = 8;
        /// <summary>All fragments but the last carry a multiple of so many bytes.</summary>
        public const int FragmentUnit = 8;

        // Bytes of the IP header and what follows it, as the header tells. A header that tells less than its own length counts as having nothing
        // after it, so that no length computed from this is negative.
        private readonly int IpLength(ReadOnlySpan<byte> packet)
        {
            var header = packet.Slice(Network);
            var length = IsIpv6 ? Ipv6HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header.Slice(4)) : BinaryPrimitives.ReadUInt16BigEndian(header.Slice(2));
            return Math.Max(length, Transport - Network);
        }

        // Which version of IP it is, nothing tells but its header.
        private bool TryFindAt(ReadOnlySpan<byte> packet, int network)
        {
            Network = network;
            return network < packet.Length && (packet[network] >> 4 == 4 ? TryFindIpv4(packet) : TryFindIpv6(packet));
        }

        private bool TryFindIpv4(ReadOnlySpan<byte> packet)
        {
            if(packet.Length < Network + MinIpv4HeaderSize)
            {
                return false;
            }
            var header = packet.Slice(Network);
            var size = (header[0] & 0xF) * sizeof(uint);
            var fragment = BinaryPrimitives.ReadUInt16BigEndian(header.Slice(6)) & FragmentMask;
            Transport = Network + size;
            Fragmentable = Transport;
            Protocol = header[9];
            return header[0] >> 4 == 4 && size >= MinIpv4HeaderSize && fragment == 0;
        }

        private bool TryFindIpv6(ReadOnlySpan<byte> packet)
        {
            if(packet.Length < Network + Ipv6HeaderSize || packet[Network] >> 4 != 6)
            {
                return false;
            }
            var nextHeader = Network + 6;
            NextHeader = nextHeader;
            Transport = Network + Ipv6HeaderSize;
            Fragmentable = Transport;
            for(var extensions = 0; extensions < MaxExtensions && IsExtension(packet[nextHeader]); extensions++)
            {
                if(packet.Length < Transport + ExtensionUnit)
                {
                    return false;
                }
                var isForRouters = packet[nextHeader] != DestinationOptions;
                nextHeader = Transport;
                Transport += (packet[Transport + 1] + 1) * ExtensionUnit;
                if(isForRouters)
                {
                    NextHeader = nextHeader;
                    Fragmentable = Transport;
                }
            }
            IsIpv6 = true;
            Protocol = packet[nextHeader];
            return true;
        }

        private bool TryFindPayload(ReadOnlySpan<byte> packet)
        {
            var smallest = Protocol == Tcp ? MinTcpHeaderSize : UdpHeaderSize;
            if((Protocol != Tcp && Protocol != Udp) || packet.Length < Transport + smallest)
            {
                return false;
            }
            var size = Protocol == Tcp ? (packet[Transport + 12] >> 4) * sizeof(uint) : UdpHeaderSize;
            Payload = Transport + size;
            return size >= smallest && packet.Length >= Payload;
        }

        // Extension headers that may stand in front of TCP or UDP. A fragment header is not among them: with it the search ends.
        private static bool IsExtension(byte next)
        {
            return next == HopByHopOptions || next == Routing || next == DestinationOptions;
        }

        private const int MinIpv4HeaderSize = 20;
        private const int MinTcpHeaderSize = 20;
        private const int TcpChecksum = 16;
        // More fragments, and the offset of one that is not the first.
        private const int FragmentMask = 0x3FFF;
        private const int ExtensionUnit = 8;
        private const int MaxExtensions = 8;
        private const byte HopByHopOptions = 0;
        private const byte Routing = 43;
        private const byte DestinationOptions = 60;
    }
}
