// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Events that wait for their time: a binary heap, the earliest first.

using System;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Adds and takes in a time that grows with the logarithm of their number. How many there may be is up to the ports' rooms.</summary>
    internal sealed class EventQueue
    {
        public void Add(in NetworkEvent added)
        {
            if(Count == events.Length)
            {
                Array.Resize(ref events, Math.Max(InitialSize, 2 * Count));
            }
            var place = Count;
            Count++;
            while(place > 0 && added.IsBefore(events[Parent(place)]))
            {
                events[place] = events[Parent(place)];
                place = Parent(place);
            }
            events[place] = added;
        }

        /// <summary>Takes the earliest; there has to be one.</summary>
        public NetworkEvent Take()
        {
            var first = events[0];
            Count--;
            var moved = events[Count];
            // Nothing keeps a packet alive that has left.
            events[Count] = default;
            if(Count > 0)
            {
                Sink(moved);
            }
            return first;
        }

        public void Clear()
        {
            Array.Clear(events, 0, Count);
            Count = 0;
        }

        /// <summary>True if there is an event at or before this time.</summary>
        public bool HasUntil(ulong time)
        {
            return Count > 0 && events[0].Time <= time;
        }

        /// <summary>The earliest; there has to be one.</summary>
        public ref readonly NetworkEvent First => ref events[0];

        public int Count { get; private set; }

        // The first place is free: moves what comes next up to it, level by level, and puts the event where it belongs.
        private void Sink(in NetworkEvent moved)
        {
            var place = 0;
            for(var child = 1; child < Count; child = 2 * place + 1)
            {
                if(child + 1 < Count && events[child + 1].IsBefore(events[child]))
                {
                    child++;
                }
                if(!events[child].IsBefore(moved))
                {
                    break;
                }
                events[place] = events[child];
                place = child;
            }
            events[place] = moved;
        }

        private static int Parent(int place)
        {
            return (place - 1) / 2;
        }

        private NetworkEvent[] events = Array.Empty<NetworkEvent>();

        private const int InitialSize = 16;
    }
}
