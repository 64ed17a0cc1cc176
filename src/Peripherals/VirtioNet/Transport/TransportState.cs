#nullable enable
// Everything that a device reset forgets. virtio v1.4-cs01: 2.4 "Device Reset".

using VirtioNet.Spec;

namespace VirtioNet.Transport
{
    /// <summary>The driver-made state of a transport. A reset replaces the object whole, so no field is forgotten.</summary>
    public sealed class TransportState
    {
        /// <summary>The state after reset of a device with so many queues.</summary>
        public TransportState(int queueCount, ushort maxQueueSize)
        {
            Queues = new QueueState[queueCount];
            Deferred = new bool[queueCount];
            for(var i = 0; i < queueCount; i++)
            {
                Queues[i] = new QueueState(maxQueueSize);
            }
        }

        /// <summary>device_status.</summary>
        public DeviceStatus Status { get; set; }

        /// <summary>device_feature_select.</summary>
        public uint DeviceFeatureSelect { get; set; }

        /// <summary>driver_feature_select.</summary>
        public uint DriverFeatureSelect { get; set; }

        /// <summary>driver_feature, all words.</summary>
        public FeatureSet DriverFeatures { get; set; }

        /// <summary>config_msix_vector.</summary>
        public ushort ConfigVector { get; set; } = PciLayout.MsiNoVector;

        /// <summary>queue_select.</summary>
        public ushort QueueSelect { get; set; }

        /// <summary>The queues.</summary>
        public QueueState[] Queues { get; }

        /// <summary>Queues whose work was cut off and waits for the scheduler.</summary>
        public bool[] Deferred { get; }
    }
}
