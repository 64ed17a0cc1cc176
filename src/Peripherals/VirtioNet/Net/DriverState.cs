// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver has made of the network device.

using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>Everything that a driver has set since the last reset, but for its queues. A reset replaces it whole, so nothing is forgotten.</summary>
    internal sealed class DriverState
    {
        /// <summary>The state after a reset of a device with that address of its own.</summary>
        public DriverState(MacAddress mac)
        {
            Mac = mac;
        }

        /// <summary>The MAC address: the device's own until a legacy driver writes another one (NETL-02).</summary>
        public MacAddress Mac { get; set; }
    }
}
