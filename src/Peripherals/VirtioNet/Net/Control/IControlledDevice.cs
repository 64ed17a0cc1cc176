// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What commands of the control queue can set in a network device.

using VirtioNet.Spec;
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

        /// <summary>Which frames the driver wants.</summary>
        ReceiveFilter Filter { get; }
    }
}
