// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Indices of a split queue's rings. They count on modulo 65536, whatever the queue size. virtio v1.4-cs01: 2.7.6 and 2.7.8.

namespace VirtioNet.Queues
{
    /// <summary>Arithmetic of 16-bit ring indices by name, so that no other code wraps round by accident (H-23).</summary>
    public static class RingIndex
    {
        /// <summary>index + count, modulo 65536. The count may be negative.</summary>
        public static ushort Add(ushort index, int count)
        {
            return unchecked((ushort)(index + count));
        }

        /// <summary>to - from, modulo 65536: how many entries lie from one index, going up, to the other.</summary>
        public static ushort Distance(ushort from, ushort to)
        {
            return unchecked((ushort)(to - from));
        }

        /// <summary>
        /// True if an index is one of the <paramref name="count"/> indices from <paramref name="first"/> on. With EVENT_IDX
        /// the driver is notified if used_event is one of those just used (2.7.7).
        /// </summary>
        public static bool IsAmong(ushort index, ushort first, int count)
        {
            return Distance(first, index) < count;
        }
    }
}
