// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver leaves to the device when it sends: struct virtio_net_hdr, read once.
// virtio v1.4-cs01: 5.1.9.2 "Packet Transmission".

using System;
using System.Buffers.Binary;

using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// The fields of the header that ask for something. All others mean nothing in a packet that is sent: hdr_len is a hint that
    /// nobody needs (NET-25), num_buffers is for receiving (H-72), flags that were not negotiated are ignored (NET-19).
    /// </summary>
    internal readonly struct TransmitRequest
    {
        /// <summary>Reads the header. It may lie in guest memory: each of its bytes is read once.</summary>
        public TransmitRequest(ReadOnlySpan<byte> header)
        {
            fields = BinaryPrimitives.ReadUInt64LittleEndian(header);
            checksumOffset = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(NetLayout.HeaderCsumOffset));
            tunnel = (fields & InTunnel) != 0 && header.Length >= NetLayout.TunnelHeaderSize
                ? BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(NetLayout.HeaderOuterTransport)) : 0;
        }

        /// <summary>
        /// What the driver asks for, independent of layout and byte order. Returns null, or the rule that it breaks: it asks for a segmentation
        /// that was not negotiated (H-65), as an unknown gso_type never was, or not rightly for one of a packet that UDP carries (NET-26,
        /// NET-28, NET-29). NEEDS_CSUM without VIRTIO_NET_F_CSUM asks for nothing (NET-20).
        /// </summary>
        public Rule? Read(Negotiated negotiated, out PacketOffload offload)
        {
            offload = default;
            if(!GsoType.TryRead(Type, out var types))
            {
                return FrameRules.OffloadNotNegotiated;
            }
            var isInTunnel = (types & Segmentation.UdpTunnel) != 0;
            if(HasFlag(NetLayout.FlagUdpTunnelCsum) && (negotiated.Segmentation & Segmentation.UdpTunnelChecksum) != 0)
            {
                types |= Segmentation.UdpTunnelChecksum;
            }
            if(isInTunnel ? HasFlag(NetLayout.FlagDataValid) : (types & Segmentation.UdpTunnelChecksum) != 0)
            {
                return FrameRules.TunnelNotWhole;
            }
            if(types != Segmentation.None || (NeedsChecksum && negotiated.CompletesChecksums))
            {
                offload = new PacketOffload
                {
                    NeedsChecksum = NeedsChecksum,
                    Segmentation = types,
                    SegmentSize = Field(NetLayout.HeaderGsoSize, negotiated.IsBigEndian),
                    ChecksumStart = Field(NetLayout.HeaderCsumStart, negotiated.IsBigEndian),
                    ChecksumOffset = negotiated.IsBigEndian ? BinaryPrimitives.ReverseEndianness(checksumOffset) : checksumOffset,
                    // Tunnels came after the legacy interface: these are little-endian always.
                    OuterTransport = (ushort)(tunnel & ushort.MaxValue),
                    InnerNetwork = (ushort)(tunnel >> 16),
                };
            }
            return (types & ~negotiated.Segmentation) == 0 ? null : FrameRules.OffloadNotNegotiated;
        }

        /// <summary>True if the driver asks for nothing, as it does with most frames.</summary>
        public bool IsEmpty => (fields & Asking) == 0;

        /// <summary>True if the packet is to be cut.</summary>
        public bool IsForSegments => Type != NetLayout.GsoNone;

        private ushort Field(int offset, bool bigEndian)
        {
            var value = (ushort)(fields >> (8 * offset) & ushort.MaxValue);
            return bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
        }

        private bool HasFlag(byte flag) => (fields & flag) != 0;

        private bool NeedsChecksum => HasFlag(NetLayout.FlagNeedsCsum);

        private byte Type => (byte)(fields >> (8 * NetLayout.HeaderGsoType) & byte.MaxValue);

        // The first eight bytes, flags lowest.
        private readonly ulong fields;
        private readonly ushort checksumOffset;
        // outer_th_offset, and inner_nh_offset above it; 0 if no bit of gso_type says that there is a tunnel.
        private readonly uint tunnel;

        // NEEDS_CSUM and UDP_TUNNEL_CSUM, and all of gso_type.
        private const ulong Asking = NetLayout.FlagNeedsCsum | NetLayout.FlagUdpTunnelCsum | 0xFF00;
        private const ulong InTunnel = (ulong)(NetLayout.GsoUdpTunnel4 | NetLayout.GsoUdpTunnel6) << (8 * NetLayout.HeaderGsoType);
    }
}
