// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver has set in the network device itself. virtio v1.4-cs01: 5.1.9.5 "Control Virtqueue", 5.1.4.3 (a legacy driver
// may write the MAC address).

using VirtioNet.Net.Control;
using VirtioNet.Net.Hashing;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// Everything that a driver has set since the last reset, except its queues. A reset makes a new object, so no old value is
    /// left.
    /// </summary>
    internal sealed class DriverState
    {
        /// <summary>
        /// The state after a reset: the MAC address is <paramref name="mac"/>, the device's own, and so many pairs of queues are used.
        /// </summary>
        public DriverState(MacAddress mac, int pairs)
        {
            Filter = new ReceiveFilter(mac);
            Pairs = pairs;
        }

        /// <summary>
        /// Which frames the driver wants. Its address is the device's own until a driver sets another one, by a command, or by a
        /// write to the configuration if it is a legacy driver (NETL-02).
        /// </summary>
        public ReceiveFilter Filter { get; }

        /// <summary>True from the time when the device asks the driver to announce itself until the driver has seen it.</summary>
        public bool ShallAnnounce { get; set; }

        /// <summary>How many pairs of queues are used, from the first on; with an <see cref="Indirection"/> so many transmit queues.</summary>
        public int Pairs { get; set; }

        /// <summary>Which hashes go to which receive queue; null while packets are steered automatically.</summary>
        public IndirectionTable? Indirection { get; set; }

        /// <summary>How packets are hashed.</summary>
        public HashSettings Hash { get; set; } = new HashSettings();

        /// <summary>How long the notifications of transmit queues may wait that are enabled from now on.</summary>
        public NotificationModeration TransmitModeration { get; set; }

        /// <summary>The same for receive queues.</summary>
        public NotificationModeration ReceiveModeration { get; set; }
    }
}
