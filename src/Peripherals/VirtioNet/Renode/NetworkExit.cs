// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The way of a card's or port's frames into Renode's network: they wait here until Departures lets them leave.

using System;
using System.Collections.Generic;

using Antmicro.Migrant;
using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Time;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>What sends frames into Renode's network.</summary>
    internal interface INetworkSender : IEmulationElement
    {
        /// <summary>Hands a frame to whatever the sender is connected to. No lock is held.</summary>
        void Emit(EthernetFrame frame);

        /// <summary>A frame that the device has sent was lost on the way; it is to be counted.</summary>
        void CountRefused();

        /// <summary>The way that the sender's frames take.</summary>
        NetworkExit Exit { get; }
    }

    /// <summary>
    /// Keeps the frames that the device sends until they may leave. Then makes an EthernetFrame of each, with a check sequence.
    /// </summary>
    internal sealed class NetworkExit : IPacketSink
    {
        /// <summary>
        /// Makes the way for a sender of the current emulation. Of frames sent at the same time, those of senders made earlier
        /// go first.
        /// </summary>
        public NetworkExit(INetworkSender owner, IReports reports)
        {
            this.owner = owner;
            this.reports = reports;
            departures = Departures.Of(EmulationManager.Instance.CurrentEmulation);
            Number = departures.NextNumber();
        }

        /// <inheritdoc/>
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            foreach(var frame in (software ??= new SoftwareOffload()).Finish(packet, offload))
            {
                if(!TryKeep(frame))
                {
                    owner.CountRefused();
                    reports.Misuse(CardRules.TooManyFramesWait, MaxWaiting, (uint)frame.Length);
                }
            }
            return true;
        }

        /// <summary>Forgets what waits: the sender is no longer there.</summary>
        public void Clear()
        {
            lock(frames)
            {
                frames.Clear();
                waitingBytes = 0;
            }
        }

        /// <summary>
        /// The frame that has waited longest leaves; it was sent at the given time. Nothing happens if there is none any more. Renode's network
        /// may refuse it: EthernetFrame parses every layer, and some parsers throw, such as that for UDP port 9 (Wake-on-LAN) on
        /// short datagrams. No frame of a guest may end the emulation.
        /// </summary>
        public void Leave(TimeInterval sent)
        {
            if(!TryTake(out var bytes))
            {
                return;
            }
            SentAt = sent;
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

        /// <summary>The sender's place among those that send at the same time.</summary>
        public int Number { get; }

        /// <summary>The virtual time at which the frame was sent that leaves now, or has left last.</summary>
        public TimeInterval SentAt { get; private set; }

        // False if there is no room.
        private bool TryKeep(ReadOnlySpan<byte> frame)
        {
            lock(frames)
            {
                if(waitingBytes + frame.Length + CostOfFrame > MaxWaiting)
                {
                    return false;
                }
                frames.Enqueue(frame.ToArray());
                waitingBytes += frame.Length + CostOfFrame;
                // Deferred work of a card runs on a thread whose virtual time may be ahead of the CPU's, and afterwards the CPU may send
                // at an earlier time. Such a frame gets the later time, so that frames leave in the order in which the card sent them.
                var now = departures.Now;
                if(now > latest)
                {
                    latest = now;
                }
                departures.Add(this, latest);
                return true;
            }
        }

        private bool TryTake(out byte[] bytes)
        {
            lock(frames)
            {
                if(!frames.TryDequeue(out bytes!))
                {
                    return false;
                }
                waitingBytes -= bytes.Length + CostOfFrame;
                return true;
            }
        }

        [Transient]
        private SoftwareOffload? software;
        private int waitingBytes;
        private TimeInterval latest;

        private readonly INetworkSender owner;
        private readonly IReports reports;
        private readonly Departures departures;
        private readonly Queue<byte[]> frames = new Queue<byte[]>();

        // Bytes. A guest decides how much it sends between two points at which frames leave.
        private const int MaxWaiting = 64 << 20;
        // Bytes of objects around a frame's own, so that small frames are bounded too.
        private const int CostOfFrame = 128;
    }
}
