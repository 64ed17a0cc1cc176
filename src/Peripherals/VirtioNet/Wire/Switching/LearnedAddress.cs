// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A row of the table of addresses.

namespace VirtioNet.Wire.Switching
{
    /// <summary>An address that has sent, where, and when it did last.</summary>
    public readonly struct LearnedAddress
    {
        internal LearnedAddress(int vlan, MacAddress address, NetworkPort port, ulong seen)
        {
            Vlan = vlan;
            Address = address;
            Port = port;
            Seen = seen;
        }

        /// <summary>The VLAN in which it has sent; 0 where the port knows none.</summary>
        public int Vlan { get; }

        /// <summary>The address.</summary>
        public MacAddress Address { get; }

        /// <summary>The port where it was seen last.</summary>
        public NetworkPort Port { get; }

        /// <summary>When that was, in virtual nanoseconds.</summary>
        public ulong Seen { get; }
    }
}
