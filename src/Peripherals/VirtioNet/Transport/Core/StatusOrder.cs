// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The order in which a driver brings a device up. virtio v1.4-cs01: 3.1.1 "Driver Requirements: Device
// Initialization"; hazard H-105.

using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>Which values device_status can have.</summary>
    internal static class StatusOrder
    {
        /// <summary>
        /// True if each step has those before it: DRIVER, FEATURES_OK, DRIVER_OK. FAILED and DEVICE_NEEDS_RESET
        /// fit anywhere. So does ACKNOWLEDGE, which tells the device nothing: U-Boot before 2026.07 sets it before
        /// its reset and not again.
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
