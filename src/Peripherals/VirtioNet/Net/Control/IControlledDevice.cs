// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What commands of the control queue can set in a network device.

using VirtioNet.Net.Hashing;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net.Control
{
    /// <summary>The device, as commands see it. A reset of the device undoes all of it.</summary>
    internal interface IControlledDevice
    {
        /// <summary>Sets the card's own address, which the filter lets pass and the configuration shows.</summary>
        void SetAddress(MacAddress address);

        /// <summary>The driver has seen that it shall announce itself: the device does not ask any more.</summary>
        void AnnouncementSeen();

        /// <summary>Switches receive offloads: those of the set are on, all others off. False if one of the set was not negotiated.</summary>
        bool TrySetOffloads(FeatureSet offloads);

        /// <summary>
        /// Uses so many pairs of queues. False if there are not so many, or if one of them has a queue that is not enabled.
        /// </summary>
        bool TrySetPairs(int pairs);

        /// <summary>
        /// Steers packets by their hashes from now on, and uses so many transmit queues at least. False if the table names a receive queue that is not there or not enabled,
        /// or if that is true of a transmit queue.
        /// </summary>
        bool TrySetRss(IndirectionTable table, int transmitQueues, HashSettings hash);

        /// <summary>Sets the moderation of a queue. False if that is no enabled transmit or receive queue.</summary>
        bool TrySetModeration(int queue, NotificationModeration moderation);

        /// <summary>Sets the moderation of all transmit queues or of all receive queues, and that of those that are enabled later.</summary>
        void SetModerationOfAll(bool transmit, NotificationModeration moderation);

        /// <summary>The moderation of a queue. False if that is no enabled transmit or receive queue.</summary>
        bool TryGetModeration(int queue, out NotificationModeration moderation);

        /// <summary>
        /// Adds the statistics of a queue of the types of a bit mask, the lowest first, each with its header. False if there is no such queue, if it has not all of
        /// these types, or if a feature that one needs was not negotiated.
        /// </summary>
        bool TryTellStatistics(int queue, ulong types, CommandResult result);

        /// <summary>The types of statistics that the features in force allow, as a bit mask.</summary>
        ulong StatisticsTypes { get; }

        /// <summary>How packets are hashed.</summary>
        HashSettings Hash { get; set; }

        /// <summary>Which frames the driver wants.</summary>
        ReceiveFilter Filter { get; }
    }
}
