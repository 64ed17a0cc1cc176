// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where the driver has put a virtqueue. virtio v1.4-cs01: 2.6 "Virtqueues".

using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>Size and guest-physical addresses of a queue, as the driver has set them. The queue checks them.</summary>
    public readonly struct QueueLayout
    {
        /// <summary>Takes the size in descriptors and the three areas.</summary>
        public QueueLayout(ushort size, ulong descriptorArea, ulong driverArea, ulong deviceArea)
        {
            Size = size;
            DescriptorArea = descriptorArea;
            DriverArea = driverArea;
            DeviceArea = deviceArea;
        }

        /// <summary>
        /// The layout of legacy drivers (2.7.2): the descriptor table starts at the address, the available ring directly after it,
        /// the used ring at the next multiple of <paramref name="align"/> bytes, which must be a power of two.
        /// </summary>
        public static QueueLayout Contiguous(ushort size, ulong address, uint align)
        {
            unchecked
            {
                var available = address + (ulong)RingLayout.DescriptorSize * size;
                var end = available + RingLayout.RingEntries + (ulong)RingLayout.AvailEntrySize * size + RingLayout.EventSize;
                return new QueueLayout(size, address, available, (end + align - 1) & ~((ulong)align - 1));
            }
        }

        /// <summary>Queue size, in descriptors. 1..32768 is allowed, and only powers of two in a split queue.</summary>
        public ushort Size { get; }

        /// <summary>Descriptor area: the descriptor table of a split queue, the descriptor ring of a packed one.</summary>
        public ulong DescriptorArea { get; }

        /// <summary>Driver area: the available ring of a split queue, the driver event suppression structure of a packed one.</summary>
        public ulong DriverArea { get; }

        /// <summary>Device area: the used ring of a split queue, the device event suppression structure of a packed one.</summary>
        public ulong DeviceArea { get; }
    }
}
