// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// When frames leave the cards and ports of an emulation.
//
// A frame never leaves inside of the access that made the card send it. Renode's bus holds a lock around an access, and in
// SynchronizedTimers mode the network calls the receiver at once, on the thread that sends: in this way a guest could make
// two machines wait for each other for ever. Instead, the frame is stamped with the virtual time of its sender, and waits until
// no CPU of the emulation runs: Renode's time source then calls SinksReportedHook, on its own thread, with no lock held, and
// just before it delivers what is due at this point of time. A frame that is given to a switch in the hook is stamped with
// this same point, so it still arrives there: a hop costs no more time than if the frame had left at once.
//
// All waiting frames leave together, ordered by (time, sender, order of sending), so the order does not depend on which of the
// host's threads was first. Then the networks of our own run, which have been handed their packets in this way: nothing that was
// sent up to this point of time can be missing.

using System;
using System.Collections.Generic;
using System.Linq;

using Antmicro.Migrant;
using Antmicro.Migrant.Hooks;
using Antmicro.Renode.Core;
using Antmicro.Renode.Time;
using Antmicro.Renode.Utilities;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>What sends, and lets one packet after the other leave.</summary>
    internal interface IDeparting
    {
        /// <summary>The packet that has waited longest leaves; it was sent at this time. Nothing happens if there is none any more.</summary>
        void Leave(TimeInterval sent);

        /// <summary>Its place among those that send at the same time.</summary>
        int Number { get; }
    }

    /// <summary>The packets of one emulation that have been sent and have not left yet, and the networks that they go to.</summary>
    internal sealed class Departures
    {
        /// <summary>The departures of an emulation; the same for every caller. A snapshot keeps them with the emulation.</summary>
        public static Departures Of(Emulation emulation)
        {
            lock(Making)
            {
                if(!emulation.TryGetFromBag<Departures>(NameInBag, out var found))
                {
                    found = new Departures(emulation.MasterTimeSource);
                    emulation.AddOrUpdateInBag(NameInBag, found);
                }
                return found;
            }
        }

        /// <summary>A number for a new sender. Of two frames that were sent at the same time, that of the lower number leaves first.</summary>
        public int NextNumber()
        {
            lock(waiting)
            {
                return numbers++;
            }
        }

        /// <summary>
        /// The virtual time of the calling thread. For a thread that is outside of virtual time, as that of a virtual machine, it is the time
        /// that the emulation has reached.
        /// </summary>
        public TimeInterval Now
        {
            get
            {
                var stamp = TimeDomainsManager.Instance.GetEffectiveVirtualTimeStamp();
                return stamp.Domain == timeSource.Domain ? stamp.TimeElapsed : timeSource.ElapsedVirtualTime;
            }
        }

        /// <summary>A packet of the sender, sent at this time, is to leave. The times of one sender never go back.</summary>
        public void Add(IDeparting sender, TimeInterval sent)
        {
            lock(waiting)
            {
                var departure = new Departure(sender, sent, waiting.Count);
                areInOrder &= waiting.Count == 0 || waiting[^1].CompareTo(departure) < 0;
                waiting.Add(departure);
            }
        }

        /// <summary>From now on the network runs at each synchronisation of the emulation.</summary>
        public void Add(PacketNetwork network)
        {
            lock(waiting)
            {
                networks = networks.Append(network).ToArray();
            }
        }

        /// <summary>The network runs no more.</summary>
        public void Remove(PacketNetwork network)
        {
            lock(waiting)
            {
                networks = networks.Where(x => x != network).ToArray();
            }
        }

        /// <summary>How fast virtual time goes.</summary>
        public Pace Pace { get; }

        private Departures(MasterTimeSource timeSource)
        {
            this.timeSource = timeSource;
            Pace = new Pace(timeSource);
            Watch();
        }

        // A snapshot keeps the subscribers of this event, unlike those of a machine's events. LetGo is removed first, so that it is
        // subscribed once whether this Renode has kept it or not.
        [PostDeserialization]
        private void Watch()
        {
            timeSource.SinksReportedHook -= LetGo;
            timeSource.SinksReportedHook += LetGo;
        }

        private void LetGo()
        {
            // The hook is also called while a CPU is stopped in the middle of its time, for example at a breakpoint. No frame leaves
            // then, because that CPU may still send one that has an earlier time.
            if(timeSource.ElapsedVirtualTime < timeSource.NearestSyncPoint)
            {
                return;
            }
            Pace.Note();
            LetWaitingGo();
            // A frame that has left by a switch of Renode's may have come into a network by an uplink meanwhile.
            LetWaitingGo();
            var now = timeSource.ElapsedVirtualTime;
            foreach(var network in networks)
            {
                network.Run(now.TotalNanoseconds, (now + timeSource.Quantum).TotalNanoseconds);
            }
        }

        private void LetWaitingGo()
        {
            Departure[] leaving;
            bool isInOrder;
            lock(waiting)
            {
                if(waiting.Count == 0)
                {
                    return;
                }
                leaving = waiting.ToArray();
                isInOrder = areInOrder;
                waiting.Clear();
                areInOrder = true;
            }
            if(!isInOrder)
            {
                Array.Sort(leaving);
            }
            foreach(var departure in leaving)
            {
                departure.Sender.Leave(departure.Sent);
            }
        }

        // Those that wait, as they usually are: then nothing has to be sorted.
        private bool areInOrder = true;
        private int numbers;
        // In the order in which they were made. Replaced as a whole, so that it can be gone through without the lock.
        private PacketNetwork[] networks = Array.Empty<PacketNetwork>();

        private readonly MasterTimeSource timeSource;
        private readonly List<Departure> waiting = new List<Departure>();

        private static readonly object Making = new object();

        private const string NameInBag = "virtio-net departures";

        private readonly struct Departure : IComparable<Departure>
        {
            public Departure(IDeparting sender, TimeInterval sent, int number)
            {
                Sender = sender;
                Sent = sent;
                this.number = number;
            }

            public int CompareTo(Departure other)
            {
                var byTime = Sent.CompareTo(other.Sent);
                var bySender = Sender.Number.CompareTo(other.Sender.Number);
                return byTime != 0 ? byTime : bySender != 0 ? bySender : number.CompareTo(other.number);
            }

            public IDeparting Sender { get; }

            public TimeInterval Sent { get; }

            private readonly int number;
        }
    }
}
