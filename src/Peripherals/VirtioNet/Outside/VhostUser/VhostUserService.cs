// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a back end does on its thread: accepts a front end, handles its messages, and serves its rings. vhost-user:
// "Communication", "Ring states".

using System;
using System.Runtime.ExceptionServices;

using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>
    /// Serves one front end at a time. The lock is held for everything that touches the device, and is free while packets leave and
    /// while <see cref="Changed"/> is raised. One turn handles at most one message and accepts at most one connection; and it serves
    /// no more rings once the outbox is full.
    /// </summary>
    internal sealed class VhostUserService : IPortWork
    {
        /// <summary>Serves front ends that connect to the listener, which is the service's from then on.</summary>
        public VhostUserService(VhostUserDevice device, UnixListener listener, PacketOutbox outbox, IPacketSink wire, VhostUserOptions options, IReports reports, object gate)
        {
            this.device = device;
            this.listener = listener;
            this.outbox = outbox;
            this.wire = wire;
            this.reports = reports;
            this.gate = gate;
            path = options.Path;
            protocol = VhostUserFeatures.Protocol(options);
            kicks = new RingPoll(device.Rings.Count);
        }

        /// <inheritdoc/>
        public int Collect(PollSet poll)
        {
            lock(gate)
            {
                newcomer = listenerRests ? PollSet.Nowhere : poll.Add(listener.Poll);
                message = connection == null ? PollSet.Nowhere : poll.Add(connection.Poll);
                kicks.Collect(poll, device);
            }
            return hasWork ? 0 : kicks.IsAnyPolled || !outbox.IsEmpty ? PollTime : listenerRests ? RestTime : -1;
        }

        /// <inheritdoc/>
        public void Work(PollSet poll)
        {
            lock(gate)
            {
                listenerRests = false;
                ThrowDefect();
                ServeRings(poll);
                if(poll.IsReady(message))
                {
                    Hear();
                }
                if(poll.IsReady(newcomer))
                {
                    Welcome();
                }
            }
            outbox.Empty(wire);
            TellChange();
        }

        /// <summary>
        /// The device or the wire has thrown, which is a defect: disconnects the front end, and resets the device for the next one.
        /// </summary>
        public void Fail(Exception exception)
        {
            try
            {
                lock(gate)
                {
                    outbox.Clear();
                    Disconnect();
                }
            }
            finally
            {
                reports.Misuse(HostRules.Defect, 0, 0, $"{exception.GetType().Name}: {exception.Message}");
            }
        }

        /// <summary>Ends the connection and closes the listener. If the socket's file cannot be removed, that is reported.</summary>
        public void Dispose()
        {
            try
            {
                lock(gate)
                {
                    Disconnect();
                }
                TellChange();
            }
            finally
            {
                var reason = listener.Close();
                if(reason != null)
                {
                    reports.Misuse(HostRules.SocketLeft, 0, 0, $"{path}: {reason}");
                }
            }
        }

        /// <summary>
        /// Something was thrown on another thread, with the lock held. This thread deals with it in its next turn, because only
        /// this one closes descriptors.
        /// </summary>
        public void TakeDefect(Exception exception)
        {
            defect = defect ?? exception;
        }

        /// <summary>Makes the next turn take up deferred work.</summary>
        public void Schedule()
        {
            hasWork = true;
        }

        /// <summary>A front end has connected or gone, or its guest has started or stopped the rings. No lock is held.</summary>
        public event Action? Changed;

        /// <summary>True while a front end is connected.</summary>
        public bool IsConnected { get; private set; }

        /// <summary>True while the guest's driver runs at least one ring.</summary>
        public bool IsRunning { get; private set; }

        private void ThrowDefect()
        {
            var thrown = defect;
            defect = null;
            if(thrown != null)
            {
                ExceptionDispatchInfo.Throw(thrown);
            }
        }

        // The ring that finds the outbox full is the last to be served in this turn and the first in the next one, unless it was the
        // first in this one, too, and so had all the room. The kick of a ring that was not served stays unread, so the next turn
        // comes at once.
        private void ServeRings(PollSet poll)
        {
            var hadWork = hasWork;
            hasWork = false;
            for(var i = 0; i < device.Rings.Count; i++)
            {
                var ring = (firstRing + i) % device.Rings.Count;
                if(kicks.IsDue(poll, ring))
                {
                    device.Notify(ring);
                }
                else if(hadWork)
                {
                    device.RunDeferred(ring);
                }
                if(outbox.IsFull)
                {
                    firstRing = i == 0 ? (ring + 1) % device.Rings.Count : ring;
                    hasWork |= hadWork;
                    return;
                }
            }
        }

        private void Hear()
        {
            var reception = connection!.Receive(out var error);
            var request = connection.Message;
            if(reception == Reception.Message)
            {
                error = session!.Handle(request);
                request.CloseDescriptors();
                if(request.HasReply && !connection.TryReply())
                {
                    error = error ?? new ProtocolError(FrontEndRules.ReplyNotTaken);
                }
            }
            if(error != null)
            {
                reports.Misuse(error.Rule, error.Where, error.Value, request.Received >= MessageHeader.Length ? VhostUserSession.NameOf(request.Request) : "");
            }
            if(error != null || reception == Reception.Closed)
            {
                Disconnect();
            }
        }

        private void Welcome()
        {
            var socket = listener.Accept();
            if(socket == null)
            {
                // This process may have no descriptor left. The connection that waits would then end each poll at once.
                listenerRests = true;
                return;
            }
            // A front end that reconnects has closed its old socket first. If that was not noticed yet, the old connection ends
            // now, and the new one is not refused because of it.
            if(connection != null && connection.IsHungUp)
            {
                Disconnect();
            }
            if(connection != null)
            {
                socket.Dispose();
                reports.Misuse(FrontEndRules.OneFrontEnd, 0, 0);
                return;
            }
            connection = new VhostUserConnection(socket);
            session = new VhostUserSession(device, protocol, reports);
        }

        private void Disconnect()
        {
            var gone = connection;
            connection = null;
            session = null;
            gone?.Dispose();
            device.Forget();
        }

        private void TellChange()
        {
            var isConnected = connection != null;
            var isRunning = false;
            for(var i = 0; i < device.Rings.Count; i++)
            {
                isRunning |= device.IsRunning(i);
            }
            if(isConnected != IsConnected || isRunning != IsRunning)
            {
                IsConnected = isConnected;
                IsRunning = isRunning;
                Changed?.Invoke();
            }
        }

        private VhostUserConnection? connection;
        private VhostUserSession? session;
        private int firstRing;
        // Places of the listener and of the connection in the poll set.
        private int newcomer;
        private int message;
        // True for one turn, in which the listener is not polled.
        private bool listenerRests;
        private volatile bool hasWork;
        private volatile Exception? defect;

        private readonly VhostUserDevice device;
        private readonly UnixListener listener;
        private readonly PacketOutbox outbox;
        private readonly IPacketSink wire;
        private readonly IReports reports;
        private readonly object gate;
        private readonly string path;
        private readonly ProtocolFeatures protocol;
        private readonly RingPoll kicks;

        // Milliseconds after which rings that have no kick are looked at, and a wire that had no room is tried again.
        private const int PollTime = 1;
        // Milliseconds after which a listener that could not accept is polled again.
        private const int RestTime = 1000;
    }
}
