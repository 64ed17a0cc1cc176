// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a datagram port does on its thread: carries frames between its socket and the network.

using System;
using System.ComponentModel;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>A turn sends and receives <see cref="MaxFrames"/> frames at most. No lock is held while frames leave.</summary>
    internal sealed class DatagramService : IPortWork
    {
        /// <summary>The socket is the service's from now on.</summary>
        public DatagramService(DatagramSocket socket, DatagramSocketOptions options, SendQueue queue, PartnerCounters counters, PartnerEntrance network, IReports reports)
        {
            this.socket = socket;
            this.options = options;
            this.queue = queue;
            this.counters = counters;
            this.network = network;
            this.reports = reports;
            queue.Open();
        }

        /// <inheritdoc/>
        public int Collect(PollSet poll)
        {
            var sends = socket.TellsRoom && (unsent != null || !queue.IsEmpty);
            if(sends || !IsBlocked)
            {
                poll.Add(socket.Poll(!IsBlocked, sends));
            }
            return IsBlocked || !socket.TellsRoom && unsent != null ? PollTime : !socket.TellsRoom && !queue.IsEmpty ? 0 : -1;
        }

        /// <inheritdoc/>
        public void Work(PollSet poll)
        {
            for(var i = 0; i < MaxFrames && (unsent != null || queue.TryTake(int.MaxValue, out unsent)) && TrySend(unsent!); i++)
            {
                unsent = null;
            }
            for(var i = 0; i < MaxFrames && (IsBlocked || TryReceive()) && TryHandOn(); i++)
            {
                length = 0;
            }
        }

        /// <summary>A defect, of the network or of the port, costs the frames that wait.</summary>
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

        /// <summary>Closes the socket. What cannot be removed is told.</summary>
        public void Dispose()
        {
            Forget();
            var reason = socket.Close();
            if(reason != null)
            {
                reports.Misuse(HostRules.SocketLeft, 0, 0, $"{options.Local.Path}: {reason}");
            }
        }

        // False if the frame has to wait.
        private bool TrySend(Packet frame)
        {
            var error = socket.Send(frame.Bytes);
            switch(error)
            {
                case 0:
                    counters.CountSent(1, frame.Length);
                    return true;
                case Native.ErrorAgain:
                case Native.ErrorInterrupted:
                    return false;
                case Native.ErrorMessageSize:
                    counters.CountDropped(PartnerDrop.SentTooLong, 1);
                    reports.FrameDropped(SocketRules.SentTooLong, frame.Length, Ethernet.FirstType(frame.Bytes), 0);
                    return true;
                default:
                    counters.CountDropped(PartnerDrop.NotConnected, 1);
                    TellAway(error);
                    return true;
            }
        }

        private bool TryReceive()
        {
            if(socket.TryReceive(buffer, out length, out var refusal))
            {
                return true;
            }
            if(refusal != 0)
            {
                TellAway(refusal);
            }
            return false;
        }

        private void TellAway(int error)
        {
            if(!isTold)
            {
                isTold = true;
                reports.Misuse(SocketRules.NobodyThere, 0, 0, $"{options.Remote}: {new Win32Exception(error).Message}");
            }
        }

        // False if the network has no room for the datagram that is in the buffer.
        private bool TryHandOn()
        {
            if(!network.TryTake(buffer.AsSpan(0, length), default))
            {
                return false;
            }
            isTold = false;
            return true;
        }

        private void Forget()
        {
            counters.CountDropped(PartnerDrop.NotConnected, queue.Close() + (unsent == null ? 0 : 1));
            unsent = null;
            length = 0;
        }

        // True while a datagram waits that the network had no room for: nothing more is read.
        private bool IsBlocked => length > 0;

        private Packet? unsent;
        // Of the datagram in the buffer, or 0.
        private int length;
        // Until a frame has come from the partner.
        private bool isTold;

        private readonly DatagramSocket socket;
        private readonly DatagramSocketOptions options;
        private readonly SendQueue queue;
        private readonly PartnerCounters counters;
        private readonly PartnerEntrance network;
        private readonly IReports reports;
        // A byte more than a frame has, to tell what is longer.
        private readonly byte[] buffer = new byte[Ethernet.MaxFrameSize + 1];

        private const int MaxFrames = 64;
        // Milliseconds. A network, or a partner's socket, that had no room is tried again.
        private const int PollTime = 1;
    }
}
