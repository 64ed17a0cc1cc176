// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Kinds of packets, in a user's words. RFC 791 and RFC 8200 (protocols), IANA "Protocol Numbers" (ICMP is 1, ICMPv6 58).

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Some words, all of which a packet has to fit. Without any, each packet fits.</summary>
    public sealed class PacketKind
    {
        /// <summary>Reads words such as "tcp port 80" or "type 0x88b5 broadcast". If they are wrong, <paramref name="fault"/> says what is allowed.</summary>
        public static bool TryParse(IEnumerable<string> words, out PacketKind kind, out string fault)
        {
            kind = new PacketKind();
            var left = new Queue<string>(words);
            string? wrong = null;
            while(wrong == null && left.Count > 0)
            {
                wrong = kind.Read(left.Dequeue(), left);
            }
            fault = wrong ?? "";
            return wrong == null;
        }

        /// <summary>True if the packet is of this kind. What is behind VLAN tags counts as if there were none.</summary>
        public bool Fits(Packet packet)
        {
            return traits == Traits.None || Fits(packet.Bytes);
        }

        /// <summary>The words that make it.</summary>
        public override string ToString()
        {
            return string.Join(' ', texts);
        }

        private PacketKind()
        {
        }

        // Takes the value of a word. Returns what is wrong, or null.
        private string? Read(string word, Queue<string> left)
        {
            var index = Array.IndexOf(Words, word);
            if(index < 0)
            {
                return $"\"{word}\" is no kind of packet: choose of {string.Join(", ", Words)}; port and type with a number";
            }
            texts.Add(word);
            var trait = (Traits)(1 << index);
            traits |= trait;
            if(trait != Traits.Port && trait != Traits.Type)
            {
                return null;
            }
            var value = left.Count > 0 ? left.Dequeue() : "";
            texts.Add(value);
            return trait == Traits.Port
                ? TryNumber(value, 1, out port) ? null : $"port is \"{value}\"; it must be 1 to 65535, a port of TCP or UDP"
                : TryNumber(value, LeastType, out type) ? null : $"type is \"{value}\"; it must be an EtherType, 0x600 to 0xffff, such as 0x88b5";
        }

        private bool Fits(ReadOnlySpan<byte> bytes)
        {
            if(bytes.Length < Ethernet.HeaderSize)
            {
                return false;
            }
            var found = Receivers(Ethernet.Destination(bytes));
            var header = Ethernet.HeaderLength(bytes);
            if(header <= bytes.Length)
            {
                var etherType = Ethernet.PayloadType(bytes, header);
                found |= etherType == Ethernet.Arp ? Traits.Arp : etherType == Ethernet.Ipv4 ? Traits.Ipv4 : etherType == Ethernet.Ipv6 ? Traits.Ipv6 : Traits.None;
                found |= etherType == type ? Traits.Type : Traits.None;
                found |= Protocol(bytes);
            }
            return (found & traits) == traits;
        }

        private Traits Protocol(ReadOnlySpan<byte> bytes)
        {
            if(PacketHeaders.TryFind(bytes, out var headers))
            {
                var ports = bytes.Slice(headers.Transport);
                var hasPort = BinaryPrimitives.ReadUInt16BigEndian(ports) == port || BinaryPrimitives.ReadUInt16BigEndian(ports.Slice(sizeof(ushort))) == port;
                return (headers.Protocol == PacketHeaders.Tcp ? Traits.Tcp : Traits.Udp) | (hasPort ? Traits.Port : Traits.None);
            }
            return PacketHeaders.TryFindProtocol(bytes, out headers) && headers.Protocol == (headers.IsIpv6 ? Icmpv6 : Icmp) ? Traits.Icmp : Traits.None;
        }

        private static Traits Receivers(MacAddress destination)
        {
            return destination == MacAddress.Broadcast ? Traits.Broadcast : destination.IsGroup ? Traits.Multicast : Traits.Unicast;
        }

        private static bool TryNumber(string text, ushort least, out ushort number)
        {
            var isHexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            var isRead = isHexadecimal
                ? ushort.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
                : ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
            return isRead && number >= least;
        }

        private Traits traits;
        private ushort port;
        private ushort type;

        private readonly List<string> texts = new List<string>();

        // In the order of the traits.
        private static readonly string[] Words = { "arp", "ipv4", "ipv6", "icmp", "tcp", "udp", "port", "type", "broadcast", "multicast", "unicast" };

        private const ushort LeastType = 0x600;
        private const byte Icmp = 1;
        private const byte Icmpv6 = 58;

        [Flags]
        private enum Traits
        {
            None = 0,
            Arp = 1 << 0,
            Ipv4 = 1 << 1,
            Ipv6 = 1 << 2,
            Icmp = 1 << 3,
            Tcp = 1 << 4,
            Udp = 1 << 5,
            Port = 1 << 6,
            Type = 1 << 7,
            Broadcast = 1 << 8,
            Multicast = 1 << 9,
            Unicast = 1 << 10,
        }
    }
}
