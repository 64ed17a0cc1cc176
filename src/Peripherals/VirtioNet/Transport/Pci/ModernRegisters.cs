#nullable enable
// struct virtio_pci_common_cfg as a view of the transport. virtio v1.4-cs01: 4.1.4.3
// "Common configuration structure layout".

using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Transport.Pci
{
    /// <summary>The common configuration structure, row by row as the spec has it.</summary>
    public static class ModernRegisters
    {
        /// <summary>The fields. Those of a queue that does not exist read 0 and ignore writes (PCI-31, H-47).</summary>
        public static readonly RegisterMap<VirtioTransport> Map = new RegisterMap<VirtioTransport>(PciLayout.CommonCfgSize,
            // About the whole device.
            Row("device_feature_select", 4, t => t.State.DeviceFeatureSelect, (t, v) => t.State.DeviceFeatureSelect = v),
            Row("device_feature", 4, t => t.Offered.Word(t.State.DeviceFeatureSelect)),
            Row("driver_feature_select", 4, t => t.State.DriverFeatureSelect, (t, v) => t.State.DriverFeatureSelect = v),
            Row("driver_feature", 4, t => t.State.DriverFeatures.Word(t.State.DriverFeatureSelect), (t, v) => t.WriteDriverFeature(v)),
            Row("config_msix_vector", 2, t => t.State.ConfigVector, (t, v) => QueueRegisters.WriteConfigVector(t, (ushort)v)),
            Row("num_queues", 2, t => (uint)t.Device.QueueCount),
            Row("device_status", 1, t => (byte)t.Status, (t, v) => t.WriteStatus((DeviceStatus)v)),
            Row("config_generation", 1, t => t.ReadConfigGeneration()),

            // About a specific virtqueue.
            Row("queue_select", 2, t => t.State.QueueSelect, (t, v) => t.State.QueueSelect = (ushort)v),
            Row("queue_size", 2, t => t.Selected?.Size ?? 0U, (t, v) => QueueRegisters.WriteSize(t, (ushort)v)),
            Row("queue_msix_vector", 2, t => t.Selected?.Vector ?? PciLayout.MsiNoVector, (t, v) => QueueRegisters.WriteVector(t, (ushort)v)),
            Row("queue_enable", 2, t => t.Selected?.Enabled == true ? 1U : 0U, (t, v) => QueueRegisters.WriteEnable(t, (ushort)v)),
            Row("queue_notify_off", 2, t => t.Selected == null ? 0U : t.State.QueueSelect),
            Row("queue_desc (low)", 4, t => QueueRegisters.ReadLow(t, QueueArea.Descriptor), (t, v) => QueueRegisters.WriteLow(t, QueueArea.Descriptor, v)),
            Row("queue_desc (high)", 4, t => QueueRegisters.ReadHigh(t, QueueArea.Descriptor), (t, v) => QueueRegisters.WriteHigh(t, QueueArea.Descriptor, v)),
            Row("queue_driver (low)", 4, t => QueueRegisters.ReadLow(t, QueueArea.Driver), (t, v) => QueueRegisters.WriteLow(t, QueueArea.Driver, v)),
            Row("queue_driver (high)", 4, t => QueueRegisters.ReadHigh(t, QueueArea.Driver), (t, v) => QueueRegisters.WriteHigh(t, QueueArea.Driver, v)),
            Row("queue_device (low)", 4, t => QueueRegisters.ReadLow(t, QueueArea.Device), (t, v) => QueueRegisters.WriteLow(t, QueueArea.Device, v)),
            Row("queue_device (high)", 4, t => QueueRegisters.ReadHigh(t, QueueArea.Device), (t, v) => QueueRegisters.WriteHigh(t, QueueArea.Device, v)),

            // The queue's own index serves as its NOTIF_CONFIG_DATA: the doorbell's place says it anyway.
            Row("queue_notif_config_data", 2, t => t.Selected != null && t.State.DriverFeatures.Has(Feature.NotifConfigData) ? t.State.QueueSelect : 0U),
            Row("queue_reset", 2, t => 0, (t, v) => QueueRegisters.WriteReset(t, (ushort)v)),

            // ADMIN_VQ is not offered.
            Row("admin_queue_index", 2, t => 0),
            Row("admin_queue_num", 2, t => 0));

        private static Register<VirtioTransport> Row(string name, int width, System.Func<VirtioTransport, uint> read, System.Action<VirtioTransport, uint>? write = null)
        {
            return new Register<VirtioTransport>(name, width, read, write);
        }
    }
}
