#nullable enable
// What the driver has set for one queue. virtio v1.4-cs01: 4.1.4.3 (queue_* fields).

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>The areas of a queue (2.6).</summary>
    public enum QueueArea
    {
        /// <summary>Descriptor area, queue_desc.</summary>
        Descriptor,
        /// <summary>Driver area, queue_driver.</summary>
        Driver,
        /// <summary>Device area, queue_device.</summary>
        Device,
    }

    /// <summary>Configuration of a queue, and the queue itself once it is enabled.</summary>
    public sealed class QueueState
    {
        /// <summary>A queue after reset: nowhere, and disabled.</summary>
        public QueueState(ushort size)
        {
            Size = size;
            MaxSize = size;
        }

        /// <summary>Largest size that the driver can choose, in descriptors.</summary>
        public ushort MaxSize { get; }

        /// <summary>queue_size, in descriptors.</summary>
        public ushort Size { get; set; }

        /// <summary>Guest-physical address of an area: queue_desc, queue_driver, queue_device.</summary>
        public ulong this[QueueArea area]
        {
            get => areas[(int)area];
            set => areas[(int)area] = value;
        }

        /// <summary>Where the driver has put the queue, and how large.</summary>
        public QueueLayout Layout
        {
            get => new QueueLayout(Size, this[QueueArea.Descriptor], this[QueueArea.Driver], this[QueueArea.Device]);
            set
            {
                Size = value.Size;
                this[QueueArea.Descriptor] = value.DescriptorArea;
                this[QueueArea.Driver] = value.DriverArea;
                this[QueueArea.Device] = value.DeviceArea;
            }
        }

        /// <summary>QueueAlign of virtio-mmio version 1: where a legacy used ring may start, in bytes.</summary>
        public uint Align { get; set; } = PciLayout.LegacyPageSize;

        /// <summary>queue_msix_vector.</summary>
        public ushort Vector { get; set; } = PciLayout.MsiNoVector;

        /// <summary>The queue, or null while queue_enable is 0. The areas may be at address 0 (H-44).</summary>
        public Virtqueue? Queue { get; set; }

        /// <summary>queue_enable.</summary>
        public bool Enabled => Queue != null;

        private readonly ulong[] areas = new ulong[3];
    }
}
