#nullable enable
// What the driver has set for one queue. virtio v1.4-cs01: 4.1.4.3 (queue_* fields).

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport
{
    /// <summary>Configuration of a queue, and the queue itself once it is enabled.</summary>
    public sealed class QueueState
    {
        /// <summary>A queue after reset: of maximum size, nowhere, disabled.</summary>
        public QueueState(ushort maxSize)
        {
            Size = maxSize;
        }

        /// <summary>queue_size, in descriptors.</summary>
        public ushort Size { get; set; }

        /// <summary>queue_desc.</summary>
        public ulong DescriptorArea { get; set; }

        /// <summary>queue_driver.</summary>
        public ulong DriverArea { get; set; }

        /// <summary>queue_device.</summary>
        public ulong DeviceArea { get; set; }

        /// <summary>queue_msix_vector.</summary>
        public ushort Vector { get; set; } = PciLayout.MsiNoVector;

        /// <summary>The queue, or null while queue_enable is 0. The areas may be at address 0 (H-44).</summary>
        public Virtqueue? Queue { get; set; }

        /// <summary>queue_enable.</summary>
        public bool Enabled => Queue != null;
    }
}
