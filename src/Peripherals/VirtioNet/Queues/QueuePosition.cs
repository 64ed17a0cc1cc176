#nullable enable
// Where a virtqueue stands, so that another device can go on from there: a front end keeps it while a vhost-user
// ring is stopped. Both formats have it in 16 bits.

namespace VirtioNet.Queues
{
    /// <summary>
    /// How far a device has got with a queue. A split queue counts by indices that run free (2.7.6, 2.7.8), a packed one
    /// by slot and wrap counter, as <see cref="RingPosition.ToEvent"/> has them (2.8.1).
    /// </summary>
    public readonly struct QueuePosition
    {
        /// <summary>Takes the place of the next chain to pop, and that of the next one to be used.</summary>
        public QueuePosition(ushort available, ushort used)
        {
            Available = available;
            Used = used;
        }

        /// <summary>What comes next to be popped. What lies between here and <see cref="Used"/> was popped and never used.</summary>
        public ushort Available { get; }

        /// <summary>What comes next to be used.</summary>
        public ushort Used { get; }
    }
}
