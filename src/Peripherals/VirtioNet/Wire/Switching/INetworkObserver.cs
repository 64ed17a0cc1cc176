// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Who sees what happens in a network: captures, expectations, logs.

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>The two ways of a port.</summary>
    public enum PortDirection
    {
        /// <summary>From the device into the network.</summary>
        In,
        /// <summary>From the network to the device.</summary>
        Out,
    }

    /// <summary>
    /// Is called while the network runs, in the order of its events, so that times never go back. It must not throw, and
    /// changes nothing of the network.
    /// </summary>
    public interface INetworkObserver
    {
        /// <summary>
        /// Inwards: the device has sent a packet at this time, and this is what comes of it on the link, one call for each
        /// outcome; or the switch drops a packet that it has from this port. Outwards: a packet is delivered to the device at
        /// this time, or was dropped on the way from the switch to it. <paramref name="packet"/> is what was sent or, outwards, what
        /// is delivered; the outcome has what the link has made of it, and since when. Large and unfinished packets come as they are.
        /// </summary>
        void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome);

        /// <summary>
        /// A sender's address has moved from one port to another within a second: most often two devices have the same. Told once
        /// for each address.
        /// </summary>
        void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time);
    }
}
