// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Partners that connect: server=on.

using System.Net.Sockets;

using VirtioNet.Reports;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>Takes in whoever comes, one in a turn.</summary>
    internal sealed class ListenSource : IStreamSource
    {
        /// <summary>The listener is the source's from now on.</summary>
        public ListenSource(IListener listener, SocketLocation address, IReports reports)
        {
            this.listener = listener;
            this.address = address;
            this.reports = reports;
        }

        /// <inheritdoc/>
        public int Collect(PollSet poll, bool isConnected)
        {
            place = rests ? PollSet.Nowhere : poll.Add(listener.Poll);
            return rests ? RestTime : -1;
        }

        /// <inheritdoc/>
        public Socket? Take(PollSet poll, bool isConnected)
        {
            rests = false;
            var socket = poll.IsReady(place) ? listener.Accept() : null;
            // If this process may open no more descriptors, whoever waits would keep the thread busy.
            rests = socket == null && poll.IsReady(place);
            return socket;
        }

        /// <inheritdoc/>
        public void Lose(bool hasServed)
        {
            // The next one comes by itself.
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            var reason = listener.Close();
            if(reason != null)
            {
                reports.Misuse(HostRules.SocketLeft, 0, 0, $"{address.Path}: {reason}");
            }
        }

        private int place = PollSet.Nowhere;
        // True until the next turn.
        private bool rests;

        private readonly IListener listener;
        private readonly SocketLocation address;
        private readonly IReports reports;

        // Milliseconds.
        private const int RestTime = 1000;
    }
}
