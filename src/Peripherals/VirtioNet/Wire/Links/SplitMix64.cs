// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The numbers that look random: SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
// 2014; constants of Stafford's variant 13, as in Vigna's splitmix64). Its n-th number is a function of where it starts
// and of n, so that any number can be had without those before it.

namespace VirtioNet.Wire.Links
{
    /// <summary>Makes numbers of 64 bits out of a start and an index.</summary>
    internal static class SplitMix64
    {
        /// <summary>The start of a sequence of its own for each seed and names. Other names give another start, whatever the seed.</summary>
        public static ulong Start(ulong seed, string name, string purpose)
        {
            return Absorb(Absorb(Mix(unchecked(seed + Step)), name), purpose);
        }

        /// <summary>The number with this index, 0 and up, of the sequence that starts there.</summary>
        public static ulong At(ulong start, ulong index)
        {
            return Mix(unchecked(start + (index + 1) * Step));
        }

        private static ulong Absorb(ulong start, string text)
        {
            for(var i = 0; i < text.Length; i++)
            {
                start = At(start ^ text[i], 0);
            }
            // The length, so that names that are put together in another way differ.
            return At(start ^ (ulong)text.Length, 0);
        }

        private static ulong Mix(ulong value)
        {
            unchecked
            {
                value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
                value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
                return value ^ (value >> 31);
            }
        }

        // The odd number next to 2^64 divided by the golden ratio.
        private const ulong Step = 0x9E3779B97F4A7C15;
    }
}
