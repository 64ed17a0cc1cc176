// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The VLANs that a driver receives. virtio v1.4-cs01: 5.1.9.5.3 "VLAN Filtering".

using System.Collections.Generic;
using System.Linq;

namespace VirtioNet.Net.Control
{
    /// <summary>A set of VLAN ids, 0 to 4095, which is empty at first.</summary>
    internal sealed class VlanTable
    {
        /// <summary>True if the VLAN is in the table.</summary>
        public bool this[int id]
        {
            get => isIn[id];
            set => isIn[id] = value;
        }

        /// <summary>The VLANs in the table, in the order of their ids.</summary>
        public IEnumerable<int> Ids => Enumerable.Range(0, Count).Where(x => isIn[x]);

        /// <summary>How many VLAN ids there are: they have 12 bits.</summary>
        public const int Count = 4096;

        private readonly bool[] isIn = new bool[Count];
    }
}
