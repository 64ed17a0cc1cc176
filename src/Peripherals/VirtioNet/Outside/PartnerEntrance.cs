// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The way of frames from a partner into the network.

using System;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside
{
    /// <summary>Lets through what is a frame, and counts. Only the port's thread hands frames to it.</summary>
    internal sealed class PartnerEntrance
    {
        public PartnerEntrance(IPacketSink network, PartnerCounters counters, IReports reports)
        {
            this.network = network;
            this.counters = counters;
            this.reports = reports;
        }

        /// <summary>
        /// Hands a frame on, or drops it: too short or long, or the link is down. False if the network has no room for it now; then the same
        /// frame is to be offered again.
        /// </summary>
        public bool TryTake(ReadOnlySpan<byte> frame, in PacketOffload offload)
        {
            if(frame.Length < Ethernet.HeaderSize)
            {
                counters.CountDropped(PartnerDrop.ReceivedTooShort, 1);
                reports.FrameDropped(PartnerRules.ReceivedTooShort, frame.Length, 0, Ethernet.HeaderSize);
                return true;
            }
            if(frame.Length > Ethernet.MaxFrameSize)
            {
                counters.CountDropped(PartnerDrop.ReceivedTooLong, 1);
                reports.FrameDropped(PartnerRules.ReceivedTooLong, frame.Length, Ethernet.FirstType(frame), Ethernet.MaxFrameSize);
                return true;
            }
            if(!LinkUp)
            {
                counters.CountDropped(PartnerDrop.ReceivedLinkDown, 1);
                return true;
            }
            if(!network.TrySend(frame, offload))
            {
                return false;
            }
            counters.CountReceived(frame.Length);
            return true;
        }

        /// <summary>False to drop all frames. Any thread may set it.</summary>
        public bool LinkUp
        {
            get => linkUp;
            set => linkUp = value;
        }

        private volatile bool linkUp = true;

        private readonly IPacketSink network;
        private readonly PartnerCounters counters;
        private readonly IReports reports;
    }
}
