// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc-netem's "limit": how much a link holds.

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// A packet that finds the link full is dropped (tail drop). The link holds what waits for the rate or a slot and what
    /// the delay keeps on the way. What passes at once is never held.
    /// </summary>
    public readonly struct LinkLimit
    {
        internal LinkLimit(int packets, ulong bytes)
        {
            Packets = packets;
            Bytes = bytes;
        }

        /// <summary>True if there is room for a packet of this length.</summary>
        internal bool HasRoom(HeldPackets held, int length)
        {
            return held.Count < (Packets == 0 ? MostPackets : Packets) && (Bytes == 0 || (ulong)(held.Bytes + length) <= Bytes);
        }

        /// <summary>Words as tc's, the bytes with their unit; empty if it is tc's usual limit.</summary>
        public override string ToString()
        {
            return Packets == UsualPackets && Bytes == 0 ? ""
                : "limit" + (Packets == 0 ? "" : $" {Packets}") + (Bytes == 0 ? "" : $" {LinkUnits.Size(Bytes)}");
        }

        /// <summary>Most packets; 0 if there is a limit of bytes only, and then it is a million.</summary>
        public int Packets { get; }

        /// <summary>Most bytes; 0 if there is a limit of packets only.</summary>
        public ulong Bytes { get; }

        /// <summary>What tc-netem takes if nothing is said.</summary>
        internal const int UsualPackets = 1000;

        /// <summary>What can be said at most.</summary>
        internal const int MostPackets = 1_000_000;
    }
}
