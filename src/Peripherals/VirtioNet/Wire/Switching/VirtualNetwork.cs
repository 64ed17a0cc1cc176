// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A network: a learning switch whose ports have links, and the events that are to come. IEEE 802.1Q, 8.6 (forwarding).

using System;
using System.Collections.Generic;
using System.Linq;

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>
    /// A packet is sent at a port, passes the port's link inwards, arrives at the switch, and passes the link of each port that
    /// it leaves by. All of this happens in <see cref="Run(ulong)"/>, in the order (time, number of the port, order at the
    /// port), whatever the order in which ports were handed their packets. What a device sends while it receives waits for the
    /// next run, so that an answer that answers itself is no endless run (H-75). A port gets a packet whole if it takes it so; for
    /// all others it is finished once, and everybody shares it.
    /// <para>It has no thread and no clock; its state is plain data. Not for several threads at once.</para>
    /// </summary>
    public sealed class VirtualNetwork
    {
        /// <summary>
        /// Makes a network. Each link derives its randomness of the seed and its own name. Each port may have so many frames and
        /// bytes on the way in, and as many on the way out.
        /// </summary>
        public VirtualNetwork(string name, ulong seed, int maxFrames = DefaultMaxFrames, int maxBytes = DefaultMaxBytes)
        {
            Name = name;
            this.seed = seed;
            MaxFrames = maxFrames;
            MaxBytes = maxBytes;
            var maker = new FrameMaker();
            links = new LinkTraffic(this, maker);
            forwarding = new Forwarding(this, links, addresses, maker);
        }

        /// <summary>Connects a device. Throws if another port has the name, since their links would draw the same random numbers.</summary>
        public NetworkPort Connect(string name, IPacketPort device)
        {
            if(Find(name) != null)
            {
                throw new ArgumentException($"the network {Name} has a port {name} already: give each port a name of its own");
            }
            var port = new NetworkPort(this, name, connected, device, seed);
            connected++;
            ports = ports.Append(port).ToArray();
            return port;
        }

        /// <summary>Disconnects a device. What is on its way to or from it is dropped when its time comes.</summary>
        public void Disconnect(NetworkPort port)
        {
            if(!Has(port))
            {
                return;
            }
            port.Disconnect();
            ports = ports.Where(x => x != port).ToArray();
            foreach(var other in ports.Where(x => x.MirroredTo == port))
            {
                other.MirroredTo = null;
            }
            addresses.Forget(port);
            MirrorsChanged();
        }

        /// <summary>The port with this name, or null.</summary>
        public NetworkPort? Find(string name)
        {
            return Array.Find(ports, x => string.Equals(x.Name, name, StringComparison.Ordinal));
        }

        /// <summary>Handles all events up to and at a time, in their order. False if there were none.</summary>
        public bool Run(ulong until)
        {
            return Run(until, until);
        }

        /// <summary>As <see cref="Run(ulong, ulong, ulong)"/>, if nothing is changed up to the horizon.</summary>
        public bool Run(ulong until, ulong horizon)
        {
            return Run(until, horizon, horizon);
        }

        /// <summary>
        /// As <see cref="Run(ulong)"/>; and announces to devices that schedule what is due for them after this time, up to the
        /// horizon, which is when the network is run next. Every packet up to <paramref name="until"/> has to have been sent; one
        /// that is sent later with a time before it counts as sent at it. So that nothing that a slow link carries is late,
        /// packets that come to the switch up to the horizon are sent on already, unless what is not sent yet may come before them, or
        /// settings are changed after <paramref name="unchanged"/>.
        /// </summary>
        public bool Run(ulong until, ulong horizon, ulong unchanged)
        {
            // A device runs the network while it receives.
            if(isRunning)
            {
                return false;
            }
            isRunning = true;
            var hasEvents = false;
            try
            {
                pending.TakeSent(Now);
                while(pending.TryTake(until, out var next))
                {
                    hasEvents = true;
                    Now = next.Time;
                    Handle(next);
                }
                Now = Math.Max(Now, until);
                LookAhead(Math.Min(horizon, unchanged));
            }
            finally
            {
                pending.KeepRest();
                isRunning = false;
            }
            foreach(var port in ports)
            {
                port.Announce(Math.Max(Now, horizon));
            }
            return hasEvents;
        }

        /// <summary>Name of the network.</summary>
        public string Name { get; }

        /// <summary>The time up to which it has run; in a run, that of the event which happens.</summary>
        public ulong Now { get; private set; }

        /// <summary>When the next event happens; null if nothing is on the way.</summary>
        public ulong? NextEvent => pending.Next(Now);

        /// <summary>The ports, in the order of their numbers.</summary>
        public IReadOnlyList<NetworkPort> Ports => ports;

        /// <summary>What is known of who is where.</summary>
        public IReadOnlyList<LearnedAddress> Addresses => addresses.ToList();

        /// <summary>Partitions.</summary>
        public PortGroups Groups { get; } = new PortGroups();

        /// <summary>Who sees what happens.</summary>
        public IList<INetworkObserver> Observers => observers;

        /// <summary>Who acts on what comes, before it passes; or nobody.</summary>
        public IPacketWatch? Watch { get; set; }

        /// <summary>Packets that went out of one port, because the address was known.</summary>
        public long Forwarded => forwarding.Forwarded;

        /// <summary>Packets that went out of every port but the one they came in at.</summary>
        public long Flooded => forwarding.Flooded;

        /// <summary>Most frames that a port has on the way in, and out.</summary>
        public int MaxFrames { get; }

        /// <summary>Most bytes that a port has on the way in, and out; one packet alone may have more.</summary>
        public int MaxBytes { get; }

        /// <summary>Usual number of frames: those of a quantum of 10 ms with the shortest frames at 4 Gbit/s.</summary>
        public const int DefaultMaxFrames = 65_536;

        /// <summary>Usual number of bytes: those of half a second at 1 Gbit/s.</summary>
        public const int DefaultMaxBytes = 64 << 20;

        /// <summary>A device has sent a packet, which waits for the next run.</summary>
        internal void Add(in NetworkEvent packet)
        {
            pending.AddSent(packet);
        }

        /// <summary>In a run: what comes to the switch or to receivers, now or later.</summary>
        internal PendingEvents Pending => pending;

        /// <summary>A packet comes out of the link from its device.</summary>
        internal void Arrive(NetworkPort port, Packet packet)
        {
            forwarding.Arrive(port, packet);
        }

        internal void Refuse(NetworkPort port, Packet packet)
        {
            if(isRunning)
            {
                links.Drop(port, PortDirection.Out, packet, DropReason.Refused);
                return;
            }
            port.Received.CountDrop(packet, DropReason.Refused);
        }

        internal void Forget(NetworkPort port)
        {
            addresses.Forget(port);
        }

        internal bool Has(NetworkPort port)
        {
            return Array.IndexOf(ports, port) >= 0;
        }

        internal void MirrorsChanged()
        {
            foreach(var port in ports)
            {
                port.IsMirror = Array.Exists(ports, x => x.MirroredTo == port);
                if(port.IsMirror)
                {
                    addresses.Forget(port);
                }
            }
        }

        /// <summary>The ports and observers, without an enumerator for each packet.</summary>
        internal NetworkPort[] Plugged => ports;

        internal List<INetworkObserver> Watching => observers;

        /// <summary>True while packets are sent on which come to the switch after the run; nothing is delivered meanwhile.</summary>
        internal bool IsAhead { get; private set; }

        internal string OtherNames(NetworkPort port)
        {
            return string.Join(", ", ports.Where(x => x != port).Select(x => x.Name));
        }

        // A link to the switch that takes a quantum or more makes known already what comes to the switch in the next one. In the order
        // of their times, up to the first that cannot be sent on yet.
        private void LookAhead(ulong limit)
        {
            var arrivals = pending.Arrivals;
            if(!arrivals.HasUntil(limit))
            {
                return;
            }
            var reached = Now;
            // Nobody sends anything any more if all have been disconnected.
            var unknown = ulong.MaxValue;
            foreach(var port in ports)
            {
                unknown = Math.Min(unknown, port.EarliestUnknown(reached));
            }
            IsAhead = true;
            try
            {
                while(arrivals.HasUntil(limit) && (arrivals.First.Time < unknown || MayGoAhead(arrivals.First, reached)))
                {
                    var next = arrivals.Take();
                    Now = next.Time;
                    Handle(next);
                }
            }
            finally
            {
                IsAhead = false;
                Now = reached;
            }
        }

        // Others may still send what comes to the switch before it. That changes nothing for this packet if its way is known, and the
        // link out carries each packet as if it were alone.
        private bool MayGoAhead(in NetworkEvent arrival, ulong reached)
        {
            return arrival.Time < arrival.Port.EarliestUnknown(reached) && forwarding.IsSettled(arrival.Port, arrival.Packet, arrival.Time);
        }

        private void Handle(in NetworkEvent next)
        {
            var (port, packet) = (next.Port, next.Packet);
            switch(next.Kind)
            {
            case NetworkEventKind.Sent:
                port.InRoom.Give(packet.Length, packet.Offload);
                links.Enter(port, packet);
                break;
            case NetworkEventKind.Arrived:
                port.InRoom.Give(packet.Length, packet.Offload);
                port.OnTheWayIn--;
                forwarding.Arrive(port, packet);
                break;
            default:
                port.OutRoom.Give(packet.Length, packet.Offload);
                port.OnTheWayOut--;
                links.Deliver(port, new LinkOutcome(next.Entered, next.Time, packet, next.Passed, DropReason.None), port.TryTake(next));
                break;
            }
        }

        private bool isRunning;
        // The number of the next port.
        private int connected;
        // Replaced as a whole, so that who goes through it may connect and disconnect.
        private NetworkPort[] ports = Array.Empty<NetworkPort>();

        private readonly ulong seed;
        private readonly LinkTraffic links;
        private readonly Forwarding forwarding;
        private readonly AddressTable addresses = new AddressTable();
        private readonly PendingEvents pending = new PendingEvents();
        private readonly List<INetworkObserver> observers = new List<INetworkObserver>();
    }
}
