// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How far a device has got with a virtqueue. A vhost-user front end keeps it while a ring is stopped, so that the device, or
// another one, can go on from there.

namespace VirtioNet.Queues
{
    /// <summary>
    /// Where the next chain is popped, and where the next used chain is written. In a split queue these are indices modulo 65536
    /// (virtio v1.4-cs01: 2.7.6, 2.7.8), in a packed queue slots with their wrap counters in bit 15 (2.8.1), as
    /// <see cref="RingPosition.ToEvent"/> gives them.
    /// </summary>
    public readonly struct QueuePosition
    {
        /// <summary>Takes where the next chain is popped, and where the next used chain is written.</summary>
        public QueuePosition(ushort available, ushort used)
        {
            Available = available;
            Used = used;
        }

        /// <summary>Where the next chain is popped. Chains from <see cref="Used"/> up to here were popped and not used.</summary>
        public ushort Available { get; }

        /// <summary>Where the next used chain is written.</summary>
        public ushort Used { get; }
    }
}
