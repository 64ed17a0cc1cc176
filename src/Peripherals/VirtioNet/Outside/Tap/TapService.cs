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
    /// A turn sends and receives <see cref="MaxFrames"/> packets at most. If the interface is taken away, it is opened again as soon as the
    /// host has one of that name.
    /// </summary>
    internal sealed class TapService : IPortWork
    {
        /// <summary>The device is the service's from now on.</summary>
        public TapService(TapDevice device, string name, SendQueue queue, PartnerCounters counters, PartnerEntrance network, IReports reports)
        {
            this.device = device;
            this.name = name;
            this.queue = queue;
            this.counters = counters;
            this.network = network;
            this.reports = reports;
            queue.Open();
        }

        /// <inheritdoc/>
        public int Collect(PollSet poll)
        {
            if(device == null)
            {
                return pause.Length;
            }
            var sends = unsent != null || !queue.IsEmpty;
            if(sends || !IsBlocked)
            {
                poll.Add(device.Poll(!IsBlocked, sends));
            }
            return IsBlocked ? PollTime : -1;
        }

        /// <inheritdoc/>
        public void Work(PollSet poll)
        {
            if(device == null)
            {
                Reopen();
                return;
            }
            for(var i = 0; i < MaxFrames && (unsent != null || queue.TryTake(int.MaxValue, out unsent)) && TrySend(unsent!); i++)
            {
                unsent = null;
            }
            for(var i = 0; i < MaxFrames && device != null && (IsBlocked || TryReceive()) && TryHandOn(); i++)
            {
                length = 0;
            }
        }

        /// <summary>A defect, of the network or of the port, costs the packets that wait.</summary>
        public void Fail(Exception exception)
        {
            try
            {
                Forget();
                queue.Open();
            }
            finally
            {
                reports.Misuse(HostRules.Defect, 0, 0, $"{exception.GetType().Name}: {exception.Message}");
            }
        }

        /// <summary>Closes the interface.</summary>
        public void Dispose()
        {
            Forget();
            device?.Dispose();
            device = null;
        }

        /// <summary>The interface was taken away, or is there again. On the port's thread, with no lock held.</summary>
        public event Action? Changed;

        /// <summary>True while the interface is open.</summary>
        public bool IsOpen => device != null;

        // False if the packet has to wait.
        private bool TrySend(Packet packet)
        {
            TapHeader.Write(sending, packet.Offload);
            packet.Bytes.CopyTo(sending.AsSpan(TapHeader.Size));
            var error = device!.Write(sending.AsSpan(0, TapHeader.Size + packet.Length));
            switch(error)
            {
                case 0:
                    counters.CountSent(1, packet.Length);
                    return true;
                case Native.ErrorAgain:
                case Native.ErrorInterrupted:
                    return false;
                case Native.ErrorInputOutput:
                    // The interface is down. A guest that asks for something meanwhile gets no answer.
                    counters.CountDropped(PartnerDrop.NotConnected, 1);
                    reports.FrameDropped(TapRules.InterfaceDown, packet.Length, Ethernet.FirstType(packet.Bytes), 0);
                    return true;
                default:
                    counters.CountDropped(PartnerDrop.SentRefused, 1);
                    reports.Misuse(TapRules.SentRefused, (uint)packet.Length, (uint)error, new Win32Exception(error).Message);
                    return true;
            }
        }

        private bool TryReceive()
        {
            var count = device!.Read(received);
            length = Math.Max(0, count);
            if(count < 0 && -count != Native.ErrorAgain && -count != Native.ErrorInterrupted)
            {
                Lose();
            }
            return count > 0;
        }

        // False if the network has no room for the packet that is in the buffer.
        private bool TryHandOn()
        {
            var packet = received.AsSpan(Math.Min(length, TapHeader.Size), Math.Max(0, length - TapHeader.Size));
            if(packet.Length >= Ethernet.HeaderSize && packet.Length <= Ethernet.MaxFrameSize && !TapHeader.TryRead(received, packet, out offload))
            {
                counters.CountDropped(PartnerDrop.ReceivedBroken, 1);
                reports.FrameDropped(TapRules.ReceivedBroken, packet.Length, Ethernet.FirstType(packet), 0);
                return true;
            }
            return network.TryTake(packet, offload);
        }

        private void Lose()
        {
            Dispose();
            reports.Misuse(TapRules.InterfaceGone, 0, 0, name);
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
            queue.Open();
            Changed?.Invoke();
        }

        private void Forget()
        {
            counters.CountDropped(PartnerDrop.NotConnected, queue.Close() + (unsent == null ? 0 : 1));
            unsent = null;
            length = 0;
        }

        // True while a packet waits that the network had no room for: nothing more is read.
        private bool IsBlocked => length > 0;

        private TapDevice? device;
        private Packet? unsent;
        // Of the packet in the buffer, with its header, or 0.
        private int length;
        private PacketOffload offload;

        private readonly string name;
        private readonly SendQueue queue;
        private readonly PartnerCounters counters;
        private readonly PartnerEntrance network;
        private readonly IReports reports;
        private readonly Pause pause = new Pause(LongestPause);
        private readonly byte[] sending = new byte[TapHeader.Size + Ethernet.MaxFrameSize];
        // A byte more than a packet has, to tell what is longer.
        private readonly byte[] received = new byte[TapHeader.Size + Ethernet.MaxFrameSize + 1];

        private const int MaxFrames = 64;
        // Milliseconds. A network that had no room is tried again.
        private const int PollTime = 1;
        private const int LongestPause = 1000;
    }
}
