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
    }
}
