#nullable enable
// What vhost-user needs of Linux and .NET has no call for: descriptors that come with a message, shared mappings,
// eventfds and poll. All native calls and all pointers of the core are in this file.

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Outside
{
    /// <summary>An entry of poll(2): struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        /// <summary>Waits until there is something to read.</summary>
        public PollEntry(SafeHandle handle)
        {
            Descriptor = (int)handle.DangerousGetHandle();
            Events = PollIn;
            Returned = 0;
        }

        /// <summary>True if there is something to read, or the other side is gone.</summary>
        public bool IsReady => Returned != 0;

        /// <summary>True if the other side is gone.</summary>
        public bool IsHungUp => (Returned & (PollError | PollHangUp)) != 0;

        /// <summary>fd.</summary>
        public int Descriptor;
        /// <summary>events.</summary>
        public short Events;
        /// <summary>revents.</summary>
        public short Returned;

        private const short PollIn = 1;
        private const short PollError = 8;
        private const short PollHangUp = 16;
    }

    /// <summary>Calls of Linux.</summary>
    internal static unsafe class Native
    {
        /// <summary>Waits until an entry is ready, for so many milliseconds, or without end if negative.</summary>
        public static void Poll(Span<PollEntry> entries, int timeout)
        {
            fixed(PollEntry* first = entries)
            {
                if(poll(first, (UIntPtr)(uint)entries.Length, timeout) >= 0)
                {
                    return;
                }
            }
            // A signal, or memory is short: the caller looks again.
            foreach(ref var entry in entries)
            {
                entry.Returned = 0;
            }
        }

        /// <summary>
        /// Takes what has come in over a socket, and adds the descriptors that came with it. Never waits: -1 if there is
        /// nothing yet, 0 if the other side is gone. <paramref name="cut"/> tells that there were more descriptors than
        /// a message may carry.
        /// </summary>
        public static int Receive(SafeHandle socket, Span<byte> buffer, List<SafeFileHandle> descriptors, out bool cut)
        {
            var control = stackalloc byte[ControlSize];
            fixed(byte* start = buffer)
            {
                var vector = new IoVector { Base = start, Length = (UIntPtr)(uint)buffer.Length };
                var header = new SocketMessage { Vectors = &vector, VectorCount = (UIntPtr)1, Control = control, ControlLength = (UIntPtr)ControlSize };
                var count = (long)recvmsg((int)socket.DangerousGetHandle(), ref header, MessageDontWait | MessageCloseOnExec);
                var error = Marshal.GetLastWin32Error();
                cut = false;
                if(count < 0)
                {
                    return error == ErrorAgain || error == ErrorInterrupted ? -1 : 0;
                }
                cut = (header.Flags & MessageControlCut) != 0;
                TakeDescriptors(control, (int)header.ControlLength, descriptors);
                return (int)count;
            }
        }

        /// <summary>Sends bytes over a socket. False unless all of them leave at once.</summary>
        public static bool Send(SafeHandle socket, ReadOnlySpan<byte> bytes)
        {
            fixed(byte* start = bytes)
            {
                return (long)send((int)socket.DangerousGetHandle(), start, (UIntPtr)(uint)bytes.Length, MessageDontWait | MessageNoSignal) == bytes.Length;
            }
        }

        /// <summary>Makes an eventfd.</summary>
        public static SafeFileHandle CreateEventFd()
        {
            var descriptor = eventfd(0, EventCloseOnExec | NonBlocking);
            return descriptor >= 0
                ? new SafeFileHandle((IntPtr)descriptor, true)
                : throw new IOException("eventfd: " + new Win32Exception(Marshal.GetLastWin32Error()).Message);
        }

        /// <summary>Sees to it that reads and writes of a descriptor do not wait.</summary>
        public static bool SetNonBlocking(SafeFileHandle handle)
        {
            var descriptor = (int)handle.DangerousGetHandle();
            var flags = fcntl(descriptor, GetFlags, 0);
            return flags >= 0 && ((flags & NonBlocking) != 0 || fcntl(descriptor, SetFlags, flags | NonBlocking) >= 0);
        }

        /// <summary>True if a write would not wait.</summary>
        public static bool CanWrite(SafeFileHandle handle)
        {
            var entry = new PollEntry(handle) { Events = PollOut };
            return poll(&entry, (UIntPtr)1, 0) == 1 && entry.Returned == PollOut;
        }

        /// <summary>Adds 1 to an eventfd.</summary>
        public static void Signal(SafeFileHandle handle)
        {
            ulong one = 1;
            _ = write((int)handle.DangerousGetHandle(), &one, (UIntPtr)sizeof(ulong));
        }

        /// <summary>Sets an eventfd back to 0.</summary>
        public static void Drain(SafeFileHandle handle)
        {
            ulong count;
            _ = read((int)handle.DangerousGetHandle(), &count, (UIntPtr)sizeof(ulong));
        }

        /// <summary>True if the path names a socket.</summary>
        public static bool IsSocket(string path)
        {
            var status = stackalloc byte[StatusSize];
            fixed(byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            {
                return statx(CurrentFolder, name, DoNotFollow, StatusType, status) == 0
                    && (*(ushort*)(status + StatusMode) & ModeType) == ModeSocket;
            }
        }

        /// <summary>Maps a file, shared. IntPtr.Zero if the system does not allow it.</summary>
        public static IntPtr Map(SafeFileHandle file, ulong length)
        {
            var address = mmap(IntPtr.Zero, (UIntPtr)length, ProtectReadWrite, MapShared | MapNoReserve, (int)file.DangerousGetHandle(), IntPtr.Zero);
            return address == (IntPtr)(-1) ? IntPtr.Zero : address;
        }

        /// <summary>Ends a mapping.</summary>
        public static void Unmap(IntPtr address, ulong length)
        {
            _ = munmap(address, (UIntPtr)length);
        }

        /// <summary>A view of mapped memory. The caller has checked that it lies inside of the mapping.</summary>
        public static Span<byte> View(IntPtr address, ulong offset, int length)
        {
            return new Span<byte>((byte*)address + offset, length);
        }

        /// <summary>Most descriptors that come with a message: one for each memory region.</summary>
        public const int MaxDescriptors = 8;

        // cmsg(3): struct cmsghdr is length, level and type; the next one starts on the next boundary of a word.
        private static void TakeDescriptors(byte* control, int length, List<SafeFileHandle> descriptors)
        {
            for(var at = 0; at + ControlHeaderSize <= length;)
            {
                var size = (int)*(UIntPtr*)(control + at);
                if(size < ControlHeaderSize || size > length - at)
                {
                    return;
                }
                var level = *(int*)(control + at + sizeof(UIntPtr));
                var type = *(int*)(control + at + sizeof(UIntPtr) + sizeof(int));
                for(var i = at + ControlHeaderSize; level == SocketLevel && type == SocketRights && i + sizeof(int) <= at + size; i += sizeof(int))
                {
                    descriptors.Add(new SafeFileHandle((IntPtr)(*(int*)(control + i)), true));
                }
                at += (size + sizeof(UIntPtr) - 1) & ~(sizeof(UIntPtr) - 1);
            }
        }

        [DllImport(Library, SetLastError = true)]
        private static extern int poll(PollEntry* entries, UIntPtr count, int timeout);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr recvmsg(int socket, ref SocketMessage message, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr send(int socket, byte* buffer, UIntPtr length, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern int eventfd(uint value, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern int fcntl(int descriptor, int command, int argument);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr read(int descriptor, void* buffer, UIntPtr length);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr write(int descriptor, void* buffer, UIntPtr length);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr mmap(IntPtr address, UIntPtr length, int protection, int flags, int descriptor, IntPtr offset);

        [DllImport(Library, SetLastError = true)]
        private static extern int munmap(IntPtr address, UIntPtr length);

        [DllImport(Library, SetLastError = true)]
        private static extern int statx(int folder, byte* path, int flags, uint mask, byte* status);

        // struct iovec.
        [StructLayout(LayoutKind.Sequential)]
        private struct IoVector
        {
            public byte* Base;
            public UIntPtr Length;
        }

        // struct msghdr.
        [StructLayout(LayoutKind.Sequential)]
        private struct SocketMessage
        {
            public byte* Name;
            public uint NameLength;
            public IoVector* Vectors;
            public UIntPtr VectorCount;
            public byte* Control;
            public UIntPtr ControlLength;
            public int Flags;
        }

        private static int ControlHeaderSize => sizeof(UIntPtr) + 2 * sizeof(int);

        private static int ControlSize => ControlHeaderSize + MaxDescriptors * sizeof(int);

        private const string Library = "libc";

        private const short PollOut = 4;

        private const int SocketLevel = 1;
        private const int SocketRights = 1;
        private const int MessageControlCut = 0x8;
        private const int MessageDontWait = 0x40;
        private const int MessageNoSignal = 0x4000;
        private const int MessageCloseOnExec = 0x4000_0000;
        private const int ErrorInterrupted = 4;
        private const int ErrorAgain = 11;
        private const int GetFlags = 3;
        private const int SetFlags = 4;
        private const int NonBlocking = 0x800;
        private const int EventCloseOnExec = 0x8_0000;
        // struct statx has the same layout everywhere; struct stat has not.
        private const int StatusSize = 256;
        private const int StatusMode = 28;
        private const int CurrentFolder = -100;
        private const int DoNotFollow = 0x100;
        private const uint StatusType = 1;
        private const int ModeType = 0xF000;
        private const int ModeSocket = 0xC000;
        private const int ProtectReadWrite = 3;
        private const int MapShared = 1;
        private const int MapNoReserve = 0x4000;
    }
}
