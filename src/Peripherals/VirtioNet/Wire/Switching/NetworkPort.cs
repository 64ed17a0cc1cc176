// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A place where a device is connected to a network: a link in each direction, what the switch does here, and counters.

using System;

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>
    /// What a device sends waits here until the network runs, and is bounded by the port's room, as is what waits for the
    /// device. Not for several threads at once, but for <see cref="Deliver"/>.
    /// </summary>
    public sealed class NetworkPort : IPacketSink
    {
        internal NetworkPort(VirtualNetwork network, string name, int number, IPacketPort device, ulong seed)
        {
            this.network = network;
            Name = name;
            Number = number;
            Device = device;
            scheduled = device as IScheduledPort;
            Group = name;
            In = new Link(seed, name + " in");
            Out = new Link(seed, name + " out");
            inRoom = new PacketRoom(network.MaxFrames, network.MaxBytes);
            outRoom = new PacketRoom(network.MaxFrames, network.MaxBytes);
        }

        /// <summary>
        /// The device sends a packet at a time in virtual nanoseconds. Nothing happens before the network's next run. False if
        /// there is no room: the sender keeps it. A packet of a port that is no longer connected is taken, and counted as dropped.
        /// </summary>
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload, ulong time)
        {
            if(!inRoom.TryTake(packet.Length, offload))
            {
                return false;
            }
            network.Add(new NetworkEvent(time, this, TakeSequence(), NetworkEventKind.Sent, new Packet(packet.ToArray(), offload)));
            return true;
        }

        /// <inheritdoc/>
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            return TrySend(packet, offload, network.Now);
        }

        /// <summary>
        /// As <see cref="TrySend(ReadOnlySpan{byte}, in PacketOffload, ulong)"/>, for senders that keep nothing: without room, the
        /// packet is counted as dropped.
        /// </summary>
        public void Send(Packet packet, ulong time)
        {
            if(inRoom.TryTake(packet.Length, packet.Offload))
            {
                network.Add(new NetworkEvent(time, this, TakeSequence(), NetworkEventKind.Sent, packet));
                return;
            }
            Sent.Count(packet);
            Sent.CountDrop(packet, DropReason.QueueFull);
        }

        /// <summary>
        /// For an <see cref="IScheduledPort"/>, whose time has come to what was announced: delivers what is due at or before this
        /// time, and announces the next time up to the last run's horizon. What is not due yet, or was delivered by a run, stays
        /// where it is. Devices may call it on threads of their own, all at once, while the network does not run; what they send meanwhile is
        /// to be handed over later, when nothing else runs.
        /// </summary>
        public void Deliver(ulong time)
        {
            while(due.HasUntil(Math.Min(time, horizon)))
            {
                scheduled!.Receive(due.Take().Packet);
            }
            Announce(horizon);
        }

        /// <summary>
        /// The device could do nothing with a packet that it has received, such as an edge to another network that takes no such
        /// frame. Counted in addition, and shown to observers if the network runs.
        /// </summary>
        public void Refuse(Packet packet)
        {
            network.Refuse(this, packet);
        }

        /// <summary>
        /// When the next packet is due that a scheduled device has been told of, and has not taken; null if there is none. Who has
        /// forgotten what was announced, as after a snapshot was loaded, asks here.
        /// </summary>
        public ulong? Announced => due.HasUntil(horizon) ? due.First.Time : (ulong?)null;

        /// <summary>The name, of which the links derive theirs.</summary>
        public string Name { get; }

        /// <summary>The order of connection. Of two events at the same time, that of the lower number is first.</summary>
        public int Number { get; }

        /// <summary>What is connected.</summary>
        public IPacketPort Device { get; }

        /// <summary>From the device to the switch.</summary>
        public Link In { get; }

        /// <summary>From the switch to the device.</summary>
        public Link Out { get; }

        /// <summary>What the device has sent.</summary>
        public TrafficCounters Sent { get; } = new TrafficCounters();

        /// <summary>What was delivered to the device.</summary>
        public TrafficCounters Received { get; } = new TrafficCounters();

        /// <summary>False once the port was disconnected.</summary>
        public bool IsConnected { get; internal set; } = true;

        /// <summary>The VLANs that the port carries.</summary>
        public PortVlan Vlan
        {
            get => vlan;
            set
            {
                vlan = value;
                // They were learned in VLANs that the port may have no more.
                network.Forget(this);
            }
        }

        /// <summary>Where a copy of all packets of this port goes, those that come in and those that go out. That port gets nothing else.</summary>
        public NetworkPort? MirroredTo
        {
            get => mirroredTo;
            set
            {
                if(value == this || (value != null && !network.Has(value)))
                {
                    throw new ArgumentException($"a port can be mirrored to another one of its network: choose one of {network.OtherNames(this)}");
                }
                mirroredTo = value;
                network.MirrorsChanged();
            }
        }

        /// <summary>Most frames in a second that the switch sends on from here to all ports; 0: no limit.</summary>
        public ulong StormLimit { get; set; }

        /// <summary>The group, for partitions. At first it is the port's name.</summary>
        public string Group { get; set; }

        /// <summary>Learned addresses at this port.</summary>
        public int AddressCount { get; internal set; }

        /// <summary>True if another port is mirrored to this one.</summary>
        public bool IsMirror { get; internal set; }

        internal ulong TakeSequence()
        {
            var taken = sequence;
            sequence++;
            return taken;
        }

        /// <summary>Tells a scheduled device when it has something to deliver, if that is not after the horizon.</summary>
        internal void Announce(ulong upTo)
        {
            horizon = upTo;
            if(due.HasUntil(upTo))
            {
                scheduled!.Announce(this, due.First.Time);
            }
        }

        /// <summary>Keeps a delivery that is to come, so that a device which schedules can take it at its time.</summary>
        internal void Keep(in NetworkEvent delivery)
        {
            if(scheduled != null)
            {
                due.Add(delivery);
            }
        }

        /// <summary>The network has come to a delivery. False if the device has taken it by itself.</summary>
        internal bool TryTake(in NetworkEvent delivery)
        {
            if(scheduled == null)
            {
                return true;
            }
            var isThere = due.Count > 0 && due.First.Sequence == delivery.Sequence;
            if(isThere)
            {
                due.Take();
            }
            return isThere;
        }

        internal void Disconnect()
        {
            IsConnected = false;
            mirroredTo = null;
            due.Clear();
        }

        /// <summary>When a packet can come to the switch at the earliest that the device has not sent yet at a time.</summary>
        internal ulong EarliestUnknown(ulong now)
        {
            return now + In.Settings.LeastDelay;
        }

        internal bool TryFlood(Packet packet, ulong time)
        {
            return storm.TryTake(packet.Offload.CountFrames(packet.Length), time, StormLimit);
        }

        /// <summary>The room of a packet on its way into the network.</summary>
        internal ref PacketRoom InRoom => ref inRoom;

        /// <summary>The room of a packet on its way to the device.</summary>
        internal ref PacketRoom OutRoom => ref outRoom;

        /// <summary>Packets that have a time to come at the switch.</summary>
        internal int OnTheWayIn { get; set; }

        /// <summary>Packets that have a time to come at the device.</summary>
        internal int OnTheWayOut { get; set; }

        private PortVlan vlan = PortVlan.None;
        private NetworkPort? mirroredTo;
        private StormMeter storm;
        private PacketRoom inRoom;
        private PacketRoom outRoom;
        private ulong sequence;
        // Until when the device was told to take packets by itself.
        private ulong horizon;

        private readonly VirtualNetwork network;
        private readonly IScheduledPort? scheduled;
        // What a scheduled device may take by itself, in the order in which the network has it too.
        private readonly EventQueue due = new EventQueue();
    }
}
