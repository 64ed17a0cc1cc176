// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The order in which a driver sets the bits of device_status. virtio v1.4-cs01: 3.1.1 "Driver Requirements: Device
// Initialization". Other orders are refused (H-105).

using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>Which values device_status can have.</summary>
    internal static class StatusOrder
    {
        /// <summary>
        /// True if the bits that are set keep the order DRIVER, FEATURES_OK, DRIVER_OK: none without those before it. FAILED and
        /// DEVICE_NEEDS_RESET may be set at any time. ACKNOWLEDGE may be set or not, as the device makes no use of it: U-Boot
        /// before 2026.07 sets it before it resets the device, and not again after that.
        /// </summary>
        public static bool Allows(DeviceStatus value)
        {
            switch(value & ~(DeviceStatus.NeedsReset | DeviceStatus.Failed | DeviceStatus.Acknowledge))
            {
                case DeviceStatus.None:
                case DeviceStatus.Driver:
                case DeviceStatus.Driver | DeviceStatus.FeaturesOk:
                case DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk:
                    return true;
                default:
                    return false;
            }
        }
    }
}
