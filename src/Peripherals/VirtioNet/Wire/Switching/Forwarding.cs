// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where a packet goes that has arrived at the switch. IEEE 802.1Q, 8.6 (forwarding) and 8.7 (learning).

using System;

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Finds a packet's VLAN, learns where its sender is, and lets it leave by the port of its receiver, or by all ports.</summary>
    internal sealed class Forwarding
    {
        public Forwarding(VirtualNetwork network, LinkTraffic links, AddressTable addresses, FrameMaker maker)
        {
            this.network = network;
            this.links = links;
            this.addresses = addresses;
            forms = new PacketForms(maker);
        }

        /// <summary>A packet has arrived from a port.</summary>
        public void Arrive(NetworkPort from, Packet packet)
        {
            var isCarried = from.Vlan.TryClassify(packet.Bytes, out var vlan);
            forms.Begin(packet, vlan);
            Mirror(from, TagForm.AsItCame);
            // A packet without room for addresses goes nowhere.
            if(packet.Length < Ethernet.HeaderSize)
            {
                links.Drop(from, PortDirection.In, packet, DropReason.Malformed);
            }
            else if(!from.IsConnected || !isCarried)
            {
                links.Drop(from, PortDirection.In, packet, isCarried ? DropReason.NoPort : DropReason.Vlan);
            }
            else
            {
                Learn(from, Ethernet.Source(packet.Bytes), vlan);
                Choose(from, packet, vlan);
            }
            forms.End();
        }

        /// <summary>
        /// True if what others send before this time cannot change where a packet goes that arrives at it, nor when it is there: its
        /// sender is at no other port, its receiver is known, or it goes to all, and the links out carry each packet as if it were alone.
        /// </summary>
        public bool IsSettled(NetworkPort from, Packet packet, ulong time)
        {
            if(packet.Length < Ethernet.HeaderSize || !from.Vlan.TryClassify(packet.Bytes, out var vlan)
                || (addresses.TryFind(vlan, Ethernet.Source(packet.Bytes), time, out var sender) && sender != from))
            {
                return false;
            }
            var destination = Ethernet.Destination(packet.Bytes);
            if(destination.IsGroup)
            {
                return Array.TrueForAll(network.Plugged, x => x == from ? x.MirroredTo == null : IsAtOnce(x));
            }
            return from.MirroredTo == null && addresses.TryFind(vlan, destination, time, out var receiver) && IsAtOnce(receiver);
        }

        /// <summary>Packets that went out of one port, because the address was known.</summary>
        public long Forwarded { get; private set; }

        /// <summary>Packets that went out of every port but the one they came in at.</summary>
        public long Flooded { get; private set; }

        private void Learn(NetworkPort from, MacAddress source, int vlan)
        {
            // What a mirror receives is not meant for it.
            var before = from.IsMirror ? null : addresses.Learn(vlan, source, from, network.Now);
            if(before == null)
            {
                return;
            }
            foreach(var observer in network.Watching)
            {
                observer.AddressAtTwoPorts(source, before, from, network.Now);
            }
        }

        private void Choose(NetworkPort from, Packet packet, int vlan)
        {
            // Group addresses are never learned, so packets to them go to all.
            if(!addresses.TryFind(vlan, Ethernet.Destination(packet.Bytes), network.Now, out var known))
            {
                Flood(from, packet, vlan);
            }
            else if(known == from)
            {
                links.Drop(from, PortDirection.In, packet, DropReason.NoPort);
            }
            else
            {
                Forwarded++;
                Leave(from, known, packet, vlan);
            }
        }

        private void Flood(NetworkPort from, Packet packet, int vlan)
        {
            Flooded++;
            if(!from.TryFlood(packet, network.Now))
            {
                links.Drop(from, PortDirection.In, packet, DropReason.Storm);
                return;
            }
            var hasReceiver = false;
            foreach(var port in network.Plugged)
            {
                if(port != from && !port.IsMirror && port.Vlan.Carries(vlan))
                {
                    hasReceiver = true;
                    Leave(from, port, packet, vlan);
                }
            }
            if(!hasReceiver)
            {
                links.Drop(from, PortDirection.In, packet, DropReason.NoPort);
            }
        }

        private void Leave(NetworkPort from, NetworkPort port, Packet packet, int vlan)
        {
            if(network.Groups.AreSeparated(from.Group, port.Group))
            {
                links.Drop(port, PortDirection.Out, packet, DropReason.Partition);
                return;
            }
            var form = port.Vlan.FormOf(vlan);
            links.Leave(port, forms, form);
            Mirror(port, form);
        }

        private void Mirror(NetworkPort port, TagForm form)
        {
            if(port.MirroredTo != null)
            {
                links.Leave(port.MirroredTo, forms, form);
            }
        }

        private static bool IsAtOnce(NetworkPort port)
        {
            return port.Out.Settings.IsAtOnce && port.MirroredTo == null;
        }

        private readonly VirtualNetwork network;
        private readonly LinkTraffic links;
        private readonly AddressTable addresses;
        private readonly PacketForms forms;
    }
}
