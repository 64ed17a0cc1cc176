// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Receive-side scaling: which queue a hash stands for. virtio v1.4-cs01: 5.1.9.5.7 "Receive-side scaling (RSS)".

namespace VirtioNet.Net.Hashing
{
    /// <summary>The table of a driver. Never changed: a command of the driver makes a new object.</summary>
    public sealed class IndirectionTable
    {
        /// <summary>
        /// Takes the pairs whose receive queues are meant, counted from 0: one for each value of the hash's lowest bits, a power of two of
        /// them, and one for packets that have no hash. The array is the table's from now on.
        /// </summary>
        public IndirectionTable(int[] pairs, int unclassified)
        {
            Pairs = pairs;
            Unclassified = unclassified;
        }

        /// <summary>The pair for a packet.</summary>
        public int Choose(in PacketHash hash)
        {
            return hash.Type == HashTypes.None ? Unclassified : Pairs[hash.Value & (uint)(Pairs.Length - 1)];
        }

        /// <summary>The pairs, by the lowest bits of the hash.</summary>
        public int[] Pairs { get; }

        /// <summary>The pair for packets without a hash.</summary>
        public int Unclassified { get; }

        /// <summary>Most pairs in a table: rss_max_indirection_table_length. At least 128 (5.1.4.1), which is what Linux uses.</summary>
        public const int MaxLength = 128;
    }
}
