// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Feature bits of the virtio transport and of the network device.
// virtio v1.4-cs01: 6 "Reserved Feature Bits", 5.1.3 "Feature bits" (network device).

namespace VirtioNet.Spec
{
    /// <summary>A feature by its bit number. Each member carries the spec's own constant name.</summary>
    public enum Feature : byte
    {
        /// <summary>VIRTIO_NET_F_CSUM: the device completes the checksum of a packet that the driver sends.</summary>
        Csum = 0,
        /// <summary>VIRTIO_NET_F_GUEST_CSUM: the driver takes packets whose checksum is still to be completed.</summary>
        GuestCsum = 1,
        /// <summary>VIRTIO_NET_F_CTRL_GUEST_OFFLOADS: the driver can switch receive offloads while it runs; useless without CTRL_VQ.</summary>
        CtrlGuestOffloads = 2,
        /// <summary>VIRTIO_NET_F_MTU: the device reports its maximum MTU.</summary>
        Mtu = 3,
        /// <summary>VIRTIO_NET_F_MAC: the device has a MAC address.</summary>
        Mac = 5,
        /// <summary>VIRTIO_NET_F_GSO: legacy only, the device can segment packets of any type.</summary>
        Gso = 6,
        /// <summary>VIRTIO_NET_F_GUEST_TSO4: the driver takes large TCP packets over IPv4; needs GUEST_CSUM.</summary>
        GuestTso4 = 7,
        /// <summary>VIRTIO_NET_F_GUEST_TSO6: the driver takes large TCP packets over IPv6; needs GUEST_CSUM.</summary>
        GuestTso6 = 8,
        /// <summary>VIRTIO_NET_F_GUEST_ECN: the driver takes large TCP packets with CWR set; needs GUEST_TSO4 or GUEST_TSO6.</summary>
        GuestEcn = 9,
        /// <summary>VIRTIO_NET_F_GUEST_UFO: the driver takes large UDP packets in place of their IP fragments; needs GUEST_CSUM.</summary>
        GuestUfo = 10,
        /// <summary>VIRTIO_NET_F_HOST_TSO4: the device can segment TCP packets over IPv4.</summary>
        HostTso4 = 11,
        /// <summary>VIRTIO_NET_F_HOST_TSO6: the device can segment TCP packets over IPv6.</summary>
        HostTso6 = 12,
        /// <summary>VIRTIO_NET_F_HOST_ECN: the device can segment TCP packets with CWR set; needs HOST_TSO4 or HOST_TSO6.</summary>
        HostEcn = 13,
        /// <summary>VIRTIO_NET_F_HOST_UFO: the device can send a UDP packet as IP fragments.</summary>
        HostUfo = 14,
        /// <summary>VIRTIO_NET_F_MRG_RXBUF: the driver can merge receive buffers.</summary>
        MrgRxbuf = 15,
        /// <summary>VIRTIO_NET_F_STATUS: the configuration's status field exists.</summary>
        Status = 16,
        /// <summary>VIRTIO_NET_F_CTRL_VQ: the control queue exists.</summary>
        CtrlVq = 17,
        /// <summary>VIRTIO_NET_F_CTRL_RX: the driver can choose receive modes and filter by MAC address; needs CTRL_VQ.</summary>
        CtrlRx = 18,
        /// <summary>VIRTIO_NET_F_CTRL_VLAN: the driver can filter by VLAN; needs CTRL_VQ.</summary>
        CtrlVlan = 19,
        /// <summary>VIRTIO_NET_F_CTRL_RX_EXTRA: more receive modes; useless without CTRL_VQ.</summary>
        CtrlRxExtra = 20,
        /// <summary>VIRTIO_NET_F_GUEST_ANNOUNCE: the device can ask the driver to announce itself to the network; needs CTRL_VQ.</summary>
        GuestAnnounce = 21,
        /// <summary>VIRTIO_NET_F_MQ: several pairs of queues, with automatic receive steering; needs CTRL_VQ.</summary>
        Mq = 22,
        /// <summary>VIRTIO_NET_F_CTRL_MAC_ADDR: the driver can set the MAC address; needs CTRL_VQ.</summary>
        CtrlMacAddr = 23,
        /// <summary>
        /// VIRTIO_F_NOTIFY_ON_EMPTY: legacy only, the driver is notified when the device has used all available buffers, even
        /// if it suppresses notifications (6.3).
        /// </summary>
        NotifyOnEmpty = 24,
        /// <summary>VIRTIO_F_ANY_LAYOUT: legacy only, the driver may cut a message into descriptors as it likes.</summary>
        AnyLayout = 27,
        /// <summary>VIRTIO_F_INDIRECT_DESC: descriptors may point at a table of descriptors.</summary>
        IndirectDesc = 28,
        /// <summary>VIRTIO_F_EVENT_IDX: used_event and avail_event steer notifications.</summary>
        EventIdx = 29,
        /// <summary>VIRTIO_F_VERSION_1: the driver follows virtio 1.x, not the legacy interface.</summary>
        Version1 = 32,
        /// <summary>
        /// VIRTIO_F_ACCESS_PLATFORM: the device's access to memory is limited or translated. This device reaches all RAM at
        /// guest-physical addresses, so it need not offer the feature (6.2), and works the same if it is negotiated.
        /// </summary>
        AccessPlatform = 33,
        /// <summary>VIRTIO_F_RING_PACKED: virtqueues are packed (2.8), not split (2.7).</summary>
        RingPacked = 34,
        /// <summary>VIRTIO_F_IN_ORDER: buffers are used in the order in which they were made available.</summary>
        InOrder = 35,
        /// <summary>
        /// VIRTIO_F_ORDER_PLATFORM: driver and device order memory accesses as the platform requires of hardware devices.
        /// The queues here always do, so the device works whether or not the driver accepts it (6.2).
        /// </summary>
        OrderPlatform = 36,
        /// <summary>
        /// VIRTIO_F_NOTIFICATION_DATA: a notification also tells how far the driver has filled the ring. That may be out of date
        /// or wrong, so the device ignores it and reads the ring (H-54).
        /// </summary>
        NotificationData = 38,
        /// <summary>
        /// VIRTIO_F_NOTIF_CONFIG_DATA: a notification carries a value that the device has given to the driver for that queue.
        /// </summary>
        NotifConfigData = 39,
        /// <summary>VIRTIO_F_RING_RESET: the driver can reset a queue by itself.</summary>
        RingReset = 40,
        /// <summary>VIRTIO_NET_F_DEVICE_STATS: the driver can read statistics of each queue.</summary>
        DeviceStats = 50,
        /// <summary>VIRTIO_NET_F_HASH_TUNNEL: the hash of a packet that carries another one can be that of the inner packet; needs RSS or HASH_REPORT.</summary>
        HashTunnel = 51,
        /// <summary>VIRTIO_NET_F_VQ_NOTF_COAL: notifications can be moderated queue by queue.</summary>
        VqNotfCoal = 52,
        /// <summary>VIRTIO_NET_F_NOTF_COAL: notifications can be moderated, of all transmit queues and of all receive queues.</summary>
        NotfCoal = 53,
        /// <summary>VIRTIO_NET_F_GUEST_USO4: the driver takes several UDP datagrams over IPv4 as one packet; needs GUEST_CSUM.</summary>
        GuestUso4 = 54,
        /// <summary>VIRTIO_NET_F_GUEST_USO6: the driver takes several UDP datagrams over IPv6 as one packet; needs GUEST_CSUM.</summary>
        GuestUso6 = 55,
        /// <summary>VIRTIO_NET_F_HOST_USO: the device can segment a UDP packet into datagrams.</summary>
        HostUso = 56,
        /// <summary>VIRTIO_NET_F_HASH_REPORT: the header of a received packet has its hash.</summary>
        HashReport = 57,
        /// <summary>VIRTIO_NET_F_GUEST_HDRLEN: hdr_len of a packet that is sent is the exact length of its headers. The device parses them anyway.</summary>
        GuestHdrlen = 59,
        /// <summary>VIRTIO_NET_F_RSS: receive-side scaling, the driver says which hashes go to which queue.</summary>
        Rss = 60,
        /// <summary>VIRTIO_NET_F_SPEED_DUPLEX: the configuration's fields speed and duplex exist.</summary>
        SpeedDuplex = 63,
        /// <summary>
        /// VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO: the driver takes large packets that UDP carries; needs GUEST_TSO4, GUEST_TSO6, GUEST_USO4 and
        /// GUEST_USO6.
        /// </summary>
        GuestUdpTunnelGso = 65,
        /// <summary>VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM: the same where that UDP's checksum is to be completed, too; needs GUEST_UDP_TUNNEL_GSO.</summary>
        GuestUdpTunnelGsoCsum = 66,
        /// <summary>VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO: the device can segment packets that UDP carries; needs HOST_TSO4, HOST_TSO6 and HOST_USO.</summary>
        HostUdpTunnelGso = 67,
        /// <summary>VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO_CSUM: the same where that UDP's checksum is to be completed, too; needs HOST_UDP_TUNNEL_GSO.</summary>
        HostUdpTunnelGsoCsum = 68,
    }

    /// <summary>
    /// A set of feature bits 0 to 127; the spec gives the network device some above 63. It can be read and replaced 32 bits at a
    /// time, as drivers do through the feature select registers.
    /// </summary>
    public readonly struct FeatureSet
    {
        /// <summary>Makes a set from its bits 0..63 and 64..127.</summary>
        public FeatureSet(ulong low, ulong high)
        {
            Low = low;
            High = high;
        }

        /// <summary>The set with one feature more.</summary>
        public FeatureSet With(Feature feature)
        {
            return this | Bit(feature);
        }

        /// <summary>The set with one feature less.</summary>
        public FeatureSet Without(Feature feature)
        {
            return this & ~Bit(feature);
        }

        /// <summary>The set with one of its 32-bit words, 0 to 3, replaced; a larger index changes nothing.</summary>
        public FeatureSet WithWord(uint index, uint value)
        {
            switch(index)
            {
                case 0: return new FeatureSet((Low & ~0xFFFF_FFFFUL) | value, High);
                case 1: return new FeatureSet((Low & 0xFFFF_FFFFUL) | ((ulong)value << 32), High);
                case 2: return new FeatureSet(Low, (High & ~0xFFFF_FFFFUL) | value);
                case 3: return new FeatureSet(Low, (High & 0xFFFF_FFFFUL) | ((ulong)value << 32));
                default: return this;
            }
        }

        /// <summary>The bits that a legacy driver can see: 0 to 31 (4.1.4.10).</summary>
        public FeatureSet LegacyPart => new FeatureSet(Low & uint.MaxValue, 0);

        /// <summary>
        /// The word with bits 32 * index to 32 * index + 31; 0 beyond word 3. The index comes from the guest, so nothing is
        /// shifted by it (H-103).
        /// </summary>
        public uint Word(uint index)
        {
            switch(index)
            {
                case 0: return unchecked((uint)Low);
                case 1: return unchecked((uint)(Low >> 32));
                case 2: return unchecked((uint)High);
                case 3: return unchecked((uint)(High >> 32));
                default: return 0;
            }
        }

        /// <summary>True if the feature is in the set.</summary>
        public bool Has(Feature feature)
        {
            return !(this & Bit(feature)).IsEmpty;
        }

        /// <summary>True if every feature of the set is in the other one too.</summary>
        public bool IsSubsetOf(FeatureSet other)
        {
            return (this & ~other).IsEmpty;
        }

        /// <summary>Number of 32-bit words in a set.</summary>
        public const uint Words = 4;

        /// <summary>Bits 0..63.</summary>
        public ulong Low { get; }

        /// <summary>Bits 64..127.</summary>
        public ulong High { get; }

        /// <summary>True if no bit is set.</summary>
        public bool IsEmpty => (Low | High) == 0;

        /// <summary>Both sets together.</summary>
        public static FeatureSet operator |(FeatureSet left, FeatureSet right)
        {
            return new FeatureSet(left.Low | right.Low, left.High | right.High);
        }

        /// <summary>What both sets share.</summary>
        public static FeatureSet operator &(FeatureSet left, FeatureSet right)
        {
            return new FeatureSet(left.Low & right.Low, left.High & right.High);
        }

        /// <summary>Every bit that is not in the set.</summary>
        public static FeatureSet operator ~(FeatureSet set)
        {
            return new FeatureSet(~set.Low, ~set.High);
        }

        /// <summary>The bits in hexadecimal, as Linux prints them.</summary>
        public override string ToString()
        {
            return High == 0 ? $"0x{Low:x}" : $"0x{High:x}{Low:x16}";
        }

        private static FeatureSet Bit(Feature feature)
        {
            return (byte)feature < 64
                ? new FeatureSet(1UL << (byte)feature, 0)
                : new FeatureSet(0, 1UL << ((byte)feature - 64));
        }
    }
}
