// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc-netem's "slot MIN_DELAY [MAX_DELAY]" or "slot distribution NAME DELAY JITTER", and "[packets PACKETS] [bytes BYTES]": a medium that is ours from time to time.

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Packets leave in slots only. A packet that is due while no slot is on its way asks for one, which opens after a random
    /// time from shortest to longest, or of a distribution; it takes all that is due until then, up to its packets and bytes (the last packet
    /// may exceed the bytes, as with netem). What it cannot take goes with the next one, which opens as much later.
    /// </summary>
    public readonly struct LinkSlots
    {
        internal LinkSlots(ulong shortest, ulong longest, in LinkDelay spread, int packets, ulong bytes)
        {
            Shortest = shortest;
            Longest = longest;
            Spread = spread;
            Packets = packets;
            Bytes = bytes;
        }

        /// <summary>The wait for a slot at a draw that is evenly in 0 to 1, in nanoseconds.</summary>
        internal ulong WaitAt(double draw)
        {
            return Spread.IsZero ? Shortest + (ulong)((Longest - Shortest) * draw) : Spread.At(draw);
        }

        /// <summary>tc's words; empty if there are no slots.</summary>
        public override string ToString()
        {
            var range = LinkUnits.Time(Shortest) + (Longest == Shortest ? "" : $" {LinkUnits.Time(Longest)}");
            var spread = $"distribution {LinkUnits.Name(Spread.Distribution)} {LinkUnits.Time(Spread.Time)} {LinkUnits.Time(Spread.Jitter)}";
            return IsNone ? "" : $"slot {(Spread.IsZero ? range : spread)}"
                + (Packets == 0 ? "" : $" packets {Packets}") + (Bytes == 0 ? "" : $" bytes {LinkUnits.Size(Bytes)}");
        }

        /// <summary>Shortest wait for a slot, in nanoseconds.</summary>
        public ulong Shortest { get; }

        /// <summary>Longest wait for a slot, in nanoseconds.</summary>
        public ulong Longest { get; }

        /// <summary>The wait as a delay with jitter, if it is of a distribution; zero if it is from shortest to longest.</summary>
        public LinkDelay Spread { get; }

        /// <summary>Most packets of a slot; 0 if there is no limit.</summary>
        public int Packets { get; }

        /// <summary>Bytes after which a slot is used up; 0 if there is no limit.</summary>
        public ulong Bytes { get; }

        /// <summary>True if there are no slots.</summary>
        public bool IsNone => Longest == 0 && Spread.IsZero;
    }
}
