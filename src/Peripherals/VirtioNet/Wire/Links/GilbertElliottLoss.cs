// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc-netem's "loss gemodel p [r [1-h [1-k]]]": the model of Gilbert and Elliott, in the letters of Salsano, Ludovici,
// Ordine, "Definition of a general and intuitive loss model for packet networks and its implementation in the Netem
// module in the Linux kernel" (NetemCLG, netgroup.uniroma2.it/NetemCLG).
//
//            p
//      ┌──────────►┐
//     good        bad       A packet is lost with 1-k in the good state, with 1-h in the bad one.
//      └◄──────────┘        Then the state changes: from good to bad with p, back with r.
//            r

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Losses come in bursts. The part p / (p + r) of packets meets the bad state, which lasts 1 / r packets on average, so that
    /// (r (1-k) + p (1-h)) / (p + r) of all packets are lost.
    /// </summary>
    public sealed class GilbertElliottLoss : LossModel
    {
        internal GilbertElliottLoss(Percent p, Percent r, Percent lossInBad, Percent lossInGood)
        {
            P = p;
            R = r;
            LossInBad = lossInBad;
            LossInGood = lossInGood;
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return $"loss gemodel {P} {R} {LossInBad} {LossInGood}";
        }

        /// <summary>p: from the good state to the bad one.</summary>
        public Percent P { get; }

        /// <summary>r: from the bad state to the good one.</summary>
        public Percent R { get; }

        /// <summary>1-h: loss in the bad state.</summary>
        public Percent LossInBad { get; }

        /// <summary>1-k: loss in the good state.</summary>
        public Percent LossInGood { get; }

        internal override bool Loses(ref LossState state, ulong packet)
        {
            var isBad = state.Chain == Bad;
            var isLost = (isBad ? LossInBad : LossInGood).Takes(state.Draws.FurtherPart(packet));
            if((isBad ? R : P).Takes(state.Draws.Next(packet, default)))
            {
                state.Chain = isBad ? Good : Bad;
            }
            return isLost;
        }

        private const int Good = 0;
        private const int Bad = 1;
    }
}
