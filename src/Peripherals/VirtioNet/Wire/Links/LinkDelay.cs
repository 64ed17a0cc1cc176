// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc-netem's "delay": how long a packet is on its way.

using System;

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Delay of a packet: the time plus the jitter times a random offset, which has the shape of the distribution; not below 0.
    /// </summary>
    public readonly struct LinkDelay
    {
        internal LinkDelay(ulong time, ulong jitter, Percent correlation, Distribution distribution)
        {
            Time = time;
            Jitter = jitter;
            Correlation = correlation;
            Distribution = distribution;
        }

        /// <summary>The delay for a draw that is evenly in 0 to 1, in nanoseconds.</summary>
        internal ulong At(double draw)
        {
            if(Jitter == 0)
            {
                return Time;
            }
            return (ulong)Math.Max(0, Math.Round(Time + Jitter * DistributionShape.Offset(Distribution, draw)));
        }

        /// <summary>No packet takes less, in nanoseconds: greater draws never give smaller offsets.</summary>
        internal ulong Least => At(0);

        /// <summary>tc's words; empty if there is no delay.</summary>
        public override string ToString()
        {
            var words = Time == 0 && Jitter == 0 ? "" : $"delay {LinkUnits.Time(Time)}";
            words += Jitter == 0 ? "" : $" {LinkUnits.Time(Jitter)}";
            words += Correlation.IsZero ? "" : $" {Correlation}";
            return words + (Distribution == Distribution.Uniform ? "" : $" distribution {LinkUnits.Name(Distribution)}");
        }

        /// <summary>The delay in nanoseconds, about which the jitter varies.</summary>
        public ulong Time { get; }

        /// <summary>The unit of the random offset, in nanoseconds.</summary>
        public ulong Jitter { get; }

        /// <summary>How much the offset of a packet depends on that of the packet before.</summary>
        public Percent Correlation { get; }

        /// <summary>The shape of the random offset.</summary>
        public Distribution Distribution { get; }

        /// <summary>True if every packet takes no time at all.</summary>
        public bool IsZero => Time == 0 && Jitter == 0;
    }
}
