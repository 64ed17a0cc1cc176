// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The hash of a packet, as RSS uses it and HASH_REPORT tells it. virtio v1.4-cs01: 5.1.9.4.3 "Hash calculation for incoming packets",
// 5.1.9.4.4 "Inner Header Hash".

using System;
using System.Numerics;

using VirtioNet.Wire;

namespace VirtioNet.Net.Hashing
{
    /// <summary>A hash, and over what it was computed.</summary>
    public readonly struct PacketHash
    {
        /// <summary>
        /// Computes the hash of a packet over the fields that the first enabled type names: the ports count where TCP or UDP is enabled and
        /// there is a header of it, else only the addresses. Without an enabled type that fits there is no hash, and its value is 0.
        /// </summary>
        public static PacketHash Of(ReadOnlySpan<byte> packet, ToeplitzHash hash, HashTypes enabled, TunnelTypes tunnels)
        {
            if(packet.Length < Ethernet.HeaderSize)
            {
                return default;
            }
            var header = Ethernet.HeaderLength(packet);
            if(header > packet.Length || !(Ethernet.PayloadType(packet, header) is Ethernet.Ipv4 or Ethernet.Ipv6)
                || !FlowFields.TryFind(packet, header, Ethernet.PayloadType(packet, header) == Ethernet.Ipv6, out var fields))
            {
                return default;
            }
            if(tunnels != TunnelTypes.None && Tunnel.TryFindInner(packet, fields, tunnels, out var inner))
            {
                fields = inner;
            }
            var type = TypeOf(packet, fields, enabled);
            return type == HashTypes.None ? default : new PacketHash(type, Compute(packet, fields, hash, type));
        }

        /// <summary>The type of the hash, a single one; <see cref="HashTypes.None"/> if there is no hash.</summary>
        public HashTypes Type { get; }

        /// <summary>The hash.</summary>
        public uint Value { get; }

        /// <summary>VIRTIO_NET_HASH_REPORT_*: the number of the type, from 1 on, or 0 if there is no hash.</summary>
        public ushort Report => Type == HashTypes.None ? (ushort)0 : (ushort)(BitOperations.TrailingZeroCount((uint)Type) + 1);

        private static HashTypes TypeOf(ReadOnlySpan<byte> packet, in FlowFields fields, HashTypes enabled)
        {
            var (isTcp, isUdp) = (fields.HasTcp(packet), fields.HasUdp(packet));
            if(!fields.IsIpv6)
            {
                return First(enabled, isTcp ? HashTypes.Tcp4 : isUdp ? HashTypes.Udp4 : HashTypes.None, HashTypes.Ipv4);
            }
            var type = fields.HasExtensions
                ? First(enabled, isTcp ? HashTypes.Tcp6Extended : isUdp ? HashTypes.Udp6Extended : HashTypes.None, HashTypes.Ipv6Extended)
                : HashTypes.None;
            return type != HashTypes.None ? type : First(enabled, isTcp ? HashTypes.Tcp6 : isUdp ? HashTypes.Udp6 : HashTypes.None, HashTypes.Ipv6);
        }

        private static HashTypes First(HashTypes enabled, HashTypes withPorts, HashTypes withAddresses)
        {
            return (enabled & withPorts) != 0 ? withPorts : enabled & withAddresses;
        }

        private static uint Compute(ReadOnlySpan<byte> packet, in FlowFields fields, ToeplitzHash hash, HashTypes type)
        {
            var size = fields.AddressSize;
            var (source, destination) = (type & Extended) != 0 ? (fields.HomeSource, fields.HomeDestination) : (fields.Source, fields.Source + size);
            var value = hash.Of(packet.Slice(source, size), 0) ^ hash.Of(packet.Slice(destination, size), size);
            return (type & AddressesOnly) != 0 ? value : value ^ hash.Of(packet.Slice(fields.Payload, FlowFields.PortsSize), 2 * size);
        }

        private PacketHash(HashTypes type, uint value)
        {
            Type = type;
            Value = value;
        }

        private const HashTypes Extended = HashTypes.Ipv6Extended | HashTypes.Tcp6Extended | HashTypes.Udp6Extended;
        private const HashTypes AddressesOnly = HashTypes.Ipv4 | HashTypes.Ipv6 | HashTypes.Ipv6Extended;
    }
}
