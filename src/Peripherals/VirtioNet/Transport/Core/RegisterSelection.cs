// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The values of the select registers, which choose what other registers show. virtio v1.4-cs01: 4.1.4.3, 4.2.2.

namespace VirtioNet.Transport.Core
{
    /// <summary>
    /// What the driver has selected through the PCI or MMIO registers. All is 0 after a reset of the device: the owner then
    /// replaces the object.
    /// </summary>
    public sealed class RegisterSelection
    {
        /// <summary>device_feature_select: the 32-bit word of the features on offer that is shown.</summary>
        public uint DeviceFeatures { get; internal set; }

        /// <summary>driver_feature_select: the 32-bit word of the driver's features that is shown and written.</summary>
        public uint DriverFeatures { get; internal set; }

        /// <summary>queue_select: the queue that the queue registers show and set up. There may be no queue of that number.</summary>
        public ushort Queue { get; internal set; }
    }
}
