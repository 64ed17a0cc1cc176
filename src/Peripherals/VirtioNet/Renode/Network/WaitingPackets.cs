// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What one sender has sent and what has not left yet.

using System;
using System.Collections.Generic;

using Antmicro.Renode.Core;
using Antmicro.Renode.Time;

using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Keeps packets in their order, up to a bound, and tells Departures when each of them was sent. Any thread may add packets.</summary>
    internal sealed class WaitingPackets
    {
        /// <summary>Makes the place for a sender of the current emulation.</summary>
        public WaitingPackets(IDeparting sender)
        {
            this.sender = sender;
            departures = Departures.Of(EmulationManager.Instance.CurrentEmulation);
            Number = departures.NextNumber();
        }

        /// <summary>Keeps a copy of a packet that was sent now. False if there is no room.</summary>
        public bool TryKeep(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            var cost = CostOf(packet.Length, offload);
            lock(packets)
            {
                if(bytes + cost > MaxBytes)
                {
                    return false;
                }
                packets.Enqueue(new Packet(packet.ToArray(), offload));
                bytes += cost;
                // Deferred work of a card runs on a thread whose virtual time may be ahead of the CPU's, and afterwards the CPU may send
                // at an earlier time. Such a packet gets the later time, so that packets leave in the order in which they were sent.
                var now = departures.Now;
                if(now > latest)
                {
                    latest = now;
                }
                departures.Add(sender, latest);
                return true;
            }
        }

        /// <summary>Takes the packet that has waited longest. False if there is none.</summary>
        public bool TryTake(out Packet packet)
        {
            lock(packets)
            {
                if(!packets.TryDequeue(out packet!))
                {
                    return false;
                }
                bytes -= CostOf(packet.Length, packet.Offload);
                return true;
            }
        }

        /// <summary>Forgets all packets.</summary>
        public void Clear()
        {
            lock(packets)
            {
                packets.Clear();
                bytes = 0;
            }
        }

        /// <summary>The sender's place among those that send at the same time.</summary>
        public int Number { get; }

        /// <summary>Most bytes that wait. A guest decides how much it sends between two points at which packets leave.</summary>
        public const int MaxBytes = 64 << 20;

        // Of the frames that it becomes, since those are the work that it makes.
        private static long CostOf(int length, in PacketOffload offload)
        {
            return offload.CountBytes(length) + (long)CostOfFrame * offload.CountFrames(length);
        }

        private long bytes;
        private TimeInterval latest;

        private readonly IDeparting sender;
        private readonly Departures departures;
        private readonly Queue<Packet> packets = new Queue<Packet>();

        // Bytes of objects around a frame's own, so that small frames are bounded too.
        private const int CostOfFrame = 128;
    }
}
