// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Commands of the control queue. virtio v1.4-cs01: 5.1.9.5 "Control Virtqueue".
//
//   virtio_net_ctrl
//   device-readable   +0 class u8   +1 command u8   +2 data
//   device-writable   +0 ack u8     +1 result
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

        /// <summary>VIRTIO_NET_CTRL_GUEST_OFFLOADS: receive offloads.</summary>
        public const byte ClassOffloads = 5;
        /// <summary>VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET: those that are on, 64 bits by the numbers of their features.</summary>
        public const byte OffloadsSet = 0;
    }
}
