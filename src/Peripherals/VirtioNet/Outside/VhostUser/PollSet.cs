#nullable enable
// What the back end's thread waits for. poll(2); QEMU's docs/interop/vhost-user.rst, "Starting and stopping rings".

using System;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>The wake-up, newcomers at the socket, the front end that is connected, and the kicks of the rings that run.</summary>
    internal sealed class PollSet
    {
        /// <summary>Makes the set for a device of so many rings.</summary>
        public PollSet(int rings)
        {
            entries = new PollEntry[FirstKick + rings];
            ringEntries = new int[rings];
        }

        /// <summary>Takes what there is to wait for now; newcomers wait while there is no listener.</summary>
        public void Collect(EventFd wake, UnixListener? listener, VhostUserConnection? connection, VhostUserDevice device)
        {
            entries[WakeEntry] = wake.Poll;
            entries[ListenerEntry] = listener?.Poll ?? Nothing;
            entries[ConnectionEntry] = connection?.Poll ?? Nothing;
            count = FirstKick;
            HasRingWithoutKick = false;
            for(var i = 0; i < ringEntries.Length; i++)
            {
                ringEntries[i] = NotRunning;
                if(!device.IsRunning(i))
                {
                    continue;
                }
                var kick = device.Ring((uint)i)!.Kick;
                if(kick == null)
                {
                    ringEntries[i] = WithoutKick;
                    HasRingWithoutKick = true;
                }
                else
                {
                    ringEntries[i] = count;
                    entries[count] = kick.Poll;
                    count++;
                }
            }
        }

        /// <summary>Waits until one of them is ready, so many milliseconds at most, or for ever if negative.</summary>
        public void Wait(int milliseconds)
        {
            Native.Poll(entries.AsSpan(0, count), milliseconds);
        }

        /// <summary>True if the ring runs and was kicked, or has no kick: then its driver expects to be looked after.</summary>
        public bool IsDue(int ring)
        {
            var entry = ringEntries[ring];
            return entry == WithoutKick || entry != NotRunning && entries[entry].IsReady;
        }

        /// <summary>True if a ring has to be looked at again and again.</summary>
        public bool HasRingWithoutKick { get; private set; }

        /// <summary>True if the thread was woken.</summary>
        public bool IsWoken => entries[WakeEntry].IsReady;

        /// <summary>True if somebody wants to connect.</summary>
        public bool HasNewcomer => entries[ListenerEntry].IsReady;

        /// <summary>True if the front end has said something, or has gone.</summary>
        public bool HasMessage => entries[ConnectionEntry].IsReady;

        private int count;

        private readonly PollEntry[] entries;
        // The place of each ring in the entries, or one of the two states below.
        private readonly int[] ringEntries;

        // poll(2): negative ones are passed over.
        private static readonly PollEntry Nothing = new PollEntry { Descriptor = -1 };

        private const int NotRunning = -1;
        private const int WithoutKick = -2;

        private const int WakeEntry = 0;
        private const int ListenerEntry = 1;
        private const int ConnectionEntry = 2;
        private const int FirstKick = 3;
    }
}
