// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where the packet is that another one carries. virtio v1.4-cs01: 5.1.9.4.4 "Inner Header Hash". The RFC of each type is named in
// TunnelTypes.

using System;
using System.Buffers.Binary;

using VirtioNet.Wire;

namespace VirtioNet.Net.Hashing
{
    /// <summary>Finds the inner packet of one level of encapsulation.</summary>
    internal static class Tunnel
    {
        /// <summary>
        /// If the packet with these outer fields is of a type that is enabled, finds the fields of the inner packet. False if it is none, or if
        /// what it carries is no whole IP header.
        /// </summary>
        public static bool TryFindInner(ReadOnlySpan<byte> packet, in FlowFields outer, TunnelTypes enabled, out FlowFields inner)
        {
            inner = default;
            if(outer.IsFragment)
            {
                return false;
            }
            switch(outer.Protocol)
            {
                case Gre:
                    return TryGre(packet, outer.Payload, outer.IsIpv6, enabled, out inner);
                case Ipip:
                    return !outer.IsIpv6 && Has(enabled, TunnelTypes.Ipip) && FlowFields.TryFind(packet, outer.Payload, false, out inner);
                default:
                    return outer.HasUdp(packet) && TryUdp(packet, outer, enabled, out inner);
            }
        }

        private static bool TryUdp(ReadOnlySpan<byte> packet, in FlowFields outer, TunnelTypes enabled, out FlowFields inner)
        {
            inner = default;
            var at = outer.Payload + FlowFields.UdpHeaderSize;
            switch(BinaryPrimitives.ReadUInt16BigEndian(packet.Slice(outer.Payload + 2)))
            {
                case GreInUdpPort:
                    return Has(enabled, TunnelTypes.GreInUdp) && TryGre(packet, at, outer.IsIpv6, TunnelTypes.All, out inner);
                case VxlanPort:
                    return Has(enabled, TunnelTypes.Vxlan) && TryFrame(packet, at + VxlanHeaderSize, out inner);
                case VxlanGpePort:
                    return Has(enabled, TunnelTypes.VxlanGpe) && at + VxlanHeaderSize <= packet.Length && TryVxlanGpe(packet, at, out inner);
                case GenevePort:
                    return Has(enabled, TunnelTypes.Geneve) && at + GeneveHeaderSize <= packet.Length
                        && TryType(packet, at + GeneveHeaderSize + (packet[at] & 0x3F) * 4, BinaryPrimitives.ReadUInt16BigEndian(packet.Slice(at + 2)), out inner);
                default:
                    return false;
            }
        }

        // Its next protocol is a number of its own: 1 IPv4, 2 IPv6, 3 Ethernet. Without the flag that says so it is VXLAN.
        private static bool TryVxlanGpe(ReadOnlySpan<byte> packet, int at, out FlowFields inner)
        {
            inner = default;
            switch((packet[at] & VxlanHasProtocol) != 0 ? packet[at + 3] : VxlanEthernet)
            {
                case VxlanIpv4:
                    return FlowFields.TryFind(packet, at + VxlanHeaderSize, false, out inner);
                case VxlanIpv6:
                    return FlowFields.TryFind(packet, at + VxlanHeaderSize, true, out inner);
                case VxlanEthernet:
                    return TryFrame(packet, at + VxlanHeaderSize, out inner);
                default:
                    return false;
            }
        }

        // Flags, version and type of what is carried; then checksum, key and sequence number, each of four bytes, as the flags say.
        private static bool TryGre(ReadOnlySpan<byte> packet, int at, bool isOverIpv6, TunnelTypes enabled, out FlowFields inner)
        {
            inner = default;
            if(at + GreHeaderSize > packet.Length)
            {
                return false;
            }
            var flags = BinaryPrimitives.ReadUInt16BigEndian(packet.Slice(at));
            var type = BinaryPrimitives.ReadUInt16BigEndian(packet.Slice(at + 2));
            var kind = type == Bridging && (flags & GreKey) != 0 ? TunnelTypes.Nvgre
                : (flags & (GreKey | GreSequence)) != 0 ? TunnelTypes.Gre2890
                : isOverIpv6 || type == Ethernet.Ipv6 ? TunnelTypes.Gre7676 : TunnelTypes.Gre2784;
            if(!Has(enabled, kind) || (flags & GreVersion) != 0)
            {
                return false;
            }
            var options = ((flags & GreChecksum) != 0 ? 1 : 0) + ((flags & GreKey) != 0 ? 1 : 0) + ((flags & GreSequence) != 0 ? 1 : 0);
            return TryType(packet, at + GreHeaderSize + options * GreOptionSize, type, out inner);
        }

        private static bool TryType(ReadOnlySpan<byte> packet, int at, ushort type, out FlowFields inner)
        {
            inner = default;
            switch(type)
            {
                case Ethernet.Ipv4:
                case Ethernet.Ipv6:
                    return FlowFields.TryFind(packet, at, type == Ethernet.Ipv6, out inner);
                case Bridging:
                    return TryFrame(packet, at, out inner);
                default:
                    return false;
            }
        }

        private static bool TryFrame(ReadOnlySpan<byte> packet, int at, out FlowFields inner)
        {
            inner = default;
            if(at + Ethernet.HeaderSize > packet.Length)
            {
                return false;
            }
            var frame = packet.Slice(at);
            var header = Ethernet.HeaderLength(frame);
            return header <= frame.Length && Ethernet.PayloadType(frame, header) is Ethernet.Ipv4 or Ethernet.Ipv6
                && FlowFields.TryFind(packet, at + header, Ethernet.PayloadType(frame, header) == Ethernet.Ipv6, out inner);
        }

        private static bool Has(TunnelTypes enabled, TunnelTypes type) => (enabled & type) != 0;

        private const byte Ipip = 4;
        private const byte Gre = 47;
        private const ushort GreInUdpPort = 4754;
        private const ushort VxlanPort = 4789;
        private const ushort VxlanGpePort = 4790;
        private const ushort GenevePort = 6081;
        private const int GreHeaderSize = 4;
        private const int GreOptionSize = 4;
        private const ushort GreChecksum = 0x8000;
        private const ushort GreKey = 0x2000;
        private const ushort GreSequence = 0x1000;
        private const ushort GreVersion = 7;
        // An Ethernet frame.
        private const ushort Bridging = 0x6558;
        private const int VxlanHeaderSize = 8;
        private const int VxlanHasProtocol = 4;
        private const byte VxlanIpv4 = 1;
        private const byte VxlanIpv6 = 2;
        private const byte VxlanEthernet = 3;
        private const int GeneveHeaderSize = 8;
    }
}
