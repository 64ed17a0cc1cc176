// renode-virtio-net, MIT licence: see LICENSE.
// Packets that are carried by UDP, with a header of eight bytes between, as VXLAN and Geneve without options have it.

using System.Buffers.Binary;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

internal static class TunnelPackets
{
    /// <summary>An outer packet that carries a frame. Its UDP checksum holds the sum of the pseudo header, or 0.</summary>
    public static byte[] Wrap(OffloadPackets outer, byte[] inner, bool hasChecksum)
    {
        var packet = outer.Make(TunnelHeader + inner.Length, checksLength: false);
        inner.CopyTo(packet, InnerAt(outer));
        if(!hasChecksum)
        {
            packet.AsSpan(outer.Transport + 6, 2).Clear();
        }
        return packet;
    }

    public static PacketOffload Offload(OffloadPackets outer, OffloadPackets inner, bool hasChecksum, int size)
    {
        return new PacketOffload
        {
            NeedsChecksum = true,
            Segmentation = Any | Segmentation.UdpTunnel | (hasChecksum ? Segmentation.UdpTunnelChecksum : Segmentation.None),
            SegmentSize = (ushort)size,
            OuterTransport = (ushort)outer.Transport,
            InnerNetwork = (ushort)(InnerAt(outer) + inner.Network),
        };
    }

    /// <summary>The message for the device, whose header has the fields of a tunnel.</summary>
    public static byte[] Message(OffloadPackets outer, OffloadPackets inner, byte[] packet, byte gsoType, int gsoSize, byte flags)
    {
        var message = new byte[NetLayout.TunnelHeaderSize + packet.Length];
        message[NetLayout.HeaderFlags] = flags;
        message[NetLayout.HeaderGsoType] = gsoType;
        Put(NetLayout.HeaderGsoSize, gsoSize);
        Put(NetLayout.HeaderCsumStart, InnerAt(outer) + inner.Transport);
        Put(NetLayout.HeaderCsumOffset, inner.ChecksumOffset);
        Put(NetLayout.HeaderOuterTransport, outer.Transport);
        Put(NetLayout.HeaderInnerNetwork, InnerAt(outer) + inner.Network);
        packet.CopyTo(message, NetLayout.TunnelHeaderSize);
        return message;

        void Put(int offset, int value) => BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(offset), (ushort)value);
    }

    /// <summary>Where the inner frame begins.</summary>
    public static int InnerAt(OffloadPackets outer) => outer.Payload + TunnelHeader;

    public const Segmentation Any = Segmentation.Tso4 | Segmentation.Tso6 | Segmentation.Uso4 | Segmentation.Uso6;

    public const int TunnelHeader = 8;
}
