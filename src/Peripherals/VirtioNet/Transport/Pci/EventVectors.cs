// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which MSI-X vector each event of the device is mapped to. virtio v1.4-cs01: 4.1.5.1.2 "MSI-X Vector Configuration".

using System;

using VirtioNet.Spec;

namespace VirtioNet.Transport.Pci
{
    /// <summary>The vectors that the driver has mapped. A reset of the device replaces the object by one without any.</summary>
    internal sealed class EventVectors
    {
        /// <summary>Makes the table for a device with so many queues. No event is mapped.</summary>
        public EventVectors(int queues)
        {
            this.queues = new ushort[queues];
            Array.Fill(this.queues, PciLayout.MsiNoVector);
        }

        /// <summary>queue_msix_vector. A queue that does not exist has VIRTIO_MSI_NO_VECTOR, and cannot be mapped.</summary>
        public ushort this[int queue]
        {
            get => queue < queues.Length ? queues[queue] : PciLayout.MsiNoVector;
            set
            {
                if(queue < queues.Length)
                {
                    queues[queue] = value;
                }
            }
        }

        /// <summary>config_msix_vector, or VIRTIO_MSI_NO_VECTOR.</summary>
        public ushort Configuration { get; set; } = PciLayout.MsiNoVector;

        private readonly ushort[] queues;
    }
}
