// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How much of what one sender has sent has not left yet. The packets themselves are with those of all senders, in Departures.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Time;

using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>The packets of a sender, which leave in the order in which they were sent, and are bounded. Any thread may add packets.</summary>
    internal sealed class WaitingPackets
    {
        /// <summary>Makes the place for a sender of the current emulation.</summary>
        public WaitingPackets(IDeparting owner)
        {
            Owner = owner;
            departures = Departures.Of(EmulationManager.Instance.CurrentEmulation);
            Number = departures.NextNumber();
        }

        /// <summary>Keeps a copy of a packet that was sent now. False if there is no room.</summary>
        public bool TryKeep(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            return departures.TryAdd(this, new Packet(packet.ToArray(), offload));
        }

        /// <summary>Forgets all packets.</summary>
        public void Clear()
        {
            departures.Forget(this);
        }

        /// <summary>
        /// For Departures: a packet is added at this time, to those that leave in this round. False if there is no room. The packets of
        /// earlier rounds have left.
        /// </summary>
        public bool TryCount(Packet packet, ulong itsRound, TimeInterval now)
        {
            if(round != itsRound)
            {
                round = itsRound;
                bytes = 0;
            }
            var cost = CostOf(packet);
            if(bytes + cost > MaxBytes)
            {
                return false;
            }
            bytes += cost;
            // Deferred work of a card runs on a thread whose virtual time may be ahead of the CPU's, and afterwards the CPU may send
            // at an earlier time. Such a packet gets the later time, so that packets leave in the order in which they were sent.
            if(now > Latest)
            {
                Latest = now;
            }
            return true;
        }

        /// <summary>For Departures: nothing waits.</summary>
        public void CountNone()
        {
            bytes = 0;
        }

        /// <summary>When the packet counts as sent that was added last.</summary>
        public TimeInterval Latest { get; private set; }

        /// <summary>Whose packets these are, and what lets them leave.</summary>
        public IDeparting Owner { get; }

        /// <summary>The sender's place among those that send at the same time.</summary>
        public int Number { get; }

        /// <summary>Most bytes that wait. A guest decides how much it sends between two points at which packets leave.</summary>
        public const int MaxBytes = 64 << 20;

        // Of the frames that it becomes, since those are the work that it makes.
        private static long CostOf(Packet packet)
        {
            return packet.Offload.CountBytes(packet.Length) + (long)CostOfFrame * packet.Offload.CountFrames(packet.Length);
        }

        private long bytes;
        private ulong round;

        private readonly Departures departures;

        // Bytes of objects around a frame's own, so that small frames are bounded too.
        private const int CostOfFrame = 128;
    }
}
