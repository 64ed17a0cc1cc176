// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the network device can do. virtio v1.4-cs01: 5.1.3 "Feature bits", 6 "Reserved Feature Bits".

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>The features of a network device and its rings; a transport adds its own.</summary>
    internal static class NetFeatures
    {
        /// <summary>
        /// The control queue and what it is for, and what a configuration shows besides: offered unless a vhost-user front end serves
        /// that queue and shows that configuration.
        /// </summary>
        public static readonly FeatureSet Control = new FeatureSet()
            .With(Feature.SpeedDuplex)
            .With(Feature.CtrlVq)
            .With(Feature.CtrlRx)
            .With(Feature.CtrlRxExtra)
            .With(Feature.CtrlVlan)
            .With(Feature.CtrlMacAddr)
            .With(Feature.CtrlGuestOffloads)
            .With(Feature.GuestAnnounce)
            .With(Feature.NotfCoal)
            .With(Feature.VqNotfCoal)
            .With(Feature.DeviceStats);

        /// <summary>Needs a control queue, too: offered if there are several pairs of queues.</summary>
        public static readonly FeatureSet Multiqueue = new FeatureSet().With(Feature.Mq).With(Feature.Rss);

        /// <summary>
        /// Needs a control queue, too, and is offered on demand: each packet is hashed then, and has a longer header.
        /// </summary>
        public static readonly FeatureSet Hashing = new FeatureSet().With(Feature.HashReport).With(Feature.HashTunnel);

        /// <summary>What a driver can switch on and off while it runs, with VIRTIO_NET_F_CTRL_GUEST_OFFLOADS.</summary>
        public static readonly FeatureSet ReceiveOffloads = new FeatureSet()
            .With(Feature.GuestCsum)
            .With(Feature.GuestTso4)
            .With(Feature.GuestTso6)
            .With(Feature.GuestEcn)
            .With(Feature.GuestUfo)
            .With(Feature.GuestUso4)
            .With(Feature.GuestUso6)
            .With(Feature.GuestUdpTunnelGso)
            .With(Feature.GuestUdpTunnelGsoCsum);

        /// <summary>Offered unless a card's owner says otherwise.</summary>
        public static readonly FeatureSet Default = new FeatureSet()
            .With(Feature.Csum)
            .With(Feature.GuestCsum)
            .With(Feature.GuestTso4)
            .With(Feature.GuestTso6)
            .With(Feature.GuestEcn)
            .With(Feature.GuestUfo)
            .With(Feature.GuestUso4)
            .With(Feature.GuestUso6)
            .With(Feature.HostTso4)
            .With(Feature.HostTso6)
            .With(Feature.HostEcn)
            .With(Feature.HostUfo)
            .With(Feature.HostUso)
            .With(Feature.GuestHdrlen)
            .With(Feature.GuestUdpTunnelGso)
            .With(Feature.GuestUdpTunnelGsoCsum)
            .With(Feature.HostUdpTunnelGso)
            .With(Feature.HostUdpTunnelGsoCsum)
            .With(Feature.Mac)
            .With(Feature.Status)
            .With(Feature.Mtu)
            .With(Feature.MrgRxbuf)
            .With(Feature.IndirectDesc)
            .With(Feature.EventIdx)
            .With(Feature.RingReset);

        /// <summary>
        /// All features that can be offered. Those that are not in <see cref="Default"/> the user has to ask for: few drivers know
        /// them, or users usually test drivers without them.
        /// </summary>
        public static readonly FeatureSet Supported = Default
            .With(Feature.AccessPlatform)
            .With(Feature.RingPacked)
            .With(Feature.InOrder)
            .With(Feature.OrderPlatform)
            .With(Feature.NotificationData)
            .With(Feature.NotifConfigData);
    }
}
