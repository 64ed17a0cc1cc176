// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How long to wait before a partner that was away is tried again.

using System;

namespace VirtioNet.Outside
{
    /// <summary>Pauses in milliseconds, each twice as long as the one before, up to the longest.</summary>
    internal sealed class Pause
    {
        /// <summary>The first pause is none at all.</summary>
        public Pause(int longest)
        {
            this.longest = longest;
        }

        /// <summary>Makes the pause longer.</summary>
        public void Grow()
        {
            Length = Math.Min(longest, Math.Max(Shortest, 2 * Length));
        }

        /// <summary>Makes it the shortest again, because the partner was there.</summary>
        public void Reset()
        {
            Length = Math.Min(longest, Shortest);
        }

        /// <summary>The pause from now.</summary>
        public int Length { get; private set; }

        private readonly int longest;

        private const int Shortest = 10;
    }
}
