// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Who acts on packets as they come.

namespace VirtioNet.Wire.Switching
{
    /// <summary>
    /// Is called while the network runs, in the order of its events. Unlike an <see cref="INetworkObserver"/> it may change links, VLANs,
    /// groups, counters and the list of observers; the packet that it is shown meets the change. It must not throw, connect, disconnect, or
    /// run the network.
    /// </summary>
    public interface IPacketWatch
    {
        /// <summary>
        /// Inwards: the device has sent the packet at this time, and it is about to enter the port's link. Outwards: it has passed the
        /// link, and is about to be delivered to the device. A large packet comes once, as the network carries it.
        /// </summary>
        void Comes(NetworkPort port, PortDirection direction, ulong time, Packet packet);
    }
}
