// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a TAP port does on its thread: carries packets between the interface and the network.

using System;
using System.ComponentModel;
using System.IO;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Tap
{
    /// <summary>
    /// Packets have their virtio header. If the interface is taken away, it is opened again as soon as the host has one of that name.
    /// </summary>
    internal sealed class TapService : PacketService
    {
        /// <summary>The device is the service's from now on.</summary>
        public TapService(TapDevice device, string name, SendQueue queue, PartnerCounters counters, PartnerEntrance network, IReports reports)
            : base(queue, counters, reports)
        {
            this.device = device;
            this.name = name;
            this.network = network;
        }

        /// <inheritdoc/>
        public override int Collect(PollSet poll)
        {
            if(device == null)
            {
                return pause.Length;
            }
            var sends = HasPackets;
            if(sends || !IsBlocked)
            {
                poll.Add(device.Poll(!IsBlocked, sends));
            }
            return IsBlocked ? PollTime : -1;
        }

        /// <inheritdoc/>
        public override void Work(PollSet poll)
        {
            if(device == null)
            {
                Reopen();
                return;
            }
            base.Work(poll);
        }

        /// <summary>Closes the interface.</summary>
        public override void Dispose()
        {
            Forget();
            device?.Dispose();
            device = null;
        }

        /// <summary>The interface was taken away, or is there again. On the port's thread, with no lock held.</summary>
        public event Action? Changed;

        /// <summary>True while the interface is open.</summary>
        public bool IsOpen => device != null;

        private protected override bool TrySend(Packet packet)
        {
            TapHeader.Write(sending, packet.Offload);
            packet.Bytes.CopyTo(sending.AsSpan(TapHeader.Size));
            var error = device!.Write(sending.AsSpan(0, TapHeader.Size + packet.Length));
            switch(error)
            {
                case 0:
                    Counters.CountSent(1, packet.Length);
                    return true;
                case Native.ErrorAgain:
                case Native.ErrorInterrupted:
                    return false;
                case Native.ErrorInputOutput:
                    // The interface is down. A guest that asks for something meanwhile gets no answer.
                    Counters.CountDropped(PartnerDrop.NotConnected, 1);
                    Reports.FrameDropped(TapRules.InterfaceDown, packet.Length, Ethernet.FirstType(packet.Bytes), 0);
                    return true;
                default:
                    Counters.CountDropped(PartnerDrop.SentRefused, 1);
                    Reports.Misuse(TapRules.SentRefused, (uint)packet.Length, (uint)error, new Win32Exception(error).Message);
                    return true;
            }
        }

        private protected override bool TryReceive(out int length)
        {
            var count = device!.Read(received);
            length = Math.Max(0, count);
            if(count < 0 && -count != Native.ErrorAgain && -count != Native.ErrorInterrupted)
            {
                Lose();
            }
            return count > 0;
        }

        private protected override bool TryHandOn(int length)
        {
            var packet = received.AsSpan(Math.Min(length, TapHeader.Size), Math.Max(0, length - TapHeader.Size));
            if(packet.Length >= Ethernet.HeaderSize && packet.Length <= Ethernet.MaxFrameSize && !TapHeader.TryRead(received, packet, out offload))
            {
                Counters.CountDropped(PartnerDrop.ReceivedBroken, 1);
                Reports.FrameDropped(TapRules.ReceivedBroken, packet.Length, Ethernet.FirstType(packet), 0);
                return true;
            }
            return network.TryTake(packet, offload);
        }

        private void Lose()
        {
            Dispose();
            Reports.Misuse(TapRules.InterfaceGone, 0, 0, name);
            Changed?.Invoke();
        }

        // Not made anew: it is the user's to bring it back.
        private void Reopen()
        {
            pause.Grow();
            if(!TapDevice.Exists(name))
            {
                return;
            }
            try
            {
                device = new TapDevice(name);
            }
            catch(IOException)
            {
                // Not the user's yet, perhaps. The next attempt follows.
                return;
            }
            pause.Reset();
            Queue.Open();
            Changed?.Invoke();
        }

        private TapDevice? device;
        private PacketOffload offload;

        private readonly string name;
        private readonly PartnerEntrance network;
        private readonly Pause pause = new Pause(LongestPause);
        private readonly byte[] sending = new byte[TapHeader.Size + Ethernet.MaxFrameSize];
        // A byte more than a packet has, to tell what is longer.
        private readonly byte[] received = new byte[TapHeader.Size + Ethernet.MaxFrameSize + 1];

        // Milliseconds.
        private const int LongestPause = 1000;
    }
}
