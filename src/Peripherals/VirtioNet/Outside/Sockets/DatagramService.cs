// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a datagram port does on its thread: carries frames between its socket and the network.

using System;
using System.ComponentModel;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>A frame is a datagram.</summary>
    internal sealed class DatagramService : PacketService
    {
        /// <summary>The socket is the service's from now on.</summary>
        public DatagramService(DatagramSocket socket, DatagramSocketOptions options, SendQueue queue, PartnerCounters counters, PartnerEntrance network, IReports reports)
            : base(queue, counters, reports)
        {
            this.socket = socket;
            this.options = options;
            this.network = network;
        }

        /// <inheritdoc/>
        public override int Collect(PollSet poll)
        {
            var sends = socket.TellsRoom && HasPackets;
            if(sends || !IsBlocked)
            {
                poll.Add(socket.Poll(!IsBlocked, sends));
            }
            return IsBlocked || !socket.TellsRoom && HasUnsent ? PollTime : !socket.TellsRoom && HasPackets ? 0 : -1;
        }

        /// <summary>Closes the socket. What cannot be removed is told.</summary>
        public override void Dispose()
        {
            Forget();
            var reason = socket.Close();
            if(reason != null)
            {
                Reports.Misuse(HostRules.SocketLeft, 0, 0, $"{options.Local.Path}: {reason}");
            }
        }

        private protected override bool TrySend(Packet frame)
        {
            var error = socket.Send(frame.Bytes);
            switch(error)
            {
                case 0:
                    Counters.CountSent(1, frame.Length);
                    return true;
                case Native.ErrorAgain:
                case Native.ErrorInterrupted:
                    return false;
                case Native.ErrorMessageSize:
                    Counters.CountDropped(PartnerDrop.SentTooLong, 1);
                    Reports.FrameDropped(SocketRules.SentTooLong, frame.Length, Ethernet.FirstType(frame.Bytes), 0);
                    return true;
                default:
                    Counters.CountDropped(PartnerDrop.NotConnected, 1);
                    TellAway(error);
                    return true;
            }
        }

        private protected override bool TryReceive(out int length)
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
                Reports.Misuse(SocketRules.NobodyThere, 0, 0, $"{options.Remote}: {new Win32Exception(error).Message}");
            }
        }

        private protected override bool TryHandOn(int length)
        {
            if(!network.TryTake(buffer.AsSpan(0, length), default))
            {
                return false;
            }
            isTold = false;
            return true;
        }

        // Until a frame has come from the partner.
        private bool isTold;

        private readonly DatagramSocket socket;
        private readonly DatagramSocketOptions options;
        private readonly PartnerEntrance network;
        // A byte more than a frame has, to tell what is longer.
        private readonly byte[] buffer = new byte[Ethernet.MaxFrameSize + 1];
    }
}
