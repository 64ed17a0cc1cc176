// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a transport counts for a queue.

namespace VirtioNet.Transport.Core
{
    /// <summary>Counted since the device was made or the counters were reset; a reset of the device or of the queue clears nothing.</summary>
    public sealed class QueueCounters
    {
        /// <summary>Available buffer notifications that the driver has sent to the enabled queue (virtio v1.4-cs01: 2.3).</summary>
        public ulong Notifications { get; internal set; }

        /// <summary>Used buffer notifications that the device has sent for the queue. How many interrupts they make, the transport and its driver decide.</summary>
        public ulong Interrupts { get; internal set; }
    }
}
