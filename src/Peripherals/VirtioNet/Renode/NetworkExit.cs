// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The way of a card's or port's packets out: they wait, as large and unfinished as they are, until Departures lets them leave.
// A network of our own gets them so. Whoever else listens, such as a switch of Renode's, gets the frames that they become.

using System;
using System.Linq;

using Antmicro.Migrant;
using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Time;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A card or port that is connected to networks.</summary>
    internal interface INetworkSender : IEmulationElement
    {
        /// <summary>Hands a frame to whoever listens to FrameReady. No lock is held.</summary>
        void Emit(EthernetFrame frame);

        /// <summary>A frame that the device has sent was lost on the way; it is to be counted.</summary>
        void CountRefused();

        /// <summary>A packet comes from a network of our own, at the virtual time at which this is called.</summary>
        void Receive(Packet packet);

        /// <summary>Which packets the device takes as they are, at this moment.</summary>
        PortOffloads Offloads { get; }

        /// <summary>True if somebody listens to FrameReady.</summary>
        bool HasListeners { get; }

        /// <summary>The way that the sender's packets take.</summary>
        NetworkExit Exit { get; }
    }

    /// <summary>Takes what the device sends, and passes it on when it may leave.</summary>
    internal sealed class NetworkExit : IPacketSink, IDeparting
    {
        /// <summary>
        /// Makes the way for a sender of the current emulation. Of packets sent at the same time, those of senders made earlier
        /// go first.
        /// </summary>
        public NetworkExit(INetworkSender owner, IReports reports)
        {
            this.owner = owner;
            this.reports = reports;
            waiting = new WaitingPackets(this);
        }

        /// <inheritdoc/>
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            if(!waiting.TryKeep(packet, offload))
            {
                for(var i = offload.CountFrames(packet.Length); i > 0; i--)
                {
                    owner.CountRefused();
                }
                reports.Misuse(CardRules.TooManyFramesWait, WaitingPackets.MaxBytes, (uint)packet.Length);
            }
            return true;
        }

        /// <summary>The sender was connected to a network of our own: what leaves from now on goes there, too.</summary>
        public void Connect(CardEnd end)
        {
            ends = ends.Append(end).ToArray();
        }

        /// <summary>The sender was disconnected from a network of our own.</summary>
        public void Disconnect(CardEnd end)
        {
            ends = ends.Where(x => x != end).ToArray();
        }

        /// <summary>The sender is no longer there: forgets what waits, and disconnects from networks of our own.</summary>
        public void Clear()
        {
            waiting.Clear();
            foreach(var end in ends)
            {
                end.Detach();
            }
        }

        /// <inheritdoc/>
        public void Leave(Packet packet, TimeInterval sent)
        {
            SentAt = sent;
            var here = ends;
            foreach(var end in here)
            {
                end.Send(packet, sent.TotalNanoseconds);
            }
            if(here.Length > 0 && !owner.HasListeners)
            {
                return;
            }
            foreach(var frame in (software ??= new SoftwareOffload()).Finish(packet.Bytes, packet.Offload))
            {
                Emit(frame.ToArray());
            }
        }

        /// <summary>The virtual time at which the packet was sent that leaves now, or has left last.</summary>
        public TimeInterval SentAt { get; private set; }

        // Renode's network may refuse a frame: EthernetFrame parses every layer, and some parsers throw, such as that for UDP port 9
        // (Wake-on-LAN) on short datagrams. No frame of a guest may end the emulation.
        private void Emit(byte[] bytes)
        {
            try
            {
                if(EthernetFrame.TryCreateEthernetFrame(bytes, addCrc: true, out var frame))
                {
                    owner.Emit(frame);
                    return;
                }
            }
            catch(Exception e)
            {
                owner.Log(LogLevel.Debug, "Refused frame: {0}", e);
            }
            owner.CountRefused();
            reports.Misuse(CardRules.FrameRefused, (uint)bytes.Length, 0);
        }

        [Transient]
        private SoftwareOffload? software;
        // Networks of our own. Replaced as a whole, since the monitor may connect while packets leave.
        private CardEnd[] ends = Array.Empty<CardEnd>();

        private readonly INetworkSender owner;
        private readonly IReports reports;
        private readonly WaitingPackets waiting;
    }
}
