// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which packets a link loses: tc-netem's "loss".

namespace VirtioNet.Wire.Links
{
    /// <summary>A model of loss and its parameters. It is not changed; what a link remembers is in <see cref="LossState"/>.</summary>
    public abstract class LossModel
    {
        /// <summary>True if the packet with this number is lost. Called once for each packet, in order.</summary>
        internal abstract bool Loses(ref LossState state, ulong packet);

        /// <summary>tc's words, such as "loss 1% 25%".</summary>
        public abstract override string ToString();
    }

    /// <summary>What a link remembers of the packets that its loss model has seen. Plain data.</summary>
    internal struct LossState
    {
        /// <summary>The draws of this purpose.</summary>
        public RandomStream Draws;

        /// <summary>A chain's state, as the model numbers them. 0 where it begins.</summary>
        public int Chain;

        /// <summary>Packets seen since the model was set.</summary>
        public ulong Seen;
    }
}
