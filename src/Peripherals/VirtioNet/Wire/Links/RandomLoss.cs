// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc-netem's "loss random PERCENT [CORRELATION]".

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Each packet is lost with the same probability p. With a correlation c, the packet after a lost one is lost with
    /// c + (1 - c) p, so that bursts have 1 / ((1 - c)(1 - p)) packets on average; p of all packets are lost all the same.
    /// </summary>
    public sealed class RandomLoss : LossModel
    {
        internal RandomLoss(Percent probability, Percent correlation)
        {
            Probability = probability;
            Correlation = correlation;
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return $"loss {Probability}" + (Correlation.IsZero ? "" : $" {Correlation}");
        }

        /// <summary>The part of packets that is lost.</summary>
        public Percent Probability { get; }

        /// <summary>How much the fate of a packet depends on that of the packet before.</summary>
        public Percent Correlation { get; }

        internal override bool Loses(ref LossState state, ulong packet)
        {
            return Probability.Takes(state.Draws.Next(packet, Correlation));
        }
    }
}
