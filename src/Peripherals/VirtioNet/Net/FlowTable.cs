// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Remembers on which pair of queues the driver has sent a flow last. A flow is all packets, in both directions, between the
// same two addresses and ports. virtio v1.4-cs01: 5.1.9.5.6 "Automatic receive steering in multiqueue mode".

using System;
using System.Buffers.Binary;

using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// A table of fixed size, so that no number of flows makes it grow. Flows whose hashes fall into one row share the pair that
    /// is in it: a device should tell flows apart, but need not.
    /// </summary>
    internal sealed class FlowTable
    {
        /// <summary>The driver has sent a packet on a pair, 0 to 127. The packet has at least an Ethernet header.</summary>
        public void Learn(ReadOnlySpan<byte> packet, int pair)
        {
            pairs[Hash(packet) % Rows] = (byte)(pair + 1);
        }

        /// <summary>
        /// The pair on which the packet's flow was sent last; if that is not known, or not one of the first <paramref name="count"/>
        /// pairs, one of these by its hash.
        /// </summary>
        public int Choose(ReadOnlySpan<byte> packet, int count)
        {
            if(packet.Length < Ethernet.HeaderSize)
            {
                return 0;
            }
            var hash = Hash(packet);
            var known = pairs[hash % Rows];
            return known != 0 && known <= count ? known - 1 : (int)(hash % (uint)count);
        }

        /// <summary>Forgets all flows.</summary>
        public void Clear()
        {
            Array.Clear(pairs, 0, pairs.Length);
        }

        // The same for both directions of a flow, since the hashes of its two ends are added up. An end is an IP address and a port,
        // or a MAC address if the packet has no TCP or UDP header.
        private static uint Hash(ReadOnlySpan<byte> packet)
        {
            unchecked
            {
                if(!PacketHeaders.TryFind(packet, out var headers))
                {
                    return Mix(Sum(packet.Slice(0, MacAddress.Size)) + Sum(packet.Slice(MacAddress.Size, MacAddress.Size)));
                }
                var size = headers.IsIpv6 ? 2 * sizeof(ulong) : sizeof(uint);
                var addresses = packet.Slice(headers.Network + (headers.IsIpv6 ? Ipv6Source : Ipv4Source));
                var ports = packet.Slice(headers.Transport);
                return Mix(End(addresses.Slice(0, size), ports) + End(addresses.Slice(size, size), ports.Slice(sizeof(ushort))));
            }
        }

        private static uint End(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port)
        {
            return unchecked(Mix(Sum(address) + BinaryPrimitives.ReadUInt16BigEndian(port)));
        }

        private static uint Sum(ReadOnlySpan<byte> bytes)
        {
            var sum = 0U;
            for(var i = 0; i < bytes.Length; i++)
            {
                sum = unchecked(sum * 31 + bytes[i]);
            }
            return sum;
        }

        // Gives neighbouring values hashes that are far apart: the high bits of the product are mixed into the low ones.
        private static uint Mix(uint value)
        {
            value = unchecked(value * 0x9E37_79B1);
            return value ^ (value >> 15);
        }

        // For each row the pair plus 1, or 0 for none.
        private readonly byte[] pairs = new byte[Rows];

        private const int Rows = 1024;
        private const int Ipv4Source = 12;
        private const int Ipv6Source = 8;
    }
}
