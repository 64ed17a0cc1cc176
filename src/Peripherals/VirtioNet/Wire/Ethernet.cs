// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The Ethernet header. IEEE 802.3 (frame), IEEE 802.1Q (tags).
//
//   +0 destination 6   +6 source 6   then 4 bytes for each tag: type u16, control u16   then EtherType u16, payload

using System;
using System.Buffers.Binary;

namespace VirtioNet.Wire
{
    /// <summary>Sizes and types of an Ethernet frame without its check sequence.</summary>
    public static class Ethernet
    {
        /// <summary>Makes a frame without tags, with a payload of so many bytes, all 0.</summary>
        public static byte[] Frame(MacAddress destination, MacAddress source, ushort type, int payload)
        {
            var frame = new byte[HeaderSize + payload];
            destination.Write(frame);
            source.Write(frame.AsSpan(MacAddress.Size));
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(TypeOffset), type);
            return frame;
        }

        /// <summary>Who the frame is for.</summary>
        public static MacAddress Destination(ReadOnlySpan<byte> frame)
        {
            return MacAddress.Read(frame);
        }

        /// <summary>Who has sent the frame.</summary>
        public static MacAddress Source(ReadOnlySpan<byte> frame)
        {
            return MacAddress.Read(frame.Slice(MacAddress.Size));
        }

        /// <summary>
        /// Length of the header: 14 bytes, and 4 for each VLAN tag, of which at most <see cref="MaxTags"/> count. The frame must have
        /// at least 14 bytes. If it ends inside its tags, the header is longer than the frame.
        /// </summary>
        public static int HeaderLength(ReadOnlySpan<byte> frame)
        {
            var length = HeaderSize;
            while(length < MaxHeaderSize && length <= frame.Length && IsTag(TypeBefore(frame, length)))
            {
                length += TagSize;
            }
            return length;
        }

        /// <summary>The type field in front of the payload: the EtherType of what a frame carries, with as many tags as <see cref="HeaderLength"/> has found.</summary>
        public static ushort PayloadType(ReadOnlySpan<byte> frame, int headerLength)
        {
            return TypeBefore(frame, headerLength);
        }

        /// <summary>The type field after the addresses: an EtherType, or the type of the first tag. 0 if the frame is too short for one.</summary>
        public static ushort FirstType(ReadOnlySpan<byte> frame)
        {
            return frame.Length < HeaderSize ? (ushort)0 : TypeBefore(frame, HeaderSize);
        }

        /// <summary>Length of the header of a frame without tags: two addresses and a type.</summary>
        public const int HeaderSize = 14;
        /// <summary>Length of a VLAN tag. An MTU does not count it.</summary>
        public const int TagSize = 4;
        /// <summary>Most tags that are looked at in one frame, as in Linux (VLAN_MAX_DEPTH).</summary>
        public const int MaxTags = 8;
        /// <summary>Length of a header with as many tags.</summary>
        public const int MaxHeaderSize = HeaderSize + MaxTags * TagSize;
        /// <summary>Shortest frame on a wire. Shorter ones are filled up with zeros.</summary>
        public const int MinFrameSize = 60;
        /// <summary>Largest payload: that of the largest IPv4 packet.</summary>
        public const int MaxPayload = 65535;
        /// <summary>Longest frame or packet: the largest payload, and as many tags as are looked at.</summary>
        public const int MaxFrameSize = MaxPayload + MaxHeaderSize;

        /// <summary>EtherType of IPv4.</summary>
        public const ushort Ipv4 = 0x0800;
        /// <summary>EtherType of ARP.</summary>
        public const ushort Arp = 0x0806;
        /// <summary>EtherType of IPv6.</summary>
        public const ushort Ipv6 = 0x86DD;
        /// <summary>EtherType for experiments, local experimental type 1 of IEEE 802.</summary>
        public const ushort Experimental = 0x88B5;
        /// <summary>Type of a customer tag (802.1Q).</summary>
        public const ushort CustomerTag = 0x8100;
        /// <summary>Type of a service tag (802.1ad), the outer one of two.</summary>
        public const ushort ServiceTag = 0x88A8;
        /// <summary>Type of the outer tag in bridges that are older than 802.1ad.</summary>
        public const ushort OldServiceTag = 0x9100;

        private static ushort TypeBefore(ReadOnlySpan<byte> frame, int payload)
        {
            return BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(payload - sizeof(ushort)));
        }

        private static bool IsTag(ushort type)
        {
            return type == CustomerTag || type == ServiceTag || type == OldServiceTag;
        }

        private const int TypeOffset = 12;
    }
}
