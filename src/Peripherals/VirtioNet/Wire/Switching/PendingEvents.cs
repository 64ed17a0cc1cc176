// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// All that is to happen in a network: in the order of its events, whatever the order in which it was told of them.

using System;
using System.Collections.Generic;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Gives the earliest event. What was sent since a run began is not among them before the next run.</summary>
    internal sealed class PendingEvents
    {
        /// <summary>A device has sent a packet.</summary>
        public void AddSent(in NetworkEvent packet)
        {
            sent.Add(packet);
        }

        /// <summary>
        /// A run begins at this time: what was sent is a part of it. A time that is past counts as now. Usually all was handed over in
        /// its order, and nothing has to be sorted.
        /// </summary>
        public void TakeSent(ulong now)
        {
            (sent, batch) = (batch, sent);
            var isInOrder = true;
            for(var i = 0; i < batch.Count; i++)
            {
                var item = batch[i];
                if(item.Time < now)
                {
                    batch[i] = new NetworkEvent(now, item.Port, item.Sequence, item.Kind, item.Packet);
                }
                isInOrder &= i == 0 || batch[i - 1].IsBefore(batch[i]);
            }
            if(!isInOrder)
            {
                batch.Sort((x, y) => x.IsBefore(y) ? -1 : y.IsBefore(x) ? 1 : 0);
            }
        }

        /// <summary>The run ends. What was sent with a later time is left, and all if a device has thrown.</summary>
        public void KeepRest()
        {
            for(; taken < batch.Count; taken++)
            {
                Deliveries.Add(batch[taken]);
            }
            batch.Clear();
            taken = 0;
        }

        /// <summary>Takes the earliest event at or before a time. False if there is none.</summary>
        public bool TryTake(ulong until, out NetworkEvent next)
        {
            var queue = Arrivals.Count > 0 && (Deliveries.Count == 0 || Arrivals.First.IsBefore(Deliveries.First)) ? Arrivals : Deliveries;
            if(taken < batch.Count && (queue.Count == 0 || batch[taken].IsBefore(queue.First)))
            {
                next = batch[taken];
                taken += next.Time <= until ? 1 : 0;
                return next.Time <= until;
            }
            var isThere = queue.HasUntil(until);
            next = isThere ? queue.Take() : default;
            return isThere;
        }

        /// <summary>When the earliest event happens, if what was sent is a part of it; null if there is none.</summary>
        public ulong? Next(ulong now)
        {
            ulong? first = null;
            void Look(ulong time) => first = first < time ? first : time;

            if(Deliveries.Count > 0)
            {
                Look(Deliveries.First.Time);
            }
            if(Arrivals.Count > 0)
            {
                Look(Arrivals.First.Time);
            }
            foreach(var item in sent)
            {
                Look(Math.Max(item.Time, now));
            }
            return first;
        }

        /// <summary>What comes to receivers, and what was sent with a time that is still to come.</summary>
        public EventQueue Deliveries { get; } = new EventQueue();

        /// <summary>What comes to the switch.</summary>
        public EventQueue Arrivals { get; } = new EventQueue();

        private List<NetworkEvent> sent = new List<NetworkEvent>();
        // In a run: what was sent before it, of which so many were taken.
        private List<NetworkEvent> batch = new List<NetworkEvent>();
        private int taken;
    }
}
