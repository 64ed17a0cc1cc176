// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The device status field. virtio v1.4-cs01: 2.1 "Device Status Field".

using System;

namespace VirtioNet.Spec
{
    /// <summary>Bits of device_status. All clear means reset.</summary>
    [Flags]
    public enum DeviceStatus : byte
    {
        /// <summary>The device is reset, or was never touched.</summary>
        None = 0,
        /// <summary>ACKNOWLEDGE: the guest has found the device.</summary>
        Acknowledge = 1,
        /// <summary>DRIVER: the guest knows how to drive it.</summary>
        Driver = 2,
        /// <summary>DRIVER_OK: the driver is set up; the device may use its queues.</summary>
        DriverOk = 4,
        /// <summary>FEATURES_OK: feature negotiation is complete.</summary>
        FeaturesOk = 8,
        /// <summary>DEVICE_NEEDS_RESET: the device met an error that only a reset mends.</summary>
        NeedsReset = 64,
        /// <summary>FAILED: the driver has given up on the device.</summary>
        Failed = 128,
    }
}
