// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How a driver wants packets to be hashed. virtio v1.4-cs01: 5.1.9.5.6.4 "Hash calculation", 5.1.9.4.4 "Inner Header Hash".

using System;

namespace VirtioNet.Net.Hashing
{
    /// <summary>Enabled types, key and tunnels. Never changed: a command of the driver makes a new object.</summary>
    public sealed class HashSettings
    {
        /// <summary>After a reset: no type is enabled, so no packet has a hash.</summary>
        public HashSettings()
            : this(HashTypes.None, Array.Empty<byte>(), TunnelTypes.None)
        {
        }

        /// <summary>Takes what the driver has set. The key has at most <see cref="ToeplitzHash.MaxKeySize"/> bytes.</summary>
        public HashSettings(HashTypes types, byte[] key, TunnelTypes tunnels)
        {
            Types = types;
            Key = key;
            Tunnels = tunnels;
            hash = new ToeplitzHash(key);
        }

        /// <summary>The hash of a packet.</summary>
        public PacketHash Of(ReadOnlySpan<byte> packet)
        {
            return Types == HashTypes.None ? default : PacketHash.Of(packet, hash, Types, Tunnels);
        }

        /// <summary>Over what a hash is computed.</summary>
        public HashTypes Types { get; }

        /// <summary>The key, as long as the driver has made it.</summary>
        public byte[] Key { get; }

        /// <summary>Of which packets that carry another one the inner packet is hashed.</summary>
        public TunnelTypes Tunnels { get; }

        private readonly ToeplitzHash hash;
    }
}
