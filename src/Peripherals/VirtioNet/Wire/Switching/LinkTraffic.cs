// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What passes the links of ports: from a device to the switch, and from the switch to a device.

using System;
using System.Collections.Generic;

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Gives packets to links in the shape that they want, and does what comes of them: at once, at a later time, or never.</summary>
    internal sealed class LinkTraffic
    {
        public LinkTraffic(VirtualNetwork network, FrameMaker maker)
        {
            this.network = network;
            this.maker = maker;
        }

        /// <summary>The device has sent a packet: into its link.</summary>
        public void Enter(NetworkPort port, Packet packet)
        {
            network.Watch?.Comes(port, PortDirection.In, network.Now, packet);
            port.Sent.Count(packet);
            if(!port.IsConnected)
            {
                Drop(port, PortDirection.In, packet, DropReason.NoPort);
            }
            else if(packet.IsFinished || !port.In.Settings.NeedsFrames)
            {
                PassIn(port, packet);
            }
            else
            {
                entering.Clear();
                maker.Make(packet, entering);
                foreach(var frame in entering)
                {
                    PassIn(port, frame);
                }
            }
        }

        /// <summary>A packet leaves the switch: into the link to the device, whole or as frames.</summary>
        public void Leave(NetworkPort port, PacketForms forms, TagForm form)
        {
            var packet = forms.Packet;
            if(packet.IsFinished || (!port.Out.Settings.NeedsFrames && port.Device.Offloads.Take(forms.LengthOf(form), packet.Offload)))
            {
                PassOut(port, forms.Whole(form));
                return;
            }
            foreach(var frame in forms.Frames(form))
            {
                PassOut(port, frame);
            }
        }

        /// <summary>The packet is at the device, which has not taken it by itself if it waits.</summary>
        public void Deliver(NetworkPort port, in LinkOutcome outcome, bool isWaiting)
        {
            var packet = outcome.Packet;
            if(!port.IsConnected)
            {
                Drop(port, PortDirection.Out, packet, DropReason.NoPort);
                return;
            }
            network.Watch?.Comes(port, PortDirection.Out, network.Now, packet);
            port.Received.Count(packet);
            port.Received.CountEvents(outcome.Events);
            Show(port, PortDirection.Out, packet, new LinkOutcome(outcome.Entered, network.Now, packet, outcome.Events, DropReason.None));
            if(isWaiting)
            {
                port.Device.Receive(packet);
            }
        }

        /// <summary>A packet ends here.</summary>
        public void Drop(NetworkPort port, PortDirection direction, Packet packet, DropReason reason)
        {
            Drop(port, direction, packet, new LinkOutcome(network.Now, network.Now, packet, LinkEvents.None, reason));
        }

        private void PassIn(NetworkPort port, Packet packet)
        {
            if(port.In.TryPassAtOnce(packet, network.Now, out var only))
            {
                ComeIn(port, packet, only);
                return;
            }
            inwards.Clear();
            port.In.Pass(packet, network.Now, inwards);
            foreach(var outcome in inwards)
            {
                ComeIn(port, packet, outcome);
            }
        }

        private void ComeIn(NetworkPort port, Packet packet, in LinkOutcome outcome)
        {
            port.Sent.CountEvents(outcome.Events);
            if(outcome.Drop != DropReason.None)
            {
                Drop(port, PortDirection.In, packet, outcome);
                return;
            }
            var isThere = outcome.Time <= network.Now && port.OnTheWayIn == 0;
            if(!isThere && !port.InRoom.TryTake(outcome.Packet.Length, outcome.Packet.Offload))
            {
                Drop(port, PortDirection.In, packet, DropReason.QueueFull);
                return;
            }
            Show(port, PortDirection.In, packet, outcome);
            if(isThere)
            {
                network.Arrive(port, outcome.Packet);
                return;
            }
            port.OnTheWayIn++;
            network.Pending.Arrivals.Add(new NetworkEvent(Math.Max(outcome.Time, network.Now), port, port.TakeSequence(), NetworkEventKind.Arrived, outcome.Packet));
        }

        private void PassOut(NetworkPort port, Packet packet)
        {
            if(port.Out.TryPassAtOnce(packet, network.Now, out var only))
            {
                GoOut(port, packet, only);
                return;
            }
            outwards.Clear();
            port.Out.Pass(packet, network.Now, outwards);
            foreach(var outcome in outwards)
            {
                GoOut(port, packet, outcome);
            }
        }

        private void GoOut(NetworkPort port, Packet packet, in LinkOutcome outcome)
        {
            if(outcome.Drop != DropReason.None)
            {
                port.Received.CountEvents(outcome.Events);
                Drop(port, PortDirection.Out, packet, outcome);
            }
            else if(outcome.Time <= network.Now && port.OnTheWayOut == 0 && !network.IsAhead)
            {
                Deliver(port, outcome, true);
            }
            else if(port.OutRoom.TryTake(outcome.Packet.Length, outcome.Packet.Offload))
            {
                Wait(port, outcome);
            }
            else
            {
                Drop(port, PortDirection.Out, packet, DropReason.QueueFull);
            }
        }

        private void Wait(NetworkPort port, in LinkOutcome outcome)
        {
            var delivery = new NetworkEvent(Math.Max(outcome.Time, network.Now), port, port.TakeSequence(), NetworkEventKind.Due, outcome.Packet, outcome.Events, outcome.Entered);
            port.OnTheWayOut++;
            port.Keep(delivery);
            network.Pending.Deliveries.Add(delivery);
        }

        private void Drop(NetworkPort port, PortDirection direction, Packet packet, in LinkOutcome outcome)
        {
            (direction == PortDirection.In ? port.Sent : port.Received).CountDrop(packet, outcome.Drop);
            Show(port, direction, packet, outcome);
        }

        private void Show(NetworkPort port, PortDirection direction, Packet packet, in LinkOutcome outcome)
        {
            foreach(var observer in network.Watching)
            {
                observer.Passed(port, direction, network.Now, packet, outcome);
            }
        }

        private readonly VirtualNetwork network;
        private readonly FrameMaker maker;

        // Used within one step only.
        private readonly List<Packet> entering = new List<Packet>();
        private readonly List<LinkOutcome> inwards = new List<LinkOutcome>();
        private readonly List<LinkOutcome> outwards = new List<LinkOutcome>();
    }
}
