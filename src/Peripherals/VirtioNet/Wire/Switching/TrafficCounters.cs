// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a port counts in one direction.

using System;

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>
    /// Counters since the port was connected or they were reset. Inwards: what the device has sent, and what of it was dropped on
    /// the link or by the switch. Outwards: what was delivered to it, and what was dropped on the way from the switch. A large
    /// packet counts as the frames that it becomes.
    /// </summary>
    public sealed class TrafficCounters
    {
        /// <summary>Frames that were dropped for this reason.</summary>
        public ulong DroppedBy(DropReason reason)
        {
            return dropped[(int)reason];
        }

        /// <summary>Sets all to 0.</summary>
        public void Reset()
        {
            Packets = Frames = Bytes = Duplicated = Corrupted = Reordered = 0;
            Array.Clear(dropped, 0, dropped.Length);
        }

        /// <summary>Packets, large ones as one.</summary>
        public ulong Packets { get; private set; }

        /// <summary>Frames that those packets are or become.</summary>
        public ulong Frames { get; private set; }

        /// <summary>Bytes of those frames, without check sequence.</summary>
        public ulong Bytes { get; private set; }

        /// <summary>Copies that the link has made.</summary>
        public ulong Duplicated { get; private set; }

        /// <summary>Packets that the link has changed.</summary>
        public ulong Corrupted { get; private set; }

        /// <summary>Packets that the link let overtake others.</summary>
        public ulong Reordered { get; private set; }

        /// <summary>Frames that were dropped, for whatever reason.</summary>
        public ulong Dropped
        {
            get
            {
                var sum = 0UL;
                foreach(var count in dropped)
                {
                    sum += count;
                }
                return sum;
            }
        }

        internal void Count(Packet packet)
        {
            Packets++;
            Frames += (ulong)packet.Offload.CountFrames(packet.Length);
            Bytes += (ulong)packet.Offload.CountBytes(packet.Length);
        }

        internal void CountEvents(LinkEvents passed)
        {
            if(passed == LinkEvents.None)
            {
                return;
            }
            Duplicated += (passed & LinkEvents.Duplicated) != 0 ? 1UL : 0UL;
            Corrupted += (passed & LinkEvents.Corrupted) != 0 ? 1UL : 0UL;
            Reordered += (passed & LinkEvents.Reordered) != 0 ? 1UL : 0UL;
        }

        internal void CountDrop(Packet packet, DropReason reason)
        {
            dropped[(int)reason] += (ulong)packet.Offload.CountFrames(packet.Length);
        }

        private readonly ulong[] dropped = new ulong[Enum.GetValues(typeof(DropReason)).Length];
    }
}
