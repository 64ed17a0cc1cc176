// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the device tells the driver of a packet that it receives: struct virtio_net_hdr.
// virtio v1.4-cs01: 5.1.9.4 "Processing of Incoming Packets".

using System;
using System.Buffers.Binary;

using VirtioNet.Net.Hashing;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>Writes headers.</summary>
    internal static class ReceiveHeader
    {
        /// <summary>
        /// Writes the header of a packet that takes so many buffers: 1 without mergeable buffers (NET-38). A finished packet has
        /// no other field (H-89). Always writes 12 bytes or more: where the header has 10, the packet is copied over the last two of them.
        /// </summary>
        public static void Write(Span<byte> header, Packet packet, int buffers, Negotiated negotiated)
        {
            var field = Field((ushort)buffers, negotiated);
            BinaryPrimitives.WriteUInt64LittleEndian(header, 0);
            // csum_offset, and num_buffers after it.
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(NetLayout.HeaderCsumOffset), (uint)field << 16);
            if(negotiated.HeaderSize > NetLayout.HeaderSize)
            {
                header.Slice(NetLayout.HeaderSize, negotiated.HeaderSize - NetLayout.HeaderSize).Clear();
            }
            if(!packet.IsFinished)
            {
                WriteOffload(header, packet.Offload, negotiated);
            }
        }

        /// <summary>Writes the hash into a header that has the fields for it, VIRTIO_NET_F_HASH_REPORT. Only drivers of virtio 1.x have it.</summary>
        public static void WriteHash(Span<byte> header, in PacketHash hash)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(NetLayout.HeaderHashValue), hash.Value);
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(NetLayout.HeaderHashReport), hash.Report);
        }

        /// <summary>
        /// True if a packet may go to a driver with its work left: it is TCP or UDP, its checksum field is where the header will say,
        /// and holds the sum of the pseudo header (5.1.9.4.1); and its IP header is sound. Another one has to be finished before.
        /// </summary>
        public static bool CanTell(Packet packet)
        {
            var bytes = packet.Bytes;
            var offload = packet.Offload;
            if(offload.IsInTunnel)
            {
                return CanTellTunnel(bytes, offload);
            }
            return PacketHeaders.TryFind(bytes, out var headers) && headers.Transport == offload.ChecksumStart && headers.Checksum == offload.ChecksumOffset
                && headers.HasSoundIpHeader(bytes) && ChecksumOf(bytes, headers) == headers.PseudoHeaderSum(bytes);
        }

        // Of a packet that UDP carries, both headers have to be so; and where the outer checksum is not left to the driver, there is none.
        private static bool CanTellTunnel(ReadOnlySpan<byte> bytes, in PacketOffload offload)
        {
            return PacketHeaders.TryFindCarried(bytes, offload.OuterTransport, offload.InnerNetwork, out var outer, out var inner)
                && inner.HasSoundIpHeader(bytes) && ChecksumOf(bytes, inner) == inner.PseudoHeaderSum(bytes)
                && outer.HasSoundIpHeader(bytes) && ChecksumOf(bytes, outer) == (offload.HasTunnelChecksum ? outer.PseudoHeaderSum(bytes) : 0);
        }

        private static ushort ChecksumOf(ReadOnlySpan<byte> bytes, in PacketHeaders headers)
        {
            return BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(headers.Transport + headers.Checksum));
        }

        // A packet that is to be cut always needs its checksum, too (NET-64).
        private static void WriteOffload(Span<byte> header, in PacketOffload offload, Negotiated negotiated)
        {
            header[NetLayout.HeaderFlags] = (byte)(NetLayout.FlagNeedsCsum | (offload.HasTunnelChecksum ? NetLayout.FlagUdpTunnelCsum : 0));
            Put(header, NetLayout.HeaderCsumStart, offload.ChecksumStart, negotiated);
            Put(header, NetLayout.HeaderCsumOffset, offload.ChecksumOffset, negotiated);
            if(offload.Segmentation != Segmentation.None)
            {
                header[NetLayout.HeaderGsoType] = GsoType.Of(offload.Segmentation);
                Put(header, NetLayout.HeaderHdrLen, offload.FullHeaderLength, negotiated);
                Put(header, NetLayout.HeaderGsoSize, offload.SegmentSize, negotiated);
            }
            if(offload.IsInTunnel)
            {
                Put(header, NetLayout.HeaderOuterTransport, offload.OuterTransport, negotiated);
                Put(header, NetLayout.HeaderInnerNetwork, offload.InnerNetwork, negotiated);
            }
        }

        private static void Put(Span<byte> header, int offset, ushort value, Negotiated negotiated)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(offset), Field(value, negotiated));
        }

        private static ushort Field(ushort value, Negotiated negotiated)
        {
            return negotiated.IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
        }
    }
}
