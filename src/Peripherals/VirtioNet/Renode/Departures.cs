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

using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>What sends, and lets one packet after the other leave.</summary>
    internal interface IDeparting
    {
        /// <summary>The packet leaves, which was sent at this time.</summary>
        void Leave(Packet packet, TimeInterval sent);
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
            lock(gate)
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

        /// <summary>A packet of the sender, sent now, is to leave. False if the sender has no room for it. Any thread may call.</summary>
        public bool TryAdd(WaitingPackets sender, Packet packet)
        {
            var now = Now;
            lock(gate)
            {
                if(!sender.TryCount(packet, rounds, now))
                {
                    return false;
                }
                var departure = new Departure(sender, packet, sender.Latest, added++);
                areInOrder &= waiting.Count == 0 || waiting[^1].CompareTo(departure) < 0;
                waiting.Add(departure);
                return true;
            }
        }

        /// <summary>What of the sender's packets still waits does not leave any more.</summary>
        public void Forget(WaitingPackets sender)
        {
            lock(gate)
            {
                waiting.RemoveAll(x => x.Sender == sender);
                sender.CountNone();
            }
        }

        /// <summary>From now on the network runs at each synchronisation of the emulation.</summary>
        public void Add(PacketNetwork network)
        {
            lock(gate)
            {
                networks = networks.Append(network).ToArray();
            }
        }

        /// <summary>The network runs no more.</summary>
        public void Remove(PacketNetwork network)
        {
            lock(gate)
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
            lock(gate)
            {
                if(waiting.Count == 0)
                {
                    return;
                }
                // Whoever sends while these leave adds to the other list, for the next round.
                (waiting, leaving) = (leaving, waiting);
                rounds++;
                if(!areInOrder)
                {
                    leaving.Sort();
                }
                areInOrder = true;
            }
            try
            {
                foreach(var departure in leaving)
                {
                    departure.Sender.Owner.Leave(departure.Packet, departure.Sent);
                }
            }
            finally
            {
                leaving.Clear();
            }
        }

        // Those that wait, as they usually are: then nothing has to be sorted.
        private bool areInOrder = true;
        private int numbers;
        private ulong added;
        // How often packets have left.
        private ulong rounds;
        private List<Departure> waiting = new List<Departure>();
        // Is empty unless packets leave at this moment.
        private List<Departure> leaving = new List<Departure>();
        // In the order in which they were made. Replaced as a whole, so that it can be gone through without the lock.
        private PacketNetwork[] networks = Array.Empty<PacketNetwork>();

        private readonly MasterTimeSource timeSource;
        private readonly object gate = new object();

        private static readonly object Making = new object();

        private const string NameInBag = "virtio-net departures";

        private readonly struct Departure : IComparable<Departure>
        {
            public Departure(WaitingPackets sender, Packet packet, TimeInterval sent, ulong number)
            {
                Sender = sender;
                Packet = packet;
                Sent = sent;
                this.number = number;
            }

            public int CompareTo(Departure other)
            {
                var byTime = Sent.CompareTo(other.Sent);
                var bySender = Sender.Number.CompareTo(other.Sender.Number);
                return byTime != 0 ? byTime : bySender != 0 ? bySender : number.CompareTo(other.number);
            }

            public WaitingPackets Sender { get; }

            public Packet Packet { get; }

            public TimeInterval Sent { get; }

            private readonly ulong number;
        }
    }
}
