// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which bytes of a packet tell to which flow it belongs. RFC 791 (IPv4), RFC 8200 (IPv6), RFC 6275 (mobile IPv6).
// virtio v1.4-cs01: 5.1.9.4.3 "Hash calculation for incoming packets".

using System;
using System.Buffers.Binary;

namespace VirtioNet.Net.Hashing
{
    /// <summary>
    /// Offsets into an IP packet, none of which lies beyond its end. It is not asked whether the packet is sound: any that has
    /// whole addresses has a flow.
    /// </summary>
    internal struct FlowFields
    {
        /// <summary>Looks at the IP header at an offset. False if there is none, or if it is cut.</summary>
        public static bool TryFind(ReadOnlySpan<byte> packet, int offset, bool isIpv6, out FlowFields fields)
        {
            fields = new FlowFields { IsIpv6 = isIpv6 };
            return isIpv6 ? fields.TryFindIpv6(packet, offset) : fields.TryFindIpv4(packet, offset);
        }

        /// <summary>True for IPv6, false for IPv4.</summary>
        public bool IsIpv6 { readonly get; private set; }

        /// <summary>Size of an address.</summary>
        public readonly int AddressSize => IsIpv6 ? Ipv6AddressSize : Ipv4AddressSize;

        /// <summary>Offset of the address that the packet comes from. The one that it goes to follows.</summary>
        public int Source { readonly get; private set; }

        /// <summary>True for IPv6 with extension headers.</summary>
        public bool HasExtensions { readonly get; private set; }

        /// <summary>Offset of a mobile node's home address; that of the source if the packet has none.</summary>
        public int HomeSource { readonly get; private set; }

        /// <summary>Offset of the address in a routing header of type 2; that of the destination if the packet has none.</summary>
        public int HomeDestination { readonly get; private set; }

        /// <summary>The protocol that IP carries, and at <see cref="Payload"/> its header.</summary>
        public byte Protocol { readonly get; private set; }

        /// <summary>Offset of what IP carries.</summary>
        public int Payload { readonly get; private set; }

        /// <summary>True if the packet is part of a larger one. Nothing is said of its payload then: only the first part has ports.</summary>
        public bool IsFragment { readonly get; private set; }

        /// <summary>True if the packet has a whole header of TCP, whose ports are at <see cref="Payload"/>.</summary>
        public readonly bool HasTcp(ReadOnlySpan<byte> packet) => Has(packet, Tcp, TcpHeaderSize);

        /// <summary>True if the packet has a whole header of UDP.</summary>
        public readonly bool HasUdp(ReadOnlySpan<byte> packet) => Has(packet, Udp, UdpHeaderSize);

        /// <summary>Size of two ports.</summary>
        public const int PortsSize = 4;
        /// <summary>Size of a UDP header.</summary>
        public const int UdpHeaderSize = 8;

        private readonly bool Has(ReadOnlySpan<byte> packet, byte protocol, int size)
        {
            return Protocol == protocol && !IsFragment && Payload + size <= packet.Length;
        }

        private bool TryFindIpv4(ReadOnlySpan<byte> packet, int offset)
        {
            if(packet.Length < offset + Ipv4HeaderSize || packet[offset] >> 4 != 4 || (packet[offset] & 0xF) * 4 < Ipv4HeaderSize)
            {
                return false;
            }
            Source = offset + Ipv4Source;
            Payload = offset + (packet[offset] & 0xF) * 4;
            Protocol = packet[offset + Ipv4Protocol];
            IsFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet.Slice(offset + Ipv4Fragment)) & FragmentMask) != 0;
            return true;
        }

        private bool TryFindIpv6(ReadOnlySpan<byte> packet, int offset)
        {
            if(packet.Length < offset + Ipv6HeaderSize || packet[offset] >> 4 != 6)
            {
                return false;
            }
            Source = offset + Ipv6Source;
            (HomeSource, HomeDestination) = (Source, Source + Ipv6AddressSize);
            Payload = offset + Ipv6HeaderSize;
            Protocol = packet[offset + Ipv6NextHeader];
            for(var count = 0; count < MaxExtensions && TryPassExtension(packet); count++)
            {
                HasExtensions = true;
            }
            return true;
        }

        // Goes on to what follows an extension header. False if there is none, or if it is cut; then the protocol is that of the extension, so
        // nobody takes what is there for TCP or UDP.
        private bool TryPassExtension(ReadOnlySpan<byte> packet)
        {
            if(!IsExtension(Protocol) || Payload + ExtensionUnit > packet.Length)
            {
                return false;
            }
            var size = Protocol == Authentication ? (packet[Payload + 1] + 2) * 4 : Protocol == Fragment ? ExtensionUnit : (packet[Payload + 1] + 1) * ExtensionUnit;
            if(Payload + size > packet.Length)
            {
                return false;
            }
            switch(Protocol)
            {
                case Fragment:
                    IsFragment |= (BinaryPrimitives.ReadUInt16BigEndian(packet.Slice(Payload + 2)) & Ipv6FragmentMask) != 0;
                    break;
                case Routing:
                    if(packet[Payload + 2] == HomeRouting && size >= ExtensionUnit + Ipv6AddressSize)
                    {
                        HomeDestination = Payload + ExtensionUnit;
                    }
                    break;
                case DestinationOptions:
                    FindHomeAddress(packet, Payload + 2, Payload + size);
                    break;
            }
            Protocol = packet[Payload];
            Payload += size;
            return true;
        }

        // Options are a type, a length and a value; only the one that fills a single byte has neither length nor value (RFC 8200, 4.2).
        private void FindHomeAddress(ReadOnlySpan<byte> packet, int option, int end)
        {
            while(option + 2 <= end)
            {
                if(packet[option] == HomeAddress && packet[option + 1] == Ipv6AddressSize && option + 2 + Ipv6AddressSize <= end)
                {
                    HomeSource = option + 2;
                }
                option += packet[option] == OneByteOfPadding ? 1 : 2 + packet[option + 1];
            }
        }

        private static bool IsExtension(byte protocol)
        {
            return protocol == HopByHopOptions || protocol == Routing || protocol == Fragment || protocol == Authentication || protocol == DestinationOptions;
        }

        private const byte Tcp = 6;
        private const byte Udp = 17;
        private const int TcpHeaderSize = 20;
        private const int Ipv4AddressSize = 4;
        private const int Ipv4HeaderSize = 20;
        private const int Ipv4Fragment = 6;
        private const int Ipv4Protocol = 9;
        private const int Ipv4Source = 12;
        // More fragments, and the offset of one that is not the first.
        private const int FragmentMask = 0x3FFF;
        private const int Ipv6AddressSize = 16;
        private const int Ipv6HeaderSize = 40;
        private const int Ipv6NextHeader = 6;
        private const int Ipv6Source = 8;
        private const int Ipv6FragmentMask = 0xFFF9;
        private const int ExtensionUnit = 8;
        // More than any sender needs; a packet may have a thousand.
        private const int MaxExtensions = 8;
        private const byte HopByHopOptions = 0;
        private const byte Routing = 43;
        private const byte Fragment = 44;
        private const byte Authentication = 51;
        private const byte DestinationOptions = 60;
        private const byte HomeRouting = 2;
        private const byte HomeAddress = 0xC9;
        private const byte OneByteOfPadding = 0;
    }
}
