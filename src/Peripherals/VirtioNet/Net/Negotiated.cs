// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What follows from the features in force. virtio v1.4-cs01: 5.1.3 "Feature bits", 5.1.9 "Device Operation".

using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// What the queues need to know of the features in force. Never changed: a new object is made whenever the features change.
    /// </summary>
    internal sealed class Negotiated
    {
        /// <summary>Takes the features in force, and the byte order of the guest, which only matters for a legacy driver.</summary>
        public Negotiated(FeatureSet features, bool guestIsBigEndian) : this(features, guestIsBigEndian, features)
        {
        }

        /// <summary>The same, but only these receive offloads are on, which are a part of those negotiated.</summary>
        public Negotiated WithOffloads(FeatureSet offloads)
        {
            return new Negotiated(Features, guestIsBigEndian, offloads);
        }

        private Negotiated(FeatureSet features, bool guestIsBigEndian, FeatureSet offloads)
        {
            this.guestIsBigEndian = guestIsBigEndian;
            Features = features;
            Offloads = offloads & NetFeatures.ReceiveOffloads;
            var isLegacy = !features.Has(Feature.Version1);
            MergeableBuffers = features.Has(Feature.MrgRxbuf);
            HeaderSize = isLegacy && !MergeableBuffers ? NetLayout.LegacyHeaderSize
                : features.Has(Feature.GuestUdpTunnelGso) || features.Has(Feature.HostUdpTunnelGso) ? NetLayout.TunnelHeaderSize
                : features.Has(Feature.HashReport) ? NetLayout.HashHeaderSize : NetLayout.HeaderSize;
            ReportsHashes = features.Has(Feature.HashReport);
            IsBigEndian = isLegacy && guestIsBigEndian;
            LimitsToMtu = features.Has(Feature.Mtu);
            CompletesChecksums = features.Has(Feature.Csum);
            Segmentation = SegmentationOf(features);
            Receives = ReceivesOf(offloads);
        }

        /// <summary>
        /// The largest payload that a frame for the driver may have: <paramref name="mtu"/> with VIRTIO_NET_F_MTU (NET-06),
        /// else that of any frame.
        /// </summary>
        public int MaxPayload(int mtu)
        {
            return LimitsToMtu ? mtu : Ethernet.MaxPayload;
        }

        /// <summary>The features.</summary>
        public FeatureSet Features { get; }

        /// <summary>Of the features, the receive offloads that are on.</summary>
        public FeatureSet Offloads { get; }

        /// <summary>Size of struct virtio_net_hdr: 12 bytes, 20 with hashes, 24 with tunnel offloads, or 10 for a legacy driver without MRG_RXBUF, which has no num_buffers (NETL-04).</summary>
        public int HeaderSize { get; }

        /// <summary>VIRTIO_NET_F_HASH_REPORT: the header of each received packet tells its hash.</summary>
        public bool ReportsHashes { get; }

        /// <summary>VIRTIO_NET_F_MRG_RXBUF: a frame may take several receive buffers.</summary>
        public bool MergeableBuffers { get; }

        /// <summary>True if the fields of headers and commands are big-endian: for a legacy driver on such a guest (NETL-03).</summary>
        public bool IsBigEndian { get; }

        /// <summary>VIRTIO_NET_F_MTU: the driver gets no frame whose payload is larger than the MTU.</summary>
        public bool LimitsToMtu { get; }

        /// <summary>VIRTIO_NET_F_CSUM: the driver may leave checksums to the device.</summary>
        public bool CompletesChecksums { get; }

        /// <summary>The types of large packets that the driver may send.</summary>
        public Segmentation Segmentation { get; }

        /// <summary>Which packets with work left the driver takes as they are: what the VIRTIO_NET_F_GUEST_ features say that are on.</summary>
        public PortOffloads Receives { get; }

        // Without GUEST_CSUM nothing arrives unfinished, though a driver may have left segmentation on.
        private static PortOffloads ReceivesOf(FeatureSet features)
        {
            if(!features.Has(Feature.GuestCsum))
            {
                return default;
            }
            var types = features.Has(Feature.GuestTso4) ? Segmentation.Tso4 : Segmentation.None;
            types |= features.Has(Feature.GuestTso6) ? Segmentation.Tso6 : Segmentation.None;
            types |= features.Has(Feature.GuestEcn) ? Segmentation.Ecn : Segmentation.None;
            types |= features.Has(Feature.GuestUfo) ? Segmentation.Ufo4 | Segmentation.Ufo6 : Segmentation.None;
            types |= features.Has(Feature.GuestUso4) ? Segmentation.Uso4 : Segmentation.None;
            types |= features.Has(Feature.GuestUso6) ? Segmentation.Uso6 : Segmentation.None;
            types |= features.Has(Feature.GuestUdpTunnelGso) ? Segmentation.UdpTunnel : Segmentation.None;
            types |= features.Has(Feature.GuestUdpTunnelGsoCsum) ? Segmentation.UdpTunnelChecksum : Segmentation.None;
            return new PortOffloads { Checksum = true, Segmentation = types, LargestPacket = Ethernet.MaxFrameSize };
        }

        // VIRTIO_NET_F_GSO, which only legacy drivers have, stands for all types of segmentation that there were in its time (5.1.3.2).
        private static Segmentation SegmentationOf(FeatureSet features)
        {
            var types = features.Has(Feature.Gso) ? Segmentation.Tso4 | Segmentation.Tso6 | Segmentation.Ecn | Segmentation.Ufo4 | Segmentation.Ufo6 : Segmentation.None;
            types |= features.Has(Feature.HostTso4) ? Segmentation.Tso4 : Segmentation.None;
            types |= features.Has(Feature.HostTso6) ? Segmentation.Tso6 : Segmentation.None;
            types |= features.Has(Feature.HostEcn) ? Segmentation.Ecn : Segmentation.None;
            types |= features.Has(Feature.HostUfo) ? Segmentation.Ufo4 | Segmentation.Ufo6 : Segmentation.None;
            types |= features.Has(Feature.HostUso) ? Segmentation.Uso4 | Segmentation.Uso6 : Segmentation.None;
            types |= features.Has(Feature.HostUdpTunnelGso) ? Segmentation.UdpTunnel : Segmentation.None;
            types |= features.Has(Feature.HostUdpTunnelGsoCsum) ? Segmentation.UdpTunnelChecksum : Segmentation.None;
            return types;
        }

        private readonly bool guestIsBigEndian;
    }
}
