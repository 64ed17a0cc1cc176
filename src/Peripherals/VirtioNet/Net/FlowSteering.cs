#nullable enable
// Which pair of queues a frame from the wire goes to. virtio v1.4-cs01: 5.1.6.5 "Automatic receive steering in
// multiqueue mode".

using System;
using System.Buffers.Binary;

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>
    /// Remembers on which pair the driver has sent a flow last. A flow that it has not sent goes to a pair by its hash,
    /// always the same one. The table has a fixed size; flows that share a row share its pair, which is a matter of
    /// speed and not of order.
    /// </summary>
    internal sealed class FlowSteering
    {
        /// <summary>
        /// The driver has sent a frame on a pair. The frame may lie where the guest can still change it: every offset is
        /// checked once and kept, so the worst that comes of it is another pair.
        /// </summary>
        public void Learn(ReadOnlySpan<byte> frame, int pair)
        {
            pairs[Hash(frame) % Rows] = (byte)(pair + 1);
        }

        /// <summary>The pair for a frame that comes in, of so many.</summary>
        public int Choose(ReadOnlySpan<byte> frame, int count)
        {
            if(frame.Length < NetLayout.EthernetHeaderSize)
            {
                return 0;
            }
            var hash = Hash(frame);
            var known = pairs[hash % Rows];
            return known != 0 ? known - 1 : (int)(hash % (uint)count);
        }

        // The same for both directions of a flow: both ends are added up. Where there is no TCP or UDP, the ends are
        // those of Ethernet.
        private static uint Hash(ReadOnlySpan<byte> frame)
        {
            unchecked
            {
                if(!PacketHeaders.TryFind(frame, out var headers))
                {
                    return Mix(Sum(frame.Slice(0, NetLayout.MacSize)) + Sum(frame.Slice(NetLayout.MacSize, NetLayout.MacSize)));
                }
                var size = headers.IsIpv6 ? 2 * sizeof(ulong) : sizeof(uint);
                var addresses = frame.Slice(headers.Network + (headers.IsIpv6 ? Ipv6Source : Ipv4Source));
                var ports = frame.Slice(headers.Transport);
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
            foreach(var value in bytes)
            {
                sum = unchecked(sum * 31 + value);
            }
            return sum;
        }

        // Spreads neighbours: the high bits of a product reach the low ones.
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
