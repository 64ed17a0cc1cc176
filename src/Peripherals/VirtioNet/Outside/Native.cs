// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The Linux calls that ports for other processes need and that .NET does not have: descriptors that come with a message, shared
// mappings, eventfds, poll, pipes that nobody waits for, and which file a path names. Outside of Renode/ all native calls and all
// pointers are in this file.

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Outside
{
    /// <summary>Calls of Linux.</summary>
    internal static unsafe class Native
    {
        /// <summary>
        /// Waits until an entry is ready, for so many milliseconds, or without end if negative. A signal ends the wait with
        /// nothing ready. Throws IOException if the system refuses.
        /// </summary>
        public static void Poll(Span<PollEntry> entries, int timeout)
        {
            fixed(PollEntry* first = entries)
            {
                if(poll(first, (UIntPtr)(uint)entries.Length, timeout) >= 0)
                {
                    return;
                }
            }
            if(Marshal.GetLastWin32Error() != ErrorInterrupted)
            {
                throw Error("poll");
            }
            for(var i = 0; i < entries.Length; i++)
            {
                entries[i].Returned = 0;
            }
        }

        /// <summary>
        /// Takes what has come in over a socket, and adds the descriptors that came with it. Never waits: -1 if there is
        /// nothing yet, 0 if the other side is gone. <paramref name="cut"/> tells that descriptors were lost: there were more
        /// than a message may carry, or this process may not open so many.
        /// </summary>
        public static int Receive(SafeHandle socket, Span<byte> buffer, List<SafeFileHandle> descriptors, out bool cut)
        {
            var control = stackalloc byte[ControlSize];
            fixed(byte* start = buffer)
            {
                var vector = new IoVector { Base = start, Length = (UIntPtr)(uint)buffer.Length };
                var header = new SocketMessage { Vectors = &vector, VectorCount = (UIntPtr)1, Control = control, ControlLength = (UIntPtr)ControlSize };
                var count = (long)recvmsg(socket, ref header, MessageDontWait | MessageCloseOnExec);
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
                return (long)send(socket, start, (UIntPtr)(uint)bytes.Length, MessageDontWait | MessageNoSignal) == bytes.Length;
            }
        }

        /// <summary>
        /// Sends a datagram to an address, in the system's own layout, or where the socket is connected to if there is none. Never
        /// waits. Returns 0, or the number of what was wrong: errno(3).
        /// </summary>
        public static int SendTo(SafeHandle socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> address)
        {
            fixed(byte* start = bytes)
            fixed(byte* to = address)
            {
                var count = (long)sendto(socket, start, (UIntPtr)(uint)bytes.Length, MessageDontWait | MessageNoSignal, to, (uint)address.Length);
                return count >= 0 ? 0 : Marshal.GetLastWin32Error();
            }
        }

        /// <summary>Two stream sockets that are connected to each other. Throws IOException if the system has none left.</summary>
        public static (SafeFileHandle Ours, SafeFileHandle Others) CreateSocketPair()
        {
            var pair = stackalloc int[2];
            return socketpair(UnixFamily, StreamType | EventCloseOnExec, 0, pair) == 0
                ? (new SafeFileHandle((IntPtr)pair[0], true), new SafeFileHandle((IntPtr)pair[1], true))
                : throw Error("socketpair");
        }

        /// <summary>Lets the processes that are started from now on have a descriptor, by its number.</summary>
        public static void MakeInheritable(SafeFileHandle handle)
        {
            _ = fcntl(handle, SetDescriptorFlags, 0);
        }

        /// <summary>Makes an eventfd. Throws IOException if the system has none left.</summary>
        public static SafeFileHandle CreateEventFd()
        {
            var descriptor = eventfd(0, EventCloseOnExec | NonBlocking);
            return descriptor >= 0 ? new SafeFileHandle((IntPtr)descriptor, true) : throw Error("eventfd");
        }

        /// <summary>Sets O_NONBLOCK, so that reads and writes of a descriptor do not wait. False if the system refuses.</summary>
        public static bool SetNonBlocking(SafeFileHandle handle)
        {
            var flags = fcntl(handle, GetFlags, 0);
            return flags >= 0 && ((flags & NonBlocking) != 0 || fcntl(handle, SetFlags, flags | NonBlocking) >= 0);
        }

        /// <summary>True if a write would not wait.</summary>
        public static bool CanWrite(SafeFileHandle handle)
        {
            var entry = new PollEntry(handle) { Events = PollOut };
            return poll(&entry, (UIntPtr)1, 0) == 1 && entry.Returned == PollOut;
        }

        /// <summary>
        /// Opens a named pipe to write to it, without waiting for somebody who reads it, and lets it have this room if the
        /// system does. Null if nobody reads it. Throws IOException if it cannot be opened.
        /// </summary>
        public static SafeFileHandle? OpenPipe(string path, int room)
        {
            fixed(byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            {
                var descriptor = open(name, WriteOnly | NonBlocking | EventCloseOnExec);
                if(descriptor < 0)
                {
                    return Marshal.GetLastWin32Error() == ErrorNobodyReads ? null : throw Error("open");
                }
                var pipe = new SafeFileHandle((IntPtr)descriptor, true);
                _ = fcntl(pipe, SetPipeSize, room);
                return pipe;
            }
        }

        /// <summary>
        /// Writes to a pipe what it has room for. Never waits: 0 if it is full, -1 if nobody reads it any more. Throws IOException if
        /// the system refuses.
        /// </summary>
        public static int WriteToPipe(SafeFileHandle pipe, ReadOnlySpan<byte> bytes)
        {
            fixed(byte* start = bytes)
            {
                var count = (long)write(pipe, start, (UIntPtr)(uint)bytes.Length);
                return count >= 0 ? (int)count : Marshal.GetLastWin32Error() switch
                {
                    ErrorAgain => 0,
                    ErrorInterrupted => 0,
                    ErrorBrokenPipe => -1,
                    _ => throw Error("write"),
                };
            }
        }

        /// <summary>True if somebody reads the pipe.</summary>
        public static bool IsRead(SafeFileHandle pipe)
        {
            var entry = new PollEntry(pipe) { Events = PollOut };
            return poll(&entry, (UIntPtr)1, 0) >= 0 && (entry.Returned & PollError) == 0;
        }

        /// <summary>True if the path leads to a named pipe.</summary>
        public static bool IsPipe(string path)
        {
            var status = stackalloc byte[StatusSize];
            fixed(byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            {
                return statx(CurrentFolder, name, 0, StatusTypeAndInode, status) == 0 && (*(ushort*)(status + StatusMode) & ModeType) == ModePipe;
            }
        }

        /// <summary>Adds 1 to an eventfd.</summary>
        public static void Signal(SafeFileHandle handle)
        {
            ulong one = 1;
            _ = write(handle, &one, (UIntPtr)sizeof(ulong));
        }

        /// <summary>
        /// Sets an eventfd back to 0. Never waits, whatever mode another process has put the descriptor into: RWF_NOWAIT asks so
        /// for this read alone. Before Linux 5.8 eventfds do not know it; there the descriptor's own mode has to do.
        /// </summary>
        public static void Drain(SafeFileHandle handle)
        {
            ulong count;
            var vector = new IoVector { Base = (byte*)&count, Length = (UIntPtr)sizeof(ulong) };
            if((long)preadv2(handle, &vector, 1, NoOffset, ReadNoWait) < 0 && Marshal.GetLastWin32Error() == ErrorNotSupported)
            {
                _ = read(handle, &count, (UIntPtr)sizeof(ulong));
            }
        }

        /// <summary>
        /// Opens a TAP interface whose frames have a header of so many bytes in front, little-endian. <paramref name="error"/> is 0, or the
        /// number of what was wrong; then the descriptor, if there is one, is of no use.
        /// </summary>
        public static SafeFileHandle? OpenTap(string name, int headerSize, out int error)
        {
            fixed(byte* device = Encoding.UTF8.GetBytes("/dev/net/tun\0"))
            {
                var descriptor = open(device, ReadWrite | NonBlocking | EventCloseOnExec);
                error = descriptor < 0 ? Marshal.GetLastWin32Error() : 0;
                if(error != 0)
                {
                    return null;
                }
                var tap = new SafeFileHandle((IntPtr)descriptor, true);
                // struct ifreq: a name of 16 bytes, then flags.
                var request = stackalloc byte[InterfaceRequestSize];
                new Span<byte>(request, InterfaceRequestSize).Clear();
                Encoding.ASCII.GetBytes(name, new Span<byte>(request, InterfaceNameSize - 1));
                *(ushort*)(request + InterfaceNameSize) = TapInterface | TapWithoutInformation | TapWithHeader;
                var littleEndian = 1;
                // The last two stay as another process has left them, unless they are set.
                var isOpen = ioctl(tap, (UIntPtr)SetTapInterface, request) >= 0 && ioctl(tap, (UIntPtr)SetTapHeaderSize, (byte*)&headerSize) >= 0
                    && ioctl(tap, (UIntPtr)SetTapLittleEndian, (byte*)&littleEndian) >= 0;
                error = isOpen ? 0 : Marshal.GetLastWin32Error();
                return tap;
            }
        }

        /// <summary>Sets which work (TUN_F_*) the kernel may leave in what is read. False if the kernel does not know one of them.</summary>
        public static bool SetTapOffloads(SafeFileHandle tap, uint offloads)
        {
            return ioctl(tap, (UIntPtr)SetTapOffload, (byte*)offloads) >= 0;
        }

        /// <summary>Reads. Returns how many bytes, or the number of what was wrong, negative.</summary>
        public static int ReadFrom(SafeFileHandle handle, Span<byte> buffer)
        {
            fixed(byte* start = buffer)
            {
                var count = (long)read(handle, start, (UIntPtr)(uint)buffer.Length);
                return count >= 0 ? (int)count : -Marshal.GetLastWin32Error();
            }
        }

        /// <summary>Writes. Returns 0, or the number of what was wrong.</summary>
        public static int WriteTo(SafeFileHandle handle, ReadOnlySpan<byte> bytes)
        {
            fixed(byte* start = bytes)
            {
                return (long)write(handle, start, (UIntPtr)(uint)bytes.Length) >= 0 ? 0 : Marshal.GetLastWin32Error();
            }
        }

        /// <summary>Which file a path names, without following a link. False if there is none.</summary>
        public static bool TryIdentify(string path, out FileIdentity identity)
        {
            var status = stackalloc byte[StatusSize];
            fixed(byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            {
                var found = statx(CurrentFolder, name, DoNotFollow, StatusTypeAndInode, status) == 0;
                identity = found
                    ? new FileIdentity(*(ulong*)(status + StatusDevice), *(ulong*)(status + StatusInode), (*(ushort*)(status + StatusMode) & ModeType) == ModeSocket)
                    : default;
                return found;
            }
        }

        /// <summary>
        /// Seals a file of memory, memfd_create(2), so that nobody can make it shorter any more. True also if such a file does not
        /// accept the seal. False if it is no file of memory, but one of a disk or of another process's file system: those have
        /// no seals.
        /// </summary>
        public static bool TrySeal(SafeFileHandle file)
        {
            if(fcntl(file, GetSeals, 0) < 0)
            {
                return false;
            }
            _ = fcntl(file, AddSeals, SealShrink);
            return true;
        }

        /// <summary>Maps a file, shared. IntPtr.Zero if the system does not allow it.</summary>
        public static IntPtr Map(SafeFileHandle file, ulong length)
        {
            var address = mmap(IntPtr.Zero, (UIntPtr)length, ProtectReadWrite, MapShared | MapNoReserve, file, IntPtr.Zero);
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

        /// <summary>EPERM: it takes a right that this process has not.</summary>
        public const int ErrorNotPermitted = 1;
        /// <summary>ENOENT: there is no such file.</summary>
        public const int ErrorNoEntry = 2;
        /// <summary>EIO: of a TAP interface, that it is down.</summary>
        public const int ErrorInputOutput = 5;
        /// <summary>EACCES: the file is closed to this user.</summary>
        public const int ErrorAccess = 13;
        /// <summary>EBUSY: somebody else has it.</summary>
        public const int ErrorBusy = 16;
        /// <summary>EINTR: a signal came first.</summary>
        public const int ErrorInterrupted = 4;
        /// <summary>EAGAIN: it would have to be waited for.</summary>
        public const int ErrorAgain = 11;
        /// <summary>EMSGSIZE: no datagram is so long.</summary>
        public const int ErrorMessageSize = 90;
        /// <summary>ECONNREFUSED: nobody has the address.</summary>
        public const int ErrorConnectionRefused = 111;

        private static IOException Error(string call)
        {
            return new IOException($"{call}: {new Win32Exception(Marshal.GetLastWin32Error()).Message}");
        }

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
        private static extern IntPtr recvmsg(SafeHandle socket, ref SocketMessage message, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr send(SafeHandle socket, byte* buffer, UIntPtr length, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr sendto(SafeHandle socket, byte* buffer, UIntPtr length, int flags, byte* address, uint addressLength);

        [DllImport(Library, SetLastError = true)]
        private static extern int socketpair(int family, int type, int protocol, int* pair);

        [DllImport(Library, SetLastError = true)]
        private static extern int eventfd(uint value, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern int fcntl(SafeHandle descriptor, int command, int argument);

        [DllImport(Library, SetLastError = true)]
        private static extern int open(byte* path, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr read(SafeHandle descriptor, void* buffer, UIntPtr length);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr preadv2(SafeHandle descriptor, IoVector* vectors, int count, long offset, int flags);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr write(SafeHandle descriptor, void* buffer, UIntPtr length);

        [DllImport(Library, SetLastError = true)]
        private static extern IntPtr mmap(IntPtr address, UIntPtr length, int protection, int flags, SafeHandle descriptor, IntPtr offset);

        [DllImport(Library, SetLastError = true)]
        private static extern int ioctl(SafeHandle descriptor, UIntPtr request, byte* argument);

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
        private const short PollError = 8;

        private const int UnixFamily = 1;
        private const int StreamType = 1;
        private const int SetDescriptorFlags = 2;
        private const int SocketLevel = 1;
        private const int SocketRights = 1;
        private const int MessageControlCut = 0x8;
        private const int MessageDontWait = 0x40;
        private const int MessageNoSignal = 0x4000;
        private const int MessageCloseOnExec = 0x4000_0000;
        private const int ErrorNobodyReads = 6;
        private const int ErrorBrokenPipe = 32;
        private const int ErrorNotSupported = 95;
        private const int GetFlags = 3;
        private const int SetFlags = 4;
        private const int SetPipeSize = 1031;
        private const int WriteOnly = 1;
        private const int ReadWrite = 2;
        // TUNSETIFF and others, as most architectures number them: linux/if_tun.h.
        private const uint SetTapInterface = 0x4004_54CA;
        private const uint SetTapOffload = 0x4004_54D0;
        private const uint SetTapHeaderSize = 0x4004_54D8;
        private const uint SetTapLittleEndian = 0x4004_54DC;
        // IFF_TAP, IFF_NO_PI, IFF_VNET_HDR.
        private const ushort TapInterface = 2;
        private const ushort TapWithoutInformation = 0x1000;
        private const ushort TapWithHeader = 0x4000;
        private const int InterfaceNameSize = 16;
        private const int InterfaceRequestSize = 40;
        private const int AddSeals = 1033;
        private const int GetSeals = 1034;
        private const int SealShrink = 2;
        // preadv2(2): -1 reads at the descriptor's own position, as read(2) does.
        private const long NoOffset = -1;
        private const int ReadNoWait = 8;
        private const int NonBlocking = 0x800;
        private const int EventCloseOnExec = 0x8_0000;
        // struct statx has the same layout everywhere; struct stat has not.
        private const int StatusSize = 256;
        private const int StatusMode = 28;
        private const int StatusInode = 32;
        private const int StatusDevice = 136;
        private const int CurrentFolder = -100;
        private const int DoNotFollow = 0x100;
        private const uint StatusTypeAndInode = 0x101;
        private const int ModeType = 0xF000;
        private const int ModeSocket = 0xC000;
        private const int ModePipe = 0x1000;
        private const int ProtectReadWrite = 3;
        private const int MapShared = 1;
        private const int MapNoReserve = 0x4000;
    }
}
