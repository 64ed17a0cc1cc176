// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Counters by which one process or thread wakes another: a port's own wake-up, and the kick, call and err of a vring.
// eventfd(2).

using System;
using System.IO;

using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Outside
{
    /// <summary>
    /// An eventfd, used without ever waiting for it. Whether a read or a write waits is a mode (O_NONBLOCK) that belongs to the
    /// eventfd and not to the descriptor, so the process that has handed it over can change the mode at any time. A read asks not to
    /// wait in the call itself (RWF_NOWAIT), so the other process cannot make it wait. A write has no such flag: it waits if the
    /// other process, between the check for room and the write, takes O_NONBLOCK away and fills the counter to its maximum. The
    /// thread then waits until the counter is read. No driver and no virtual machine monitor does that; a process that does it on
    /// purpose can stop the port, and every thread that hands a frame to the port. Accepted: such a process is trusted.
    /// </summary>
    internal sealed class EventFd : IDisposable
    {
        /// <summary>Makes an eventfd. Throws IOException if the system has none left.</summary>
        public EventFd() : this(Native.CreateEventFd())
        {
        }

        /// <summary>
        /// Takes a descriptor that came with a message. False if it is anything but an eventfd: a file would always be ready, and a
        /// read of some other kinds of descriptor can wait without end.
        /// </summary>
        public static bool TryTake(SafeFileHandle handle, out EventFd eventFd)
        {
            eventFd = new EventFd(handle);
            return new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget == "anon_inode:[eventfd]"
                && Native.SetNonBlocking(handle);
        }

        /// <summary>Wakes whoever waits for it.</summary>
        public void Signal()
        {
            // If there is no room, the counter is at its maximum and not 0, so its reader is awake already.
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
