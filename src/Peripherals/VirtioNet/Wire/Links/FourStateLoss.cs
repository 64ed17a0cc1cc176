// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc-netem's "loss state p13 [p31 [p32 [p23 [p14]]]]": a Markov chain of four states (Salsano, Ludovici, Ordine: see
// GilbertElliottLoss.cs). A packet moves the chain first, and shares the fate of the state that it comes to.
//
//     4 lost alone ◄─p14── 1 received ──p13─► 3 lost in a burst ──p32─► 2 received in a burst
//           └──── 100% ───►     ◄────p31─────        ◄─────p23──────

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Bursts with packets in between that arrive, and single losses. With a = p13 / p31, of all packets
    /// (a + p14) / (1 + a + a p32 / p23 + p14) are lost.
    /// </summary>
    public sealed class FourStateLoss : LossModel
    {
        internal FourStateLoss(Percent p13, Percent p31, Percent p32, Percent p23, Percent p14)
        {
            P13 = p13;
            P31 = p31;
            P32 = p32;
            P23 = p23;
            P14 = p14;
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return $"loss state {P13} {P31} {P32} {P23} {P14}";
        }

        /// <summary>From received to lost in a burst.</summary>
        public Percent P13 { get; }

        /// <summary>From lost in a burst to received: the end of a burst.</summary>
        public Percent P31 { get; }

        /// <summary>From lost to received within a burst.</summary>
        public Percent P32 { get; }

        /// <summary>From received to lost within a burst.</summary>
        public Percent P23 { get; }

        /// <summary>From received to a single loss.</summary>
        public Percent P14 { get; }

        internal override bool Loses(ref LossState state, ulong packet)
        {
            state.Chain = Next(state.Chain, state.Draws.Next(packet, default));
            return state.Chain == LostInBurst || state.Chain == LostAlone;
        }

        private int Next(int from, double draw)
        {
            return from switch
            {
                Received => P13.Takes(draw) ? LostInBurst : Either(P13, P14).Takes(draw) ? LostAlone : Received,
                ReceivedInBurst => P23.Takes(draw) ? LostInBurst : ReceivedInBurst,
                LostInBurst => P31.Takes(draw) ? Received : Either(P31, P32).Takes(draw) ? ReceivedInBurst : LostInBurst,
                _ => Received,
            };
        }

        private static Percent Either(Percent one, Percent other)
        {
            return new Percent(one.Value + other.Value);
        }

        // States 1 to 4, less one.
        private const int Received = 0;
        private const int ReceivedInBurst = 1;
        private const int LostInBurst = 2;
        private const int LostAlone = 3;
    }
}
