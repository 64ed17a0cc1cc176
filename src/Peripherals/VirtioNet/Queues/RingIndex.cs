#nullable enable
// Arithmetic of ring indices that run free modulo 65536. virtio v1.4-cs01: 2.7.6 and 2.7.8.

namespace VirtioNet.Queues
{
    /// <summary>16-bit wrap-around arithmetic by name, so that no ring code wraps by accident (H-23).</summary>
    public static class RingIndex
    {
        /// <summary>The index that lies <paramref name="count"/> entries behind, modulo 65536.</summary>
        public static ushort Add(ushort index, int count)
        {
            return unchecked((ushort)(index + count));
        }

        /// <summary>Entries from one index up to another, modulo 65536: 0..65535.</summary>
        public static ushort Distance(ushort from, ushort to)
        {
            return unchecked((ushort)(to - from));
        }

        /// <summary>
        /// vring_need_event: true if moving an index from <paramref name="old"/> to <paramref name="current"/>
        /// passed the entry at which the other side asked to be notified. virtio v1.4-cs01: 2.7.7.2.
        /// </summary>
        public static bool Passed(ushort eventIndex, ushort old, ushort current)
        {
            return unchecked((ushort)(current - eventIndex - 1)) < Distance(old, current);
        }
    }
}
