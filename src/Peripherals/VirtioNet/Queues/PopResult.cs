// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The three results of popping a chain from a virtqueue.

namespace VirtioNet.Queues
{
    /// <summary>What <see cref="Virtqueue.TryPop"/> found.</summary>
    public enum PopResult
    {
        /// <summary>The driver has made no chain available that was not popped yet.</summary>
        Empty,
        /// <summary>A chain was popped.</summary>
        Chain,
        /// <summary>The driver has broken a rule of the ring, now or before: <see cref="Virtqueue.Error"/> names it.</summary>
        Failed,
    }
}
