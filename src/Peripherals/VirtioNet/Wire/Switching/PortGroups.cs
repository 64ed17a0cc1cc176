// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Partitions: groups of ports between which nothing passes.

using System;
using System.Collections.Generic;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Pairs of groups that are separated. A port is in the group of its own name until it is put into another.</summary>
    public sealed class PortGroups
    {
        /// <summary>Nothing passes between the two groups from now on. A group separated from itself: its ports are alone, each.</summary>
        public void Separate(string one, string other)
        {
            if(!AreSeparated(one, other))
            {
                separated.Add((one, other));
            }
        }

        /// <summary>Takes the separation of two groups away.</summary>
        public void Join(string one, string other)
        {
            separated.RemoveAll(x => IsPair(x, one, other));
        }

        /// <summary>Takes all separations away.</summary>
        public void Heal()
        {
            separated.Clear();
        }

        /// <summary>True if nothing passes between the two.</summary>
        public bool AreSeparated(string one, string other)
        {
            foreach(var pair in separated)
            {
                if(IsPair(pair, one, other))
                {
                    return true;
                }
            }
            return false;
        }

        /// <summary>The pairs, in the order in which they were separated.</summary>
        public IReadOnlyList<(string One, string Other)> Separated => separated;

        private static bool IsPair((string One, string Other) pair, string one, string other)
        {
            return (IsSame(pair.One, one) && IsSame(pair.Other, other)) || (IsSame(pair.One, other) && IsSame(pair.Other, one));
        }

        private static bool IsSame(string left, string right)
        {
            return string.Equals(left, right, StringComparison.Ordinal);
        }

        private readonly List<(string One, string Other)> separated = new List<(string One, string Other)>();
    }
}
