// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the host's kernel and a port tell each other of the work that a packet has left: struct virtio_net_hdr in front of each frame,
// little-endian. Linux: Documentation/networking/tuntap.rst, IFF_VNET_HDR; virtio v1.4-cs01: 5.1.9.

using System;
using System.Buffers.Binary;

using VirtioNet.Net;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Tap
{
    /// <summary>Reads and writes the header. Its num_buffers means nothing here and is 0.</summary>
    public static class TapHeader
    {
        /// <summary>
        /// What the kernel has left of the packet after the header. False if it cannot be understood, or the packet's own headers say something
        /// else.
        /// </summary>
        public static bool TryRead(ReadOnlySpan<byte> header, ReadOnlySpan<byte> packet, out PacketOffload offload)
        {
            offload = default;
            if(header.Length < Size || !GsoType.TryRead(header[NetLayout.HeaderGsoType], out var types))
            {
                return false;
            }
            var flags = header[NetLayout.HeaderFlags];
            var needsChecksum = (flags & NetLayout.FlagNeedsCsum) != 0;
            offload = new PacketOffload
            {
                NeedsChecksum = needsChecksum,
                ChecksumIsGood = !needsChecksum && (flags & NetLayout.FlagDataValid) != 0,
                ChecksumStart = needsChecksum ? Field(header, NetLayout.HeaderCsumStart) : (ushort)0,
                ChecksumOffset = needsChecksum ? Field(header, NetLayout.HeaderCsumOffset) : (ushort)0,
                Segmentation = types,
                SegmentSize = types == Segmentation.None ? (ushort)0 : Field(header, NetLayout.HeaderGsoSize),
            };
            return SoftwareOffload.Check(packet, ref offload) == OffloadFault.None;
        }

        /// <summary>Writes what a packet has left. The room has <see cref="Size"/> bytes.</summary>
        public static void Write(Span<byte> header, in PacketOffload offload)
        {
            header.Slice(0, Size).Clear();
            header[NetLayout.HeaderFlags] = offload.NeedsChecksum ? NetLayout.FlagNeedsCsum : offload.ChecksumIsGood ? NetLayout.FlagDataValid : (byte)0;
            if(offload.NeedsChecksum)
            {
                SetField(header, NetLayout.HeaderCsumStart, offload.ChecksumStart);
                SetField(header, NetLayout.HeaderCsumOffset, offload.ChecksumOffset);
            }
            if(offload.Segmentation != Segmentation.None)
            {
                header[NetLayout.HeaderGsoType] = GsoType.Of(offload.Segmentation);
                SetField(header, NetLayout.HeaderHdrLen, offload.FullHeaderLength);
                SetField(header, NetLayout.HeaderGsoSize, offload.SegmentSize);
            }
        }

        /// <summary>Bytes of the header.</summary>
        public const int Size = NetLayout.HeaderSize;

        private static ushort Field(ReadOnlySpan<byte> header, int offset)
        {
            return BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(offset));
        }

        private static void SetField(Span<byte> header, int offset, ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(offset), value);
        }
    }
}
