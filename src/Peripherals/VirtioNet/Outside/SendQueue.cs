// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Frames that wait for a partner to take them.

using System;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside
{
    /// <summary>
    /// Frames in their order, bounded in frames and bytes. Any thread adds; the port's thread takes, opens and closes. The lock
    /// is held for no longer than that.
    /// </summary>
    internal sealed class SendQueue
    {
        /// <summary>
        /// Adds a frame, or counts why it was dropped, and tells it where a counter alone would not do. True if the frame is
        /// the only one that waits: then the port's thread has to be woken.
        /// </summary>
        public bool Add(Packet frame, PartnerCounters counters, IReports reports)
        {
            PartnerDrop reason;
            lock(gate)
            {
                reason = isOpen ? PartnerDrop.QueueFull : PartnerDrop.NotConnected;
                if(isOpen && count < MaxFrames && (count == 0 || bytes + frame.Length <= MaxBytes))
                {
                    frames[(first + count) % MaxFrames] = frame;
                    count++;
                    bytes += frame.Length;
                    return count == 1;
                }
            }
            counters.CountDropped(reason, 1);
            if(reason == PartnerDrop.QueueFull)
            {
                reports.FrameDropped(PartnerRules.QueueFull, frame.Length, Ethernet.FirstType(frame.Bytes), MaxFrames);
            }
            return false;
        }

        /// <summary>The first frame, if there is one and it has no more bytes than there is room for.</summary>
        public bool TryTake(int room, out Packet? frame)
        {
            lock(gate)
            {
                frame = count == 0 ? null : frames[first];
                if(frame == null || frame.Length > room)
                {
                    return false;
                }
                frames[first] = null;
                first = (first + 1) % MaxFrames;
                count--;
                bytes -= frame.Length;
                return true;
            }
        }

        /// <summary>Takes frames from now on.</summary>
        public void Open()
        {
            lock(gate)
            {
                isOpen = true;
            }
        }

        /// <summary>Takes none from now on, and forgets those that wait. Returns how many.</summary>
        public int Close()
        {
            lock(gate)
            {
                var forgotten = count;
                isOpen = false;
                Array.Clear(frames, 0, MaxFrames);
                count = 0;
                bytes = 0;
                return forgotten;
            }
        }

        /// <summary>True if no frame waits.</summary>
        public bool IsEmpty
        {
            get
            {
                lock(gate)
                {
                    return count == 0;
                }
            }
        }

        /// <summary>Most frames that wait.</summary>
        public const int MaxFrames = 1024;

        /// <summary>Most bytes that wait; one frame alone may have more.</summary>
        public const int MaxBytes = 4 << 20;

        private bool isOpen;
        private int first;
        private int count;
        private int bytes;

        private readonly object gate = new object();
        private readonly Packet?[] frames = new Packet?[MaxFrames];
    }
}
