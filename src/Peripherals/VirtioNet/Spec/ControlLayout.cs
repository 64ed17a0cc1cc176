// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Commands of the control queue. virtio v1.4-cs01: 5.1.9.5 "Control Virtqueue".
//
//   virtio_net_ctrl
//   device-readable   +0 class u8   +1 command u8   +2 data
//   device-writable   +0 ack u8     +1 result
//
//   Numbers are in the order in which they stand here, without gaps, but for those named reserved.
//
//   data of VIRTIO_NET_CTRL_MAC_TABLE_SET, first for unicast and then for multicast addresses: entries u32, macs u8[entries][6]

namespace VirtioNet.Spec
{
    /// <summary>Numbers of classes, of their commands, and of answers.</summary>
    public static class ControlLayout
    {
        /// <summary>VIRTIO_NET_OK: the command was carried out.</summary>
        public const byte Ok = 0;
        /// <summary>VIRTIO_NET_ERR: it was not.</summary>
        public const byte Error = 1;

        /// <summary>VIRTIO_NET_CTRL_RX: receive modes. The data of each command is one byte, 0 for off or 1 for on.</summary>
        public const byte ClassReceive = 0;
        /// <summary>VIRTIO_NET_CTRL_RX_PROMISC: every frame.</summary>
        public const byte Promiscuous = 0;
        /// <summary>VIRTIO_NET_CTRL_RX_ALLMULTI: every multicast frame.</summary>
        public const byte AllMulticast = 1;
        /// <summary>VIRTIO_NET_CTRL_RX_ALLUNI: every unicast frame.</summary>
        public const byte AllUnicast = 2;
        /// <summary>VIRTIO_NET_CTRL_RX_NOMULTI: no multicast frame.</summary>
        public const byte NoMulticast = 3;
        /// <summary>VIRTIO_NET_CTRL_RX_NOUNI: no unicast frame.</summary>
        public const byte NoUnicast = 4;
        /// <summary>VIRTIO_NET_CTRL_RX_NOBCAST: no broadcast frame.</summary>
        public const byte NoBroadcast = 5;

        /// <summary>VIRTIO_NET_CTRL_MAC: addresses.</summary>
        public const byte ClassMac = 1;
        /// <summary>VIRTIO_NET_CTRL_MAC_TABLE_SET: the addresses that are received beside the card's own.</summary>
        public const byte MacTableSet = 0;
        /// <summary>VIRTIO_NET_CTRL_MAC_ADDR_SET: the card's own address, six bytes.</summary>
        public const byte MacAddressSet = 1;

        /// <summary>VIRTIO_NET_CTRL_VLAN: the VLANs that are received. The data of each command is a VLAN id, 16 bits.</summary>
        public const byte ClassVlan = 2;
        /// <summary>VIRTIO_NET_CTRL_VLAN_ADD.</summary>
        public const byte VlanAdd = 0;
        /// <summary>VIRTIO_NET_CTRL_VLAN_DEL.</summary>
        public const byte VlanDelete = 1;

        /// <summary>VIRTIO_NET_CTRL_ANNOUNCE: announcement to the network.</summary>
        public const byte ClassAnnounce = 3;
        /// <summary>VIRTIO_NET_CTRL_ANNOUNCE_ACK: the driver has seen that it shall announce itself. No data.</summary>
        public const byte AnnounceAck = 0;

        /// <summary>VIRTIO_NET_CTRL_MQ: several pairs of queues.</summary>
        public const byte ClassMultiqueue = 4;
        /// <summary>VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET: how many pairs are used, 16 bits, with automatic receive steering.</summary>
        public const byte PairsSet = 0;
        /// <summary>
        /// VIRTIO_NET_CTRL_MQ_RSS_CONFIG, by receive-side scaling: hash_types u32, indirection_table_mask u16, unclassified_queue u16,
        /// indirection_table u16[mask + 1], max_tx_vq u16, hash_key_length u8, hash_key_data. A queue is told by its pair.
        /// </summary>
        public const byte RssConfig = 1;
        /// <summary>VIRTIO_NET_CTRL_MQ_HASH_CONFIG: hash_types u32, reserved u16[4], hash_key_length u8, hash_key_data.</summary>
        public const byte HashConfig = 2;

        /// <summary>VIRTIO_NET_CTRL_GUEST_OFFLOADS: receive offloads.</summary>
        public const byte ClassOffloads = 5;
        /// <summary>VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET: those that are on, 64 bits by the numbers of their features.</summary>
        public const byte OffloadsSet = 0;

        /// <summary>VIRTIO_NET_CTRL_NOTF_COAL: moderation of notifications.</summary>
        public const byte ClassCoalescing = 6;
        /// <summary>VIRTIO_NET_CTRL_NOTF_COAL_TX_SET, for all transmit queues: max_packets u32, max_usecs u32.</summary>
        public const byte CoalescingTransmitSet = 0;
        /// <summary>VIRTIO_NET_CTRL_NOTF_COAL_RX_SET, for all receive queues: the same.</summary>
        public const byte CoalescingReceiveSet = 1;
        /// <summary>VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET, for one queue: vq_index u16, reserved u16, max_packets u32, max_usecs u32.</summary>
        public const byte CoalescingQueueSet = 2;
        /// <summary>VIRTIO_NET_CTRL_NOTF_COAL_VQ_GET: vq_index u16, reserved u16; the result is max_packets u32, max_usecs u32.</summary>
        public const byte CoalescingQueueGet = 3;

        /// <summary>VIRTIO_NET_CTRL_HASH_TUNNEL: of which packets that carry another one the inner packet is hashed.</summary>
        public const byte ClassHashTunnel = 7;
        /// <summary>VIRTIO_NET_CTRL_HASH_TUNNEL_SET: enabled_tunnel_types u32.</summary>
        public const byte HashTunnelSet = 0;

        /// <summary>VIRTIO_NET_CTRL_STATS: statistics of queues.</summary>
        public const byte ClassStatistics = 8;
        /// <summary>VIRTIO_NET_CTRL_STATS_QUERY: no data; the result is supported_stats_types u64.</summary>
        public const byte StatisticsQuery = 0;
        /// <summary>
        /// VIRTIO_NET_CTRL_STATS_GET: for each queue vq_index u16, reserved u16[3], types_bitmap u64; the result is, for each of them and each type, a
        /// header and counters u64.
        /// </summary>
        public const byte StatisticsGet = 1;

        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_RX_BASIC, and the bit of this number in types_bitmap.</summary>
        public const byte ReceiveBasic = 0;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_RX_CSUM.</summary>
        public const byte ReceiveChecksum = 1;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_RX_GSO.</summary>
        public const byte ReceiveGso = 2;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_RX_SPEED.</summary>
        public const byte ReceiveSpeed = 3;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_TX_BASIC.</summary>
        public const byte TransmitBasic = 16;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_TX_CSUM.</summary>
        public const byte TransmitChecksum = 17;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_TX_GSO.</summary>
        public const byte TransmitGso = 18;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_TX_SPEED.</summary>
        public const byte TransmitSpeed = 19;
        /// <summary>VIRTIO_NET_STATS_TYPE_REPLY_CVQ.</summary>
        public const byte ControlStatistics = 32;
    }
}
