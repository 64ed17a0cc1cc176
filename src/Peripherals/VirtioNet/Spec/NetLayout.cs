// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Layout of the network device. virtio v1.4-cs01: 5.1.2 "Virtqueues", 5.1.4 "Device configuration
// layout", 5.1.9 "Device Operation" (struct virtio_net_hdr).
//
//   virtio_net_hdr                       virtio_net_config
//   +0  flags           u8               +0   mac                              u8[6]
//   +1  gso_type        u8               +6   status                           u16
//   +2  hdr_len         u16              +8   max_virtqueue_pairs              u16
//   +4  gso_size        u16              +10  mtu                              u16
//   +6  csum_start      u16              +12  speed                            u32
//   +8  csum_offset     u16              +16  duplex                           u8
//   +10 num_buffers     u16              +17  rss_max_key_size                 u8
//   with HASH_REPORT or a tunnel         +18  rss_max_indirection_table_length u16
//   +12 hash_value      u32              +20  supported_hash_types             u32
//   +16 hash_report     u16              +24  supported_tunnel_types           u32
//   +18 reserved        u16
//   with a tunnel
//   +20 outer_th_offset u16
//   +22 inner_nh_offset u16

namespace VirtioNet.Spec
{
    /// <summary>Numbers of the network device: queues, header and configuration.</summary>
    public static class NetLayout
    {
        /// <summary>VIRTIO_ID_NET: the device type.</summary>
        public const ushort DeviceType = 1;

        /// <summary>PCI class code: network controller, Ethernet.</summary>
        public const uint PciClassEthernet = 0x02_00_00;

        /// <summary>receiveq1; of pair n, counted from 0, it is 2n.</summary>
        public const int ReceiveQueue = 0;
        /// <summary>transmitq1; of pair n, counted from 0, it is 2n + 1.</summary>
        public const int TransmitQueue = 1;
        /// <summary>The control queue of a driver that has not negotiated VIRTIO_NET_F_MQ.</summary>
        public const int ControlQueue = 2;
        /// <summary>Queues of a pair.</summary>
        public const int QueuesPerPair = 2;

        /// <summary>flags: VIRTIO_NET_HDR_F_*.</summary>
        public const int HeaderFlags = 0;
        /// <summary>gso_type: VIRTIO_NET_HDR_GSO_*.</summary>
        public const int HeaderGsoType = 1;
        /// <summary>hdr_len: bytes of all headers of a packet to be segmented.</summary>
        public const int HeaderHdrLen = 2;
        /// <summary>gso_size: how many payload bytes each segment has, but for the last, which may have fewer.</summary>
        public const int HeaderGsoSize = 4;
        /// <summary>csum_start: where the bytes begin that the checksum covers, from the start of the frame.</summary>
        public const int HeaderCsumStart = 6;
        /// <summary>csum_offset: where the checksum is, from csum_start.</summary>
        public const int HeaderCsumOffset = 8;
        /// <summary>num_buffers: over how many buffers a received frame extends.</summary>
        public const int HeaderNumBuffers = 10;
        /// <summary>Size of the header of a virtio 1.x device without VIRTIO_NET_F_HASH_REPORT and tunnel offloads.</summary>
        public const int HeaderSize = 12;
        /// <summary>hash_value: the hash of a received packet.</summary>
        public const int HeaderHashValue = 12;
        /// <summary>hash_report: of which type the hash is, VIRTIO_NET_HASH_REPORT_*.</summary>
        public const int HeaderHashReport = 16;
        /// <summary>outer_th_offset: where the UDP header is that carries a packet, from the start of the frame.</summary>
        public const int HeaderOuterTransport = 20;
        /// <summary>inner_nh_offset: where the IP header is of the packet that is carried.</summary>
        public const int HeaderInnerNetwork = 22;
        /// <summary>Size of the header with VIRTIO_NET_F_HASH_REPORT.</summary>
        public const int HashHeaderSize = 20;
        /// <summary>
        /// Size of the header with a tunnel offload. The specification leaves open whether the hash's fields are there without
        /// VIRTIO_NET_F_HASH_REPORT; in Linux and QEMU they are.
        /// </summary>
        public const int TunnelHeaderSize = 24;
        /// <summary>Size of the header of a legacy driver without VIRTIO_NET_F_MRG_RXBUF: no num_buffers (5.1.9.1).</summary>
        public const int LegacyHeaderSize = 10;
        /// <summary>VIRTIO_NET_HDR_F_NEEDS_CSUM: the checksum is still to be completed.</summary>
        public const byte FlagNeedsCsum = 1;
        /// <summary>VIRTIO_NET_HDR_F_DATA_VALID: the checksum was found right.</summary>
        public const byte FlagDataValid = 2;
        /// <summary>VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM: the checksum of the UDP that carries the packet is still to be completed, too.</summary>
        public const byte FlagUdpTunnelCsum = 8;
        /// <summary>VIRTIO_NET_HDR_GSO_NONE: a frame to be sent as it is.</summary>
        public const byte GsoNone = 0;
        /// <summary>VIRTIO_NET_HDR_GSO_TCPV4: a TCP packet over IPv4 to be segmented.</summary>
        public const byte GsoTcp4 = 1;
        /// <summary>VIRTIO_NET_HDR_GSO_UDP: a UDP packet to be sent as IP fragments.</summary>
        public const byte GsoUdp = 3;
        /// <summary>VIRTIO_NET_HDR_GSO_TCPV6: a TCP packet over IPv6 to be segmented.</summary>
        public const byte GsoTcp6 = 4;
        /// <summary>VIRTIO_NET_HDR_GSO_UDP_L4: a UDP packet to be segmented into datagrams.</summary>
        public const byte GsoUdpL4 = 5;
        /// <summary>VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4: set in addition to another type if UDP carries the packet, which is of IPv4.</summary>
        public const byte GsoUdpTunnel4 = 0x20;
        /// <summary>VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6: the same for a packet of IPv6 that UDP carries.</summary>
        public const byte GsoUdpTunnel6 = 0x40;
        /// <summary>VIRTIO_NET_HDR_GSO_ECN: set in addition to a TCP type if the packet has CWR set.</summary>
        public const byte GsoEcn = 0x80;

        /// <summary>mac: six bytes.</summary>
        public const int ConfigMac = 0;
        /// <summary>status: VIRTIO_NET_S_*.</summary>
        public const int ConfigStatus = 6;
        /// <summary>max_virtqueue_pairs; exists with VIRTIO_NET_F_MQ or VIRTIO_NET_F_RSS.</summary>
        public const int ConfigMaxVirtqueuePairs = 8;
        /// <summary>mtu: largest payload of an Ethernet frame, in bytes.</summary>
        public const int ConfigMtu = 10;
        /// <summary>rss_max_key_size: longest key of a hash in bytes; exists with VIRTIO_NET_F_RSS or VIRTIO_NET_F_HASH_REPORT.</summary>
        public const int ConfigRssMaxKeySize = 17;
        /// <summary>rss_max_indirection_table_length: most entries of the table; exists with VIRTIO_NET_F_RSS.</summary>
        public const int ConfigRssMaxTableLength = 18;
        /// <summary>supported_hash_types; exists with VIRTIO_NET_F_RSS or VIRTIO_NET_F_HASH_REPORT.</summary>
        public const int ConfigSupportedHashTypes = 20;
        /// <summary>supported_tunnel_types; exists with VIRTIO_NET_F_HASH_TUNNEL.</summary>
        public const int ConfigSupportedTunnelTypes = 24;
        /// <summary>Size of the fields up to and including mtu.</summary>
        public const int ConfigSize = 12;
        /// <summary>speed, in Mbit/s; exists with VIRTIO_NET_F_SPEED_DUPLEX.</summary>
        public const int ConfigSpeed = 12;
        /// <summary>duplex; exists with VIRTIO_NET_F_SPEED_DUPLEX.</summary>
        public const int ConfigDuplex = 16;
        /// <summary>Size of the fields up to and including duplex.</summary>
        public const int ConfigSizeWithDuplex = 17;
        /// <summary>Largest speed.</summary>
        public const uint MaxSpeed = 0x7FFF_FFFF;
        /// <summary>A speed that is not known.</summary>
        public const uint UnknownSpeed = 0xFFFF_FFFF;
        /// <summary>duplex: one direction at a time.</summary>
        public const byte HalfDuplex = 0;
        /// <summary>duplex: both at once.</summary>
        public const byte FullDuplex = 1;
        /// <summary>duplex: not known.</summary>
        public const byte UnknownDuplex = 0xFF;
        /// <summary>Size of the fields up to and including supported_tunnel_types.</summary>
        public const int ConfigSizeWithHashes = 28;
        /// <summary>VIRTIO_NET_S_LINK_UP.</summary>
        public const ushort StatusLinkUp = 1;
        /// <summary>VIRTIO_NET_S_ANNOUNCE: the driver shall announce itself to the network.</summary>
        public const ushort StatusAnnounce = 2;

        /// <summary>Size of a MAC address.</summary>
        public const int MacSize = 6;
        /// <summary>Smallest mtu that may be offered (5.1.4.1).</summary>
        public const int MinMtu = 68;
        /// <summary>Largest mtu that may be offered (5.1.4.1).</summary>
        public const int MaxMtu = 65535;
    }
}
