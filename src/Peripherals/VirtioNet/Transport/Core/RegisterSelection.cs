// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The select registers, which say what other registers show. virtio v1.4-cs01: 4.1.4.3, 4.2.2.

namespace VirtioNet.Transport.Core
{
    /// <summary>
    /// What the driver has selected through the registers of a face. All 0 after a reset of the device, so the face
    /// replaces the object then.
    /// </summary>
    public sealed class RegisterSelection
    {
        /// <summary>device_feature_select: the 32-bit word of the features on offer that is shown.</summary>
        public uint DeviceFeatures { get; internal set; }

        /// <summary>driver_feature_select: the 32-bit word of the driver's features that is shown and written.</summary>
        public uint DriverFeatures { get; internal set; }

        /// <summary>queue_select: the queue that the queue registers show and set up. It may name none.</summary>
        public ushort Queue { get; internal set; }
    }
}
