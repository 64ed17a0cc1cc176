#nullable enable
// Everything that a device reset forgets. virtio v1.4-cs01: 2.4 "Device Reset".

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>The driver-made state of a transport. A reset replaces the object whole, so no field is forgotten.</summary>
    public sealed class TransportState
    {
        /// <summary>The state after reset of a device.</summary>
        public TransportState(IVirtioDevice device)
        {
            Queues = new QueueState[device.QueueCount];
            Deferred = new bool[device.QueueCount];
            for(var i = 0; i < Queues.Length; i++)
            {
                ResetQueue(device, i);
            }
        }

        /// <summary>
        /// Puts a queue into its state after reset, replacing it whole (BASE-19). It has the largest size that its
        /// format allows: packed queues any, split ones a power of two.
        /// </summary>
        public void ResetQueue(IVirtioDevice device, int index)
        {
            var size = device.MaxQueueSize(index);
            while(!Virtqueue.IsSizeAllowed(size, DriverFeatures))
            {
                // Clears the lowest bit, until the highest is left.
                size = (ushort)(size & (size - 1));
            }
            Queues[index] = new QueueState(size);
            Deferred[index] = false;
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
