// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What commands of the control queue can set in a network device.

using VirtioNet.Wire;

namespace VirtioNet.Net.Control
{
    /// <summary>The device, as commands see it. A reset of the device undoes all of it.</summary>
    internal interface IControlledDevice
    {
        /// <summary>Sets the card's own address, which the filter lets pass and the configuration shows.</summary>
        void SetAddress(MacAddress address);

        /// <summary>Which frames the driver wants.</summary>
        ReceiveFilter Filter { get; }
    }
}
