// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// struct virtio_pci_common_cfg: what reading and writing each field does with the VirtioTransport or the PCI function.
// virtio v1.4-cs01: 4.1.4.3 "Common configuration structure layout".

using System;

using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Transport.Pci
{
    /// <summary>The common configuration structure, row by row as the spec has it.</summary>
    internal static class ModernRegisters
    {
        /// <summary>
        /// The fields. Those of a queue that does not exist ignore writes and read 0, queue_msix_vector VIRTIO_MSI_NO_VECTOR. A
        /// queue_size of 0 so tells the driver that there is no such queue.
        /// </summary>
        public static readonly RegisterMap<VirtioPciFunction> Map = new RegisterMap<VirtioPciFunction>(PciLayout.CommonCfgSize,
            // About the whole device.
            Row("device_feature_select", 4, f => f.Selection.DeviceFeatures, (f, v) => f.Selection.DeviceFeatures = v),
            Row("device_feature", 4, f => f.Transport.Offered.Word(f.Selection.DeviceFeatures)),
            Row("driver_feature_select", 4, f => f.Selection.DriverFeatures, (f, v) => f.Selection.DriverFeatures = v),
            Row("driver_feature", 4, f => f.Transport.DriverFeatures.Word(f.Selection.DriverFeatures), (f, v) => f.Transport.WriteDriverFeatures(f.Selection.DriverFeatures, v)),
            Row("config_msix_vector", 2, f => f.ConfigurationVector, (f, v) => f.ConfigurationVector = (ushort)v),
            Row("num_queues", 2, f => (uint)f.Transport.Device.QueueCount),
            Row("device_status", 1, f => (byte)f.Transport.Status, (f, v) => f.Transport.WriteStatus((DeviceStatus)v)),
            Row("config_generation", 1, f => f.Transport.ReadConfigGeneration()),

            // About a specific virtqueue.
            Row("queue_select", 2, f => f.Selection.Queue, (f, v) => f.Selection.Queue = (ushort)v),
            Row("queue_size", 2, f => f.Transport.LayoutOf(f.Selection.Queue).Size, (f, v) => f.Transport.SetQueueSize(f.Selection.Queue, (ushort)v)),
            Row("queue_msix_vector", 2, f => f.QueueVector, (f, v) => f.QueueVector = (ushort)v),
            Row("queue_enable", 2, f => f.Transport.IsEnabled(f.Selection.Queue) ? 1U : 0U, (f, v) => WriteEnable(f, (ushort)v)),
            Row("queue_notify_off", 2, f => f.Transport.HasQueue(f.Selection.Queue) ? f.Selection.Queue : 0U),
            Low("queue_desc (low)", QueueArea.Descriptor),
            High("queue_desc (high)", QueueArea.Descriptor),
            Low("queue_driver (low)", QueueArea.Driver),
            High("queue_driver (high)", QueueArea.Driver),
            Low("queue_device (low)", QueueArea.Device),
            High("queue_device (high)", QueueArea.Device),

            // What the driver writes to notify a queue with NOTIF_CONFIG_DATA: the queue's index. Any value would do, because the
            // device knows the queue by the address that is written to.
            Row("queue_notif_config_data", 2, f => f.Transport.HasQueue(f.Selection.Queue) && f.Transport.DriverFeatures.Has(Feature.NotifConfigData) ? f.Selection.Queue : 0U),
            Row("queue_reset", 2, f => 0, (f, v) => f.Transport.ResetQueue(f.Selection.Queue, (ushort)v)),

            // ADMIN_VQ is not offered.
            Row("admin_queue_index", 2, f => 0),
            Row("admin_queue_num", 2, f => 0));

        // A driver never writes 0: over PCI a queue is disabled by a reset only.
        private static void WriteEnable(VirtioPciFunction function, ushort value)
        {
            if(value == 1)
            {
                function.Transport.EnableQueue(function.Selection.Queue);
            }
            else
            {
                function.Transport.Reports.Misuse(DriverRules.QueueEnableValue, function.Selection.Queue, value);
            }
        }

        private static Register<VirtioPciFunction> Low(string name, QueueArea area)
        {
            return Row(name, 4, f => f.Transport.AreaOf(f.Selection.Queue, area).Low(), (f, v) => f.Transport.SetQueueArea(f.Selection.Queue, area, f.Transport.AreaOf(f.Selection.Queue, area).WithLow(v)));
        }

        private static Register<VirtioPciFunction> High(string name, QueueArea area)
        {
            return Row(name, 4, f => f.Transport.AreaOf(f.Selection.Queue, area).High(), (f, v) => f.Transport.SetQueueArea(f.Selection.Queue, area, f.Transport.AreaOf(f.Selection.Queue, area).WithHigh(v)));
        }

        private static Register<VirtioPciFunction> Row(string name, int width, Func<VirtioPciFunction, uint> read, Action<VirtioPciFunction, uint>? write = null)
        {
            return new Register<VirtioPciFunction>(name, width, read, write);
        }
    }
}
