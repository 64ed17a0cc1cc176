// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a port's thread waits for. poll(2).

using System;
using System.IO;
using System.Runtime.InteropServices;

namespace VirtioNet.Outside
{
    /// <summary>An entry of poll(2): struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        /// <summary>Waits until there is something to read. Only the thread that waits may close the descriptor.</summary>
        public PollEntry(SafeHandle handle)
        {
            Descriptor = (int)handle.DangerousGetHandle();
            Events = PollIn;
            Returned = 0;
        }

        /// <summary>Waits until there is something to read, or room to write, or either. The other side's end is told in any case.</summary>
        public PollEntry(SafeHandle handle, bool reads, bool writes) : this(handle)
        {
            Events = (short)((reads ? PollIn : 0) | (writes ? PollOut : 0));
        }

        /// <summary>Waits for nothing but the other side's end.</summary>
        public static PollEntry ForEnd(SafeHandle handle)
        {
            return new PollEntry(handle) { Events = PollEnd };
        }

        /// <summary>True if there is something to read, or the other side is gone.</summary>
        public bool IsReady => Returned != 0;

        /// <summary>fd.</summary>
        public int Descriptor;
        /// <summary>events.</summary>
        public short Events;
        /// <summary>revents.</summary>
        public short Returned;

        private const short PollIn = 1;
        private const short PollOut = 4;
        // POLLRDHUP: nothing comes any more. POLLHUP, which TCP has only when both directions have ended, comes unasked.
        private const short PollEnd = 0x2000;
    }

    /// <summary>Descriptors to wait for, collected anew for each wait.</summary>
    internal sealed class PollSet
    {
        /// <summary>Empties the set.</summary>
        public void Clear()
        {
            count = 0;
        }

        /// <summary>Adds a descriptor, and returns its place in the set.</summary>
        public int Add(PollEntry entry)
        {
            if(count == entries.Length)
            {
                Array.Resize(ref entries, entries.Length * 2);
            }
            entries[count] = entry;
            count++;
            return count - 1;
        }

        /// <summary>
        /// Waits until one is ready, so many milliseconds at most, or for ever if negative. Throws IOException if the system
        /// refuses to wait.
        /// </summary>
        public void Wait(int milliseconds)
        {
            Native.Poll(entries.AsSpan(0, count), milliseconds);
        }

        /// <summary>True if the descriptor at this place is ready. <see cref="Nowhere"/> never is.</summary>
        public bool IsReady(int place)
        {
            return place != Nowhere && entries[place].IsReady;
        }

        /// <summary>True if the other side of a socket has closed its end, even if what it has sent before is still unread.</summary>
        public static bool IsHungUp(SafeHandle socket)
        {
            Span<PollEntry> entry = stackalloc PollEntry[] { PollEntry.ForEnd(socket) };
            Native.Poll(entry, 0);
            return entry[0].IsReady;
        }

        /// <summary>Instead of a place, for a descriptor that is not in the set.</summary>
        public const int Nowhere = -1;

        private PollEntry[] entries = new PollEntry[InitialSize];
        private int count;

        private const int InitialSize = 8;
    }
}
