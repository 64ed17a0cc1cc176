// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a stream port does on its thread: finds its partner, and carries frames between it and the network.

using System;
using System.Net.Sockets;

using VirtioNet.Reports;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// Serves one partner at a time. A turn sends one batch, reads once and takes in one newcomer at most. No lock is held while
    /// frames leave and while others are told of a change.
    /// </summary>
    internal sealed class StreamService : IPortWork
    {
        /// <summary>The source is the service's from now on.</summary>
        public StreamService(IStreamSource source, SendQueue queue, PartnerCounters counters, PartnerEntrance network, IReports reports, bool takesPadding)
        {
            this.source = source;
            this.reports = reports;
            connection = new StreamConnection(queue, counters, network, reports, takesPadding);
        }

        /// <inheritdoc/>
        public int Collect(PollSet poll)
        {
            var pause = source.Collect(poll, connection.IsOpen);
            var waits = connection.IsOpen && (connection.HasUnsent || !connection.IsBlocked);
            place = waits ? poll.Add(connection.Poll) : PollSet.Nowhere;
            return connection.IsBlocked ? PollTime : pause;
        }

        /// <inheritdoc/>
        public void Work(PollSet poll)
        {
            if(connection.IsOpen && !TryServe(poll.IsReady(place)))
            {
                Disconnect();
            }
            var newcomer = source.Take(poll, connection.IsOpen);
            if(newcomer != null)
            {
                Welcome(newcomer);
            }
            TellChange();
        }

        /// <summary>A defect, of the network or of the port, costs the partner its connection.</summary>
        public void Fail(Exception exception)
        {
            try
            {
                Disconnect();
            }
            finally
            {
                reports.Misuse(HostRules.Defect, 0, 0, $"{exception.GetType().Name}: {exception.Message}");
            }
        }

        /// <summary>Ends the connection, and whatever finds partners.</summary>
        public void Dispose()
        {
            try
            {
                connection.Close();
                TellChange();
            }
            finally
            {
                source.Dispose();
            }
        }

        /// <summary>A partner has come or gone. On the port's thread, with no lock held.</summary>
        public event Action? Changed;

        /// <summary>True while a partner is there.</summary>
        public bool IsConnected { get; private set; }

        // What has come in before the partner went is handed on, and what is said about it is said, even if it takes nothing any more.
        private bool TryServe(bool isReady)
        {
            var takes = connection.TrySend();
            return (!isReady && !connection.IsBlocked && takes || connection.TryReceive()) && takes;
        }

        private void Welcome(Socket newcomer)
        {
            // A partner that comes again has closed its old socket first. If that was not noticed yet, the old connection ends now,
            // and the new one is not refused because of it.
            if(connection.IsOpen && connection.IsHungUp)
            {
                Disconnect();
            }
            if(connection.IsOpen)
            {
                newcomer.Dispose();
                reports.Misuse(SocketRules.OnePartner, 0, 0);
                return;
            }
            connection.Open(newcomer);
        }

        private void Disconnect()
        {
            if(connection.IsOpen)
            {
                source.Lose(connection.Close());
            }
        }

        private void TellChange()
        {
            if(IsConnected != connection.IsOpen)
            {
                IsConnected = connection.IsOpen;
                Changed?.Invoke();
            }
        }

        // Where the connection is in the poll set.
        private int place;

        private readonly StreamConnection connection;
        private readonly IStreamSource source;
        private readonly IReports reports;

        // Milliseconds. A network that had no room is tried again.
        private const int PollTime = 1;
    }
}
