#nullable enable
// What a driver leaves to the device when it sends: the checksum, and cutting a large packet into frames.
// virtio v1.4-cs01: 5.1.6.2 "Packet Transmission", points 3 and 4 (NET-32).

using System;
using System.Buffers.Binary;

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>The fields of struct virtio_net_hdr that ask for an offload, read once.</summary>
    internal readonly struct TransmitOffload
    {
        /// <summary>Reads them in the driver's byte order.</summary>
        public TransmitOffload(ReadOnlySpan<byte> header, bool bigEndian)
        {
            NeedsChecksum = (header[NetLayout.HeaderFlags] & NetLayout.FlagNeedsCsum) != 0;
            GsoType = header[NetLayout.HeaderGsoType];
            GsoSize = Read(header.Slice(NetLayout.HeaderGsoSize), bigEndian);
            ChecksumStart = Read(header.Slice(NetLayout.HeaderCsumStart), bigEndian);
            ChecksumOffset = Read(header.Slice(NetLayout.HeaderCsumOffset), bigEndian);
        }

        /// <summary>True if the header asks for anything.</summary>
        public static bool IsAskedFor(ReadOnlySpan<byte> header)
        {
            return header[NetLayout.HeaderGsoType] != NetLayout.GsoNone || (header[NetLayout.HeaderFlags] & NetLayout.FlagNeedsCsum) != 0;
        }

        /// <summary>
        /// True if all of it was negotiated (H-65). A type with an unknown bit never was. A legacy driver's
        /// VIRTIO_NET_F_GSO stands for every type of its time.
        /// </summary>
        public bool IsNegotiated(FeatureSet features)
        {
            if(GsoType == NetLayout.GsoNone)
            {
                return true;
            }
            var any = features.Has(Feature.Gso);
            switch(GsoType)
            {
                case NetLayout.GsoTcp4:
                    return any || features.Has(Feature.HostTso4);
                case NetLayout.GsoTcp6:
                    return any || features.Has(Feature.HostTso6);
                case NetLayout.GsoTcp4 | NetLayout.GsoEcn:
                    return any || features.Has(Feature.HostTso4) && features.Has(Feature.HostEcn);
                case NetLayout.GsoTcp6 | NetLayout.GsoEcn:
                    return any || features.Has(Feature.HostTso6) && features.Has(Feature.HostEcn);
                case NetLayout.GsoUdp:
                    return any || features.Has(Feature.HostUfo);
                case NetLayout.GsoUdpL4:
                    return features.Has(Feature.HostUso);
                default:
                    return false;
            }
        }

        /// <summary>
        /// Completes the checksum of a frame: the sum from csum_start on, at csum_start + csum_offset. False if
        /// that is not inside the frame and behind its Ethernet header (H-68).
        /// </summary>
        public bool TryCompleteChecksum(Span<byte> frame)
        {
            var at = ChecksumStart + ChecksumOffset;
            if(ChecksumStart < NetLayout.EthernetHeaderSize || at + sizeof(ushort) > frame.Length)
            {
                return false;
            }
            var sum = InternetChecksum.FinishTransport(InternetChecksum.Add(0, frame.Slice(ChecksumStart)));
            BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(at), sum);
            return true;
        }

        /// <summary>VIRTIO_NET_HDR_F_NEEDS_CSUM.</summary>
        public bool NeedsChecksum { get; }

        /// <summary>gso_type.</summary>
        public byte GsoType { get; }

        /// <summary>gso_size, in bytes.</summary>
        public ushort GsoSize { get; }

        /// <summary>csum_start, from the start of the frame.</summary>
        public ushort ChecksumStart { get; }

        /// <summary>csum_offset, from csum_start.</summary>
        public ushort ChecksumOffset { get; }

        private static ushort Read(ReadOnlySpan<byte> field, bool bigEndian)
        {
            return bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(field) : BinaryPrimitives.ReadUInt16LittleEndian(field);
        }
    }
}
