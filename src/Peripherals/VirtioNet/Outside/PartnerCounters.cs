// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a port for a partner has counted.

using System.Threading;

namespace VirtioNet.Outside
{
    /// <summary>Why a frame does not pass a port.</summary>
    public enum PartnerDrop
    {
        /// <summary>To a partner who is not there, or has gone before the frame had left.</summary>
        NotConnected,
        /// <summary>To a partner who does not take its frames as fast as they come.</summary>
        QueueFull,
        /// <summary>To a partner, and longer than a datagram can be.</summary>
        SentTooLong,
        /// <summary>To a partner, and refused by the host.</summary>
        SentRefused,
        /// <summary>To a partner, while the link was down.</summary>
        SentLinkDown,
        /// <summary>From a partner, while the link was down.</summary>
        ReceivedLinkDown,
        /// <summary>From a partner, and refused by the network.</summary>
        ReceivedRefused,
        /// <summary>From a partner, and shorter than an Ethernet header.</summary>
        ReceivedTooShort,
        /// <summary>From a partner, and longer than any frame.</summary>
        ReceivedTooLong,
        /// <summary>From a partner, with work left that its headers do not allow.</summary>
        ReceivedBroken,
    }

    /// <summary>Any thread may count and read.</summary>
    public sealed class PartnerCounters
    {
        /// <summary>Frames that did not pass, for a reason.</summary>
        public long Dropped(PartnerDrop reason)
        {
            return Interlocked.Read(ref dropped[(int)reason]);
        }

        /// <summary>Frames that the system has taken for the partner.</summary>
        public long Sent => Interlocked.Read(ref sent);

        /// <summary>Their bytes.</summary>
        public long SentBytes => Interlocked.Read(ref sentBytes);

        /// <summary>Frames from the partner that the network has taken.</summary>
        public long Received => Interlocked.Read(ref received);

        /// <summary>Their bytes.</summary>
        public long ReceivedBytes => Interlocked.Read(ref receivedBytes);

        internal void Reset()
        {
            Interlocked.Exchange(ref sent, 0);
            Interlocked.Exchange(ref sentBytes, 0);
            Interlocked.Exchange(ref received, 0);
            Interlocked.Exchange(ref receivedBytes, 0);
            for(var i = 0; i < dropped.Length; i++)
            {
                Interlocked.Exchange(ref dropped[i], 0);
            }
        }

        internal void CountSent(int frames, int bytes)
        {
            Interlocked.Add(ref sent, frames);
            Interlocked.Add(ref sentBytes, bytes);
        }

        internal void CountReceived(int bytes)
        {
            Interlocked.Increment(ref received);
            Interlocked.Add(ref receivedBytes, bytes);
        }

        internal void CountDropped(PartnerDrop reason, int frames)
        {
            Interlocked.Add(ref dropped[(int)reason], frames);
        }

        private long sent;
        private long sentBytes;
        private long received;
        private long receivedBytes;

        private readonly long[] dropped = new long[(int)PartnerDrop.ReceivedBroken + 1];
    }
}
