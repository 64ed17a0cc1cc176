// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How long the notifications of a queue may wait for more to tell. virtio v1.4-cs01: 5.1.9.5.10 "Notifications Coalescing".

namespace VirtioNet.Transport.Core
{
    /// <summary>The two bounds, whichever is reached first. With one of them 0 no notification waits.</summary>
    public readonly struct NotificationModeration
    {
        /// <summary>At most so many chains, and at most so many microseconds of virtual time.</summary>
        public NotificationModeration(uint maxChains, uint maxMicroseconds)
        {
            MaxChains = maxChains;
            MaxMicroseconds = maxMicroseconds;
        }

        /// <summary>max_packets: the driver is told when so many chains were used. A packet takes one, but for those in merged buffers.</summary>
        public uint MaxChains { get; }

        /// <summary>max_usecs: the driver is told of a chain at the latest so long after it was used.</summary>
        public uint MaxMicroseconds { get; }

        /// <summary>True if notifications may wait.</summary>
        public bool IsOn => MaxChains != 0 && MaxMicroseconds != 0;
    }
}
