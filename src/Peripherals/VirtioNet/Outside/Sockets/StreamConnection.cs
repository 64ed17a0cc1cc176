// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One partner at a stream socket. QEMU: -netdev stream.

using System;
using System.Net.Sockets;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// Sends and receives frames as far as the socket takes and has them. Never waits. One object serves one partner after the
    /// other, so that those who come and go make no garbage of its buffers.
    /// </summary>
    internal sealed class StreamConnection
    {
        /// <summary>Makes a connection to nobody.</summary>
        public StreamConnection(SendQueue queue, SocketCounters counters, IPacketSink network, IReports reports)
        {
            this.queue = queue;
            this.counters = counters;
            this.network = network;
            this.reports = reports;
        }

        /// <summary>Takes the socket of a partner. There is none.</summary>
        public void Open(Socket partner)
        {
            partner.Blocking = false;
            socket = partner;
            queue.Open();
        }

        /// <summary>Lets go of the partner. What has not left is dropped and counted, what was not handed on is forgotten. Returns whether a frame ever came from it.</summary>
        public bool Close()
        {
            counters.CountDropped(SocketDrop.NotConnected, queue.Close() + batchFrames);
            socket?.Dispose();
            socket = null;
            (batchSent, batchEnd, batchFrames) = (0, 0, 0);
            reader.Clear();
            var served = hasServed;
            hasServed = false;
            IsBlocked = false;
            return served;
        }

        /// <summary>Sends what waits, one batch at most. False if the partner takes nothing any more.</summary>
        public bool TrySend()
        {
            FillBatch();
            if(batchSent == batchEnd)
            {
                return true;
            }
            var count = socket!.Send(batch.AsSpan(batchSent, batchEnd - batchSent), SocketFlags.None, out var error);
            if(error != SocketError.Success)
            {
                return IsTemporary(error);
            }
            batchSent += count;
            if(batchSent == batchEnd)
            {
                counters.CountSent(batchFrames, batchEnd - batchFrames * FrameReader.HeaderSize);
                batchFrames = 0;
            }
            return true;
        }

        /// <summary>
        /// Hands frames on that have come in, after one read at most. False if the connection is over: the partner has gone, or
        /// what it sends cannot be understood, which is told.
        /// </summary>
        public bool TryReceive()
        {
            if(IsBlocked)
            {
                return TryHandOn();
            }
            var count = socket!.Receive(reader.Room, SocketFlags.None, out var error);
            if(error != SocketError.Success && IsTemporary(error))
            {
                return true;
            }
            if(error != SocketError.Success || count == 0)
            {
                if(reader.Waiting > 0)
                {
                    reports.Misuse(SocketRules.FrameCutOff, (uint)reader.Waiting, 0);
                }
                return false;
            }
            reader.Add(count);
            return TryHandOn();
        }

        /// <summary>True if a partner is there.</summary>
        public bool IsOpen => socket != null;

        /// <summary>True if frames wait to be sent.</summary>
        public bool HasUnsent => batchFrames > 0 || !queue.IsEmpty;

        /// <summary>True while the network has no room for the next frame from the partner: nothing more is read.</summary>
        public bool IsBlocked { get; private set; }

        /// <summary>True if the partner has closed its end, even if frames that it has sent before are still unread.</summary>
        public bool IsHungUp => PollSet.IsHungUp(socket!.SafeHandle);

        /// <summary>To wait until frames can be read or sent. With neither there is nothing to wait for.</summary>
        public PollEntry Poll => new PollEntry(socket!.SafeHandle, !IsBlocked, HasUnsent);

        private void FillBatch()
        {
            if(batchSent != batchEnd)
            {
                return;
            }
            batchSent = 0;
            batchEnd = 0;
            while(queue.TryTake(batch.Length - batchEnd - FrameReader.HeaderSize, out var frame))
            {
                FrameReader.WriteHeader(batch.AsSpan(batchEnd), frame!.Length);
                frame.Bytes.CopyTo(batch.AsSpan(batchEnd + FrameReader.HeaderSize));
                batchEnd += FrameReader.HeaderSize + frame.Length;
                batchFrames++;
            }
        }

        private bool TryHandOn()
        {
            Rule? broken;
            uint length;
            for(IsBlocked = false; reader.TryPeek(out var frame, out broken, out length); reader.Take(frame.Length))
            {
                if(frame.Length < Ethernet.HeaderSize)
                {
                    counters.CountDropped(SocketDrop.ReceivedTooShort, 1);
                    reports.FrameDropped(SocketRules.ReceivedTooShort, frame.Length, 0, Ethernet.HeaderSize);
                    continue;
                }
                if(!network.TrySend(frame, default))
                {
                    IsBlocked = true;
                    return true;
                }
                counters.CountReceived(frame.Length);
                hasServed = true;
            }
            if(broken != null)
            {
                reports.Misuse(broken, Ethernet.MaxFrameSize, length);
            }
            return broken == null;
        }

        private static bool IsTemporary(SocketError error)
        {
            return error == SocketError.WouldBlock || error == SocketError.Interrupted;
        }

        private int batchSent;
        private int batchEnd;
        private int batchFrames;
        private bool hasServed;
        private Socket? socket;

        private readonly SendQueue queue;
        private readonly SocketCounters counters;
        private readonly IPacketSink network;
        private readonly IReports reports;
        private readonly FrameReader reader = new FrameReader();
        // Room for the longest frame.
        private readonly byte[] batch = new byte[FrameReader.HeaderSize + Ethernet.MaxFrameSize];
    }
}
