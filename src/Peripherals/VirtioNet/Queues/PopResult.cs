#nullable enable
// The three answers of a virtqueue that is asked for a chain.

namespace VirtioNet.Queues
{
    /// <summary>What <see cref="Virtqueue.TryPop"/> found.</summary>
    public enum PopResult
    {
        /// <summary>The driver has made nothing available.</summary>
        Empty,
        /// <summary>A chain was popped.</summary>
        Chain,
        /// <summary>The ring cannot be trusted any more; see <see cref="Virtqueue.Error"/>.</summary>
        Failed,
    }
}
