// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// An Ethernet switch that learns which address is at which port. IEEE 802.1Q, 8.6 and 8.7: forwarding and learning.

using System;
using System.Collections.Generic;

namespace VirtioNet.Wire
{
    /// <summary>
    /// Only keeps the packets that a device sends, and delivers them in <see cref="DeliverWaiting"/>: otherwise a packet that comes
    /// back to its sender, or devices that answer each other, would call receive inside transmit without end (H-75). A port gets
    /// a packet with work left as it is if its Offloads say so; for all others the packet is finished once. All receivers
    /// share the same packet. Not for several threads at once.
    /// </summary>
    public sealed class LearningSwitch
    {
        /// <summary>Makes a switch in which each port may have so many frames and bytes waiting.</summary>
        public LearningSwitch(int maxFrames = PacketOutbox.MaxFrames, int maxBytes = PacketOutbox.MaxBytes)
        {
            this.maxFrames = maxFrames;
            this.maxBytes = maxBytes;
        }

        /// <summary>Plugs a device in, and returns the sink that the device is to send to.</summary>
        public IPacketSink Connect(IPacketPort device)
        {
            var port = new Port(this, device);
            ports.Add(port);
            return port;
        }

        /// <summary>Delivers what waits now; what comes in meanwhile waits for the next call. False if nothing waited.</summary>
        public bool DeliverWaiting()
        {
            var count = waiting.Count;
            for(var i = 0; i < count; i++)
            {
                var (port, packet) = waiting.Dequeue();
                port.Left(packet);
                Deliver(port, packet);
            }
            return count > 0;
        }

        /// <summary>If set, sees every packet as finished frames, once, before it is delivered: the place of a capture.</summary>
        public Action<Packet>? Monitor { get; set; }

        /// <summary>Packets that went out of one port, because the address was known.</summary>
        public long Forwarded { get; private set; }

        /// <summary>Packets that went out of every port but the one they came in at.</summary>
        public long Flooded { get; private set; }

        private void Deliver(Port from, Packet packet)
        {
            // A packet too short for two addresses goes nowhere.
            if(packet.Length < Ethernet.HeaderSize)
            {
                return;
            }
            Learn(from, Ethernet.Source(packet.Bytes));
            whole.Clear();
            cut.Clear();
            Choose(from, packet);
            Finish(packet);
            foreach(var device in whole)
            {
                device.Receive(packet);
            }
        }

        private void Learn(Port from, MacAddress source)
        {
            if(!source.IsGroup && (learned.Count < MaxLearned || learned.ContainsKey(source)))
            {
                learned[source] = from;
            }
        }

        private void Choose(Port from, Packet packet)
        {
            var target = Ethernet.Destination(packet.Bytes);
            if(!target.IsGroup && learned.TryGetValue(target, out var known))
            {
                // If the target is at the port that the packet came from, it has got the packet there already.
                if(known != from)
                {
                    Forwarded++;
                    Add(known, packet);
                }
                return;
            }
            Flooded++;
            foreach(var port in ports)
            {
                if(port != from)
                {
                    Add(port, packet);
                }
            }
        }

        private void Add(Port port, Packet packet)
        {
            (packet.IsFinished || port.Device.Offloads.Take(packet.Length, packet.Offload) ? whole : cut).Add(port.Device);
        }

        private void Finish(Packet packet)
        {
            if(packet.IsFinished)
            {
                Monitor?.Invoke(packet);
                return;
            }
            if(Monitor == null && cut.Count == 0)
            {
                return;
            }
            foreach(var bytes in offload.Finish(packet.Bytes, packet.Offload))
            {
                var frame = new Packet(bytes.ToArray(), new PacketOffload { ChecksumIsGood = true });
                Monitor?.Invoke(frame);
                foreach(var device in cut)
                {
                    device.Receive(frame);
                }
            }
        }

        // Who gets the packet that is being delivered: as it is, or as finished frames.
        private readonly List<IPacketPort> whole = new List<IPacketPort>();
        private readonly List<IPacketPort> cut = new List<IPacketPort>();

        private readonly List<Port> ports = new List<Port>();
        private readonly Queue<(Port From, Packet Packet)> waiting = new Queue<(Port, Packet)>();
        private readonly Dictionary<MacAddress, Port> learned = new Dictionary<MacAddress, Port>();
        private readonly SoftwareOffload offload = new SoftwareOffload();
        private readonly int maxFrames;
        private readonly int maxBytes;

        // Packets to further addresses are flooded, so that a sender of invented addresses cannot make the table grow without end.
        private const int MaxLearned = 8192;

        private sealed class Port : IPacketSink
        {
            public Port(LearningSwitch network, IPacketPort device)
            {
                this.network = network;
                Device = device;
                room = new PacketRoom(network.maxFrames, network.maxBytes);
            }

            public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
            {
                if(!room.TryTake(packet.Length, offload))
                {
                    return false;
                }
                network.waiting.Enqueue((this, new Packet(packet.ToArray(), offload)));
                return true;
            }

            public void Left(Packet packet)
            {
                room.Give(packet.Length, packet.Offload);
            }

            public IPacketPort Device { get; }

            private PacketRoom room;
            private readonly LearningSwitch network;
        }
    }
}
