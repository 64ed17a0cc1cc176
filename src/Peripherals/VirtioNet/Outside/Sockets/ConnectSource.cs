// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A partner that is connected to: server=off.

using System.Net;
using System.Net.Sockets;

using VirtioNet.Reports;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// Connects, and while the partner is away tries again after pauses that grow: poll(2) waits them out. A partner that has gone
    /// without having sent a frame counts as away, so that one which hangs up on everybody is not called without end.
    /// </summary>
    internal sealed class ConnectSource : IStreamSource
    {
        /// <summary>Connects to this address.</summary>
        public ConnectSource(EndPoint endPoint, StreamSocketOptions options, IReports reports)
        {
            this.endPoint = endPoint;
            this.options = options;
            this.reports = reports;
            pause = new Pause(options.LongestPause);
        }

        /// <inheritdoc/>
        public int Collect(PollSet poll, bool isConnected)
        {
            place = PollSet.Nowhere;
            if(isConnected || hasGivenUp)
            {
                return -1;
            }
            if(pending != null)
            {
                place = poll.Add(new PollEntry(pending.SafeHandle, false, true));
                return -1;
            }
            isDue = true;
            return pause.Length;
        }

        /// <inheritdoc/>
        public Socket? Take(PollSet poll, bool isConnected)
        {
            if(poll.IsReady(place))
            {
                return Finish();
            }
            if(!isDue)
            {
                return null;
            }
            isDue = false;
            return Begin();
        }

        /// <inheritdoc/>
        public void Lose(bool hasServed)
        {
            if(hasServed)
            {
                pause.Reset();
                isTold = false;
            }
            else
            {
                pause.Grow();
            }
            hasGivenUp = options.LongestPause == 0;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            pending?.Dispose();
        }

        private Socket? Begin()
        {
            Socket? socket = null;
            try
            {
                socket = new Socket(endPoint.AddressFamily, SocketType.Stream, options.Address.IsUnix ? ProtocolType.Unspecified : ProtocolType.Tcp) { Blocking = false };
                if(!options.Address.IsUnix)
                {
                    // A frame is not to wait for the next one.
                    socket.NoDelay = true;
                }
                socket.Connect(endPoint);
                return socket;
            }
            catch(SocketException exception) when(exception.SocketErrorCode == SocketError.WouldBlock && !options.Address.IsUnix)
            {
                pending = socket;
                return null;
            }
            catch(SocketException exception)
            {
                // A unix socket that would have to be waited for has its queue full of others.
                socket?.Dispose();
                Fail(exception);
                return null;
            }
        }

        private Socket? Finish()
        {
            var socket = pending!;
            pending = null;
            var error = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            if(error == 0)
            {
                return socket;
            }
            socket.Dispose();
            Fail(new SocketException(error));
            return null;
        }

        private void Fail(SocketException exception)
        {
            pause.Grow();
            hasGivenUp = options.LongestPause == 0;
            if(!isTold)
            {
                isTold = true;
                reports.Misuse(SocketRules.NobodyThere, 0, 0, $"{options.Address}: {exception.Message}");
            }
        }

        private Socket? pending;
        private int place = PollSet.Nowhere;
        private bool isDue;
        private bool isTold;
        private bool hasGivenUp;

        private readonly EndPoint endPoint;
        private readonly StreamSocketOptions options;
        private readonly IReports reports;
        private readonly Pause pause;
    }
}
