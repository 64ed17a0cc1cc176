// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Any other network interface of Renode's on a network of our own: another model of a card, a TAP interface, an uplink.
//
// Such an interface gets ordinary, finished frames as Renode's EthernetFrame, which refuses some legal ones. What is refused is
// counted at the port and told in the log, and harms nothing else. What the interface sends, on whatever thread, waits like the
// packets of our own cards until no CPU runs.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Time;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>The guarded edge between packets and Renode's frames.</summary>
    internal sealed class EdgeEnd : NetworkEnd, IDeparting
    {
        public EdgeEnd(PacketNetwork network, IMACInterface device, IMachine? machine, IReports reports)
            : base(network, device, machine)
        {
            this.reports = reports;
            waiting = new WaitingPackets(this);
        }

        /// <inheritdoc/>
        public override void Receive(Packet packet)
        {
            try
            {
                if(EthernetFrame.TryCreateEthernetFrame(packet.Bytes.ToArray(), addCrc: true, out var frame))
                {
                    Device.ReceiveFrame(frame);
                    return;
                }
            }
            catch(Exception e)
            {
                Network.Log(LogLevel.Debug, "Frame refused by {0}: {1}", Port.Name, e);
            }
            Port.Refuse(packet);
            reports.Misuse(CardRules.FrameRefused, (uint)packet.Length, 0, Port.Name);
        }

        /// <inheritdoc/>
        public void Leave(Packet packet, TimeInterval sent)
        {
            Network.Send(Port, packet, sent.TotalNanoseconds);
        }

        /// <inheritdoc/>
        public override void Plug()
        {
            Device.FrameReady += Take;
        }

        /// <inheritdoc/>
        public override void Unplug()
        {
            Device.FrameReady -= Take;
            waiting.Clear();
            base.Unplug();
        }

        /// <inheritdoc/>
        public override PortOffloads Offloads => default;

        private void Take(EthernetFrame frame)
        {
            // The outside goes on while the emulation is paused; what it sends then is lost, as with a switch of Renode's.
            if(Machine == null && Network.IsPaused)
            {
                return;
            }
            if(NetworkEntrance.TryTake(frame, Network, reports, out var bytes) && !waiting.TryKeep(bytes, default))
            {
                reports.Misuse(CardRules.TooManyFramesWait, WaitingPackets.MaxBytes, (uint)bytes.Length, Port.Name);
            }
        }

        private readonly IReports reports;
        private readonly WaitingPackets waiting;
    }
}
