// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One partner at a stream socket. QEMU: -netdev stream.

using System;
using System.Buffers.Binary;
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
        /// <summary>Makes a connection to nobody. <paramref name="takesPadding"/> is false for partners that frames must not be padded for.</summary>
        public StreamConnection(SendQueue queue, PartnerCounters counters, PartnerEntrance network, IReports reports, bool takesPadding)
        {
            this.takesPadding = takesPadding;
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
            counters.CountDropped(PartnerDrop.NotConnected, queue.Close() + batchFrames);
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
                var bytes = frame!.Bytes;
                if(!takesPadding)
                {
                    bytes = bytes.Slice(0, LengthWithoutPadding(bytes));
                }
                FrameReader.WriteHeader(batch.AsSpan(batchEnd), bytes.Length);
                bytes.CopyTo(batch.AsSpan(batchEnd + FrameReader.HeaderSize));
                batchEnd += FrameReader.HeaderSize + bytes.Length;
                batchFrames++;
            }
        }

        private bool TryHandOn()
        {
            Rule? broken;
            uint length;
            for(IsBlocked = false; reader.TryPeek(out var frame, out broken, out length); reader.Take(frame.Length))
            {
                if(!network.TryTake(frame, default))
                {
                    IsBlocked = true;
                    return true;
                }
                hasServed = true;
            }
            if(broken != null)
            {
                reports.Misuse(broken, Ethernet.MaxFrameSize, length);
            }
            return broken == null;
        }

        // A short IPv4 packet is filled up to the length of the shortest frame; its header says where it ends (RFC 894). No IPv6 packet of
        // TCP, UDP or ICMP is so short.
        private static int LengthWithoutPadding(ReadOnlySpan<byte> frame)
        {
            if(frame.Length != Ethernet.MinFrameSize || Ethernet.FirstType(frame) != Ethernet.Ipv4)
            {
                return frame.Length;
            }
            var length = Ethernet.HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(Ethernet.HeaderSize + TotalLength));
            return length > Ethernet.HeaderSize + TotalLength && length < frame.Length ? length : frame.Length;
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
        private readonly PartnerCounters counters;
        private readonly PartnerEntrance network;
        private readonly IReports reports;
        private readonly FrameReader reader = new FrameReader();
        // Room for the longest frame.
        private readonly byte[] batch = new byte[FrameReader.HeaderSize + Ethernet.MaxFrameSize];
        private readonly bool takesPadding;

        // Offset of the length in an IPv4 header: RFC 791.
        private const int TotalLength = 2;
    }
}
