// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc's "tbf rate RATE burst BYTES (limit BYTES | latency TIME)": see tc-tbf(8).

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// A bucket of tokens, one for each byte: full at first, filled at the rate. A packet waits until there are as many as it
    /// has bytes. So bursts pass at once, and in the long run no more than the rate does.
    /// </summary>
    public readonly struct TokenBucket
    {
        internal TokenBucket(ulong bitsPerSecond, ulong burst, ulong limit)
        {
            BitsPerSecond = bitsPerSecond;
            Burst = burst;
            Limit = limit;
        }

        /// <summary>
        /// When a packet that comes at a time may go. <paramref name="fullAt"/> is when the bucket will be full again if nothing
        /// more is taken: the whole state, as in the generic cell rate algorithm (ITU-T I.371, "virtual scheduling").
        /// </summary>
        internal ulong Take(ref ulong fullAt, ulong time, int length)
        {
            var cost = LinkRate.TimeOf((ulong)length, BitsPerSecond);
            var depth = LinkRate.TimeOf(Burst, BitsPerSecond);
            // With the bucket full at fullAt, it holds enough from fullAt + cost - depth on.
            var go = fullAt + cost > depth + time ? fullAt + cost - depth : time;
            fullAt = (fullAt > go ? fullAt : go) + cost;
            return go;
        }

        /// <summary>Words as tc's; empty if there is no bucket.</summary>
        public override string ToString()
        {
            return IsNone ? "" : $"tbf rate {LinkUnits.Rate(BitsPerSecond)} burst {LinkUnits.Size(Burst)} limit {LinkUnits.Size(Limit)}";
        }

        /// <summary>0 if there is no bucket.</summary>
        public ulong BitsPerSecond { get; }

        /// <summary>Bytes that the bucket holds.</summary>
        public ulong Burst { get; }

        /// <summary>Most bytes that wait for tokens.</summary>
        public ulong Limit { get; }

        /// <summary>True if there is no bucket.</summary>
        public bool IsNone => BitsPerSecond == 0;
    }
}
