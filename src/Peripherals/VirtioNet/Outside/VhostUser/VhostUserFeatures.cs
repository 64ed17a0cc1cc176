// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a back end offers beside the features of its device. vhost-user: "Protocol features".

using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Spec;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Features of the protocol, and those of the device that vhost-user cannot carry.</summary>
    internal static class VhostUserFeatures
    {
        /// <summary>
        /// Protocol features on offer. LOG_SHMFD and RARP are for migration. BACKEND_REQ and what depends on it would let
        /// the back end send requests, and it has none. INFLIGHT_SHMFD is for devices that hold buffers: this one never does
        /// between messages. CONFIGURE_MEM_SLOTS is for more than eight regions; with it QEMU 7.2 adds each region
        /// once for every pair of queues.
        /// </summary>
        public static ProtocolFeatures Protocol(VhostUserOptions options)
        {
            var features = ProtocolFeatures.Mq | ProtocolFeatures.ReplyAck | ProtocolFeatures.NetMtu | ProtocolFeatures.ResetDevice | ProtocolFeatures.Status;
            return options.OffersConfiguration ? features | ProtocolFeatures.Config : features;
        }

        /// <summary>
        /// Features of the device that are not offered: ACCESS_PLATFORM needs an IOTLB; NOTIFICATION_DATA and NOTIF_CONFIG_DATA need
        /// kicks that carry data; RING_RESET needs a message that resets a single ring. MAC and STATUS describe the configuration,
        /// so they are offered only with it.
        /// </summary>
        public static FeatureSet Excluded(VhostUserOptions options)
        {
            var features = new FeatureSet()
                .With(Feature.AccessPlatform)
                .With(Feature.NotificationData)
                .With(Feature.NotifConfigData)
                .With(Feature.RingReset);
            return options.OffersConfiguration ? features : features.With(Feature.Mac).With(Feature.Status);
        }
    }
}
