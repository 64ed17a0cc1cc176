#nullable enable
// The event descriptors of a vring: kick, call and err. eventfd(2).

using System;
using System.IO;

using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Outside
{
    /// <summary>
    /// An eventfd. Neither side of it waits. The other side shares the mode of its descriptors, though: one that makes
    /// them wait again, and takes back its own kick at the moment at which it is heard, stops its back end until it
    /// kicks anew. Who may connect to the socket is trusted so far.
    /// </summary>
    internal sealed class EventFd : IDisposable
    {
        /// <summary>Makes one.</summary>
        public EventFd() : this(Native.CreateEventFd())
        {
        }

        /// <summary>
        /// Takes a descriptor that came with a message. False if it is anything but an eventfd: a file would always be
        /// ready, and what else a descriptor may be can hang its reader.
        /// </summary>
        public static bool TryTake(SafeFileHandle handle, out EventFd eventFd)
        {
            eventFd = new EventFd(handle);
            return new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget == "anon_inode:[eventfd]"
                && Native.SetNonBlocking(handle);
        }

        /// <summary>Wakes who waits for it.</summary>
        public void Signal()
        {
            // One that cannot count further is signalled as it is.
            if(Native.CanWrite(handle))
            {
                Native.Signal(handle);
            }
        }

        /// <summary>Takes back all signals.</summary>
        public void Drain()
        {
            Native.Drain(handle);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            handle.Dispose();
        }

        /// <summary>To wait for a signal.</summary>
        public PollEntry Poll => new PollEntry(handle);

        private EventFd(SafeFileHandle handle)
        {
            this.handle = handle;
        }

        private readonly SafeFileHandle handle;
    }
}
