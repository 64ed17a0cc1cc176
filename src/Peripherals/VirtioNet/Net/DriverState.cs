// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver has set in the network device itself. virtio v1.4-cs01: 5.1.4.3 (a legacy driver may write the MAC address).

using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// Everything that a driver has set since the last reset, except its queues. A reset makes a new object, so no old value is
    /// left.
    /// </summary>
    internal sealed class DriverState
    {
        /// <summary>The state after a reset: the MAC address is <paramref name="mac"/>, the device's own.</summary>
        public DriverState(MacAddress mac)
        {
            Mac = mac;
        }

        /// <summary>The MAC address: the device's own until a legacy driver writes another one (NETL-02).</summary>
        public MacAddress Mac { get; set; }
    }
}
