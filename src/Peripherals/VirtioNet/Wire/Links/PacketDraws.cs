// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a packet draws for its way, whether it gets so far or not: so a loss shifts no other draw.

namespace VirtioNet.Wire.Links
{
    /// <summary>What one packet has drawn.</summary>
    internal readonly struct PacketDraws
    {
        public PacketDraws(double delay, bool isCorrupted, ulong place, bool mayPass)
        {
            Delay = delay;
            IsCorrupted = isCorrupted;
            Place = place;
            MayPass = mayPass;
        }

        /// <summary>For the jitter; evenly in 0 to 1.</summary>
        public double Delay { get; }

        /// <summary>True if one of its bits is turned over.</summary>
        public bool IsCorrupted { get; }

        /// <summary>Which bit: 64 bits, to be divided by how many there are.</summary>
        public ulong Place { get; }

        /// <summary>True if it passes those that wait, if the gap allows.</summary>
        public bool MayPass { get; }
    }

    /// <summary>The streams of a packet's way. Copies that "duplicate" makes have streams of their own. Plain data.</summary>
    internal struct PacketStreams
    {
        public PacketStreams(ulong seed, string link, string suffix)
        {
            delay = new RandomStream(seed, link, "delay" + suffix);
            corrupt = new RandomStream(seed, link, "corrupt" + suffix);
            reorder = new RandomStream(seed, link, "reorder" + suffix);
        }

        /// <summary>The draws of the packet with this number. Called for each packet, in order.</summary>
        public PacketDraws Next(LinkSettings settings, ulong packet)
        {
            var isCorrupted = !settings.Corrupt.IsZero && settings.Corrupt.Takes(corrupt.Next(packet, settings.CorruptCorrelation));
            return new PacketDraws(
                settings.Delay.Jitter == 0 ? 0 : delay.Next(packet, settings.Delay.Correlation),
                isCorrupted,
                isCorrupted ? corrupt.Further(packet) : 0,
                !settings.Reorder.IsZero && settings.Reorder.Takes(reorder.Next(packet, settings.ReorderCorrelation)));
        }

        private RandomStream delay;
        private RandomStream corrupt;
        private RandomStream reorder;
    }
}
