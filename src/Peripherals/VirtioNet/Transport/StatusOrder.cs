#nullable enable
// The order in which a driver brings a device up. virtio v1.4-cs01: 3.1.1 "Driver Requirements: Device
// Initialization"; hazard H-105.

using VirtioNet.Spec;

namespace VirtioNet.Transport
{
    /// <summary>Which values device_status can have.</summary>
    internal static class StatusOrder
    {
        /// <summary>
        /// True if each step has those before it: ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK. FAILED and
        /// DEVICE_NEEDS_RESET fit anywhere.
        /// </summary>
        public static bool Allows(DeviceStatus value)
        {
            switch(value & ~(DeviceStatus.NeedsReset | DeviceStatus.Failed))
            {
                case DeviceStatus.None:
                case DeviceStatus.Acknowledge:
                case DeviceStatus.Acknowledge | DeviceStatus.Driver:
                case DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.FeaturesOk:
                case DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk:
                    return true;
                default:
                    return false;
            }
        }
    }
}
