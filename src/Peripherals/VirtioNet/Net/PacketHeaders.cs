#nullable enable
// Where the headers of a frame are. Bounded, with every length checked: what a driver sends may lie (H-69, H-70).
// RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 768 (UDP), IEEE 802.1Q.

using System;
using System.Buffers.Binary;

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>Offsets into a frame that carries TCP or UDP over IP, not a fragment.</summary>
    internal readonly struct PacketHeaders
    {
        /// <summary>Finds the headers. False if there is no whole TCP or UDP header to be found.</summary>
        public static bool TryFind(ReadOnlySpan<byte> frame, out PacketHeaders headers)
        {
            headers = default;
            var network = NetLayout.EthernetHeaderSize;
            for(var tags = 0; tags < MaxTags && IsTag(EtherType(frame, network)); tags++)
            {
                network += NetLayout.VlanTagSize;
                if(frame.Length < network)
                {
                    return false;
                }
            }
            switch(EtherType(frame, network))
            {
                case TypeIpv4:
                    return TryFindIpv4(frame, network, out headers);
                case TypeIpv6:
                    return TryFindIpv6(frame, network, out headers);
                default:
                    return false;
            }
        }

        /// <summary>Offset of the IP header.</summary>
        public int Network { get; }

        /// <summary>Offset of the TCP or UDP header.</summary>
        public int Transport { get; }

        /// <summary>Offset of what they carry.</summary>
        public int Payload { get; }

        /// <summary>True for IPv6, false for IPv4.</summary>
        public bool IsIpv6 { get; }

        /// <summary>The protocol: <see cref="Tcp"/> or <see cref="Udp"/>.</summary>
        public byte Protocol { get; }

        /// <summary>Protocol number of TCP.</summary>
        public const byte Tcp = 6;
        /// <summary>Protocol number of UDP.</summary>
        public const byte Udp = 17;
        /// <summary>Size of an IPv6 header without extensions.</summary>
        public const int Ipv6HeaderSize = 40;
        /// <summary>Size of a UDP header.</summary>
        public const int UdpHeaderSize = 8;

        private PacketHeaders(int network, int transport, int payload, bool isIpv6, byte protocol)
        {
            Network = network;
            Transport = transport;
            Payload = payload;
            IsIpv6 = isIpv6;
            Protocol = protocol;
        }

        private static bool TryFindIpv4(ReadOnlySpan<byte> frame, int network, out PacketHeaders headers)
        {
            headers = default;
            if(frame.Length < network + MinIpv4HeaderSize)
            {
                return false;
            }
            var header = frame.Slice(network);
            var size = (header[0] & 0xF) * sizeof(uint);
            var fragment = BinaryPrimitives.ReadUInt16BigEndian(header.Slice(6)) & FragmentMask;
            return header[0] >> 4 == 4 && size >= MinIpv4HeaderSize && fragment == 0
                && TryFindTransport(frame, network, network + size, false, header[9], out headers);
        }

        private static bool TryFindIpv6(ReadOnlySpan<byte> frame, int network, out PacketHeaders headers)
        {
            headers = default;
            if(frame.Length < network + Ipv6HeaderSize || frame[network] >> 4 != 6)
            {
                return false;
            }
            var next = frame[network + 6];
            var at = network + Ipv6HeaderSize;
            for(var extensions = 0; extensions < MaxExtensions && IsExtension(next); extensions++)
            {
                if(frame.Length < at + ExtensionUnit)
                {
                    return false;
                }
                next = frame[at];
                at += (frame[at + 1] + 1) * ExtensionUnit;
            }
            return TryFindTransport(frame, network, at, true, next, out headers);
        }

        private static bool TryFindTransport(ReadOnlySpan<byte> frame, int network, int transport, bool isIpv6, byte protocol, out PacketHeaders headers)
        {
            headers = default;
            var smallest = protocol == Tcp ? MinTcpHeaderSize : UdpHeaderSize;
            if((protocol != Tcp && protocol != Udp) || frame.Length < transport + smallest)
            {
                return false;
            }
            var size = protocol == Tcp ? (frame[transport + 12] >> 4) * sizeof(uint) : UdpHeaderSize;
            headers = new PacketHeaders(network, transport, transport + size, isIpv6, protocol);
            return size >= smallest && frame.Length >= transport + size;
        }

        private static ushort EtherType(ReadOnlySpan<byte> frame, int network)
        {
            return BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(network - sizeof(ushort)));
        }

        private static bool IsTag(ushort type)
        {
            return type == NetLayout.VlanTagType || type == NetLayout.ServiceTagType;
        }

        // Hop-by-hop options, routing, destination options. A fragment header ends the search.
        private static bool IsExtension(byte next)
        {
            return next == 0 || next == 43 || next == 60;
        }

        private const ushort TypeIpv4 = 0x0800;
        private const ushort TypeIpv6 = 0x86DD;
        private const int MinIpv4HeaderSize = 20;
        private const int MinTcpHeaderSize = 20;
        private const int FragmentMask = 0x3FFF;
        private const int ExtensionUnit = 8;
        private const int MaxTags = 2;
        private const int MaxExtensions = 8;
    }
}
