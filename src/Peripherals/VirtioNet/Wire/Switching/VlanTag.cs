// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The customer tag of a frame: taken off, put in, or given another VLAN. IEEE 802.1Q, 9.6: VLAN tag control information.
//
//   +12 type 0x8100   +14 priority 3 bits, drop eligible 1 bit, VLAN 12 bits

using System;
using System.Buffers.Binary;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Makes packets with another tag. A packet is shared with others, so each is a new one.</summary>
    internal static class VlanTag
    {
        /// <summary>The VLAN of the tag right after the addresses; 0 says that the tag has a priority only. False if there is no customer tag.</summary>
        public static bool TryRead(ReadOnlySpan<byte> frame, out int vlan)
        {
            var isTagged = frame.Length >= TaggedHeader && Ethernet.FirstType(frame) == Ethernet.CustomerTag;
            vlan = isTagged ? BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(ControlOffset)) & Mask : 0;
            return isTagged;
        }

        /// <summary>The packet without its tag, filled up to the shortest frame.</summary>
        public static Packet Remove(Packet packet)
        {
            // What is to be cut is longer, and zeros at its end would count as data.
            var length = packet.Length - Ethernet.TagSize;
            var bytes = new byte[packet.Offload.Segmentation == Segmentation.None ? Math.Max(length, Ethernet.MinFrameSize) : length];
            packet.Bytes.Slice(0, TagOffset).CopyTo(bytes);
            packet.Bytes.Slice(TaggedHeader - sizeof(ushort)).CopyTo(bytes.AsSpan(TagOffset));
            return new Packet(bytes, Shift(packet.Offload, -Ethernet.TagSize));
        }

        /// <summary>The packet with a tag for this VLAN in front of what follows its addresses.</summary>
        public static Packet Insert(Packet packet, int vlan)
        {
            var bytes = new byte[packet.Length + Ethernet.TagSize];
            packet.Bytes.Slice(0, TagOffset).CopyTo(bytes);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(TagOffset), Ethernet.CustomerTag);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(ControlOffset), (ushort)vlan);
            packet.Bytes.Slice(TagOffset).CopyTo(bytes.AsSpan(TagOffset + Ethernet.TagSize));
            return new Packet(bytes, Shift(packet.Offload, Ethernet.TagSize));
        }

        /// <summary>The packet with another VLAN in its tag, and its priority as before.</summary>
        public static Packet Change(Packet packet, int vlan)
        {
            var bytes = packet.Bytes.ToArray();
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(ControlOffset), (ushort)((BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(ControlOffset)) & ~Mask) | vlan));
            return new Packet(bytes, packet.Offload);
        }

        // All that follows the addresses has moved by so many bytes.
        private static PacketOffload Shift(in PacketOffload offload, int distance)
        {
            return new PacketOffload
            {
                NeedsChecksum = offload.NeedsChecksum,
                ChecksumIsGood = offload.ChecksumIsGood,
                ChecksumStart = (ushort)(offload.NeedsChecksum ? offload.ChecksumStart + distance : 0),
                ChecksumOffset = offload.ChecksumOffset,
                Segmentation = offload.Segmentation,
                SegmentSize = offload.SegmentSize,
                HeaderLength = (ushort)(offload.Segmentation == Segmentation.None ? 0 : offload.HeaderLength + distance),
                OuterTransport = (ushort)(offload.IsInTunnel ? offload.OuterTransport + distance : 0),
                InnerNetwork = (ushort)(offload.IsInTunnel ? offload.InnerNetwork + distance : 0),
            };
        }

        private const int TagOffset = 2 * MacAddress.Size;
        private const int ControlOffset = TagOffset + sizeof(ushort);
        private const int TaggedHeader = Ethernet.HeaderSize + Ethernet.TagSize;
        private const int Mask = 0xFFF;
    }
}
