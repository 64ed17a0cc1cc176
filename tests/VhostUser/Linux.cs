// The calls of Linux that a front end needs: eventfds, and descriptors that go with a message.

using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Tests.VhostUser;

internal static unsafe class Linux
{
    public static SafeFileHandle EventFd() => new(eventfd(0, 0x8_0800), true);

    /// <summary>Adds 1 to an eventfd.</summary>
    public static void Signal(SafeFileHandle handle)
    {
        ulong one = 1;
        _ = write((int)handle.DangerousGetHandle(), &one, sizeof(ulong));
    }

    /// <summary>Takes the count of an eventfd, 0 if nobody has signalled.</summary>
    public static ulong Take(SafeFileHandle handle)
    {
        ulong count = 0;
        _ = read((int)handle.DangerousGetHandle(), &count, sizeof(ulong));
        return count;
    }

    /// <summary>Waits for a signal of an eventfd.</summary>
    public static void Wait(SafeFileHandle handle)
    {
        var entry = ((int)handle.DangerousGetHandle(), (short)1, (short)0);
        _ = poll(&entry, 1, -1);
    }

    /// <summary>Sends bytes with descriptors. False if the other side is gone.</summary>
    public static bool Send(Socket socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<SafeHandle> handles)
    {
        var control = stackalloc byte[Header + 32 * sizeof(int)];
        *(nuint*)control = (nuint)(Header + handles.Length * sizeof(int));
        ((int*)control)[2] = 1;
        ((int*)control)[3] = 1;
        for(var i = 0; i < handles.Length; i++)
        {
            ((int*)control)[4 + i] = (int)handles[i].DangerousGetHandle();
        }
        fixed(byte* start = bytes)
        {
            var vector = (Base: (nint)start, Length: (nint)bytes.Length);
            var message = new Message
            {
                Vectors = (nint)(&vector),
                Count = 1,
                Control = handles.Length == 0 ? 0 : (nint)control,
                ControlLength = handles.Length == 0 ? 0 : (nint)(Header + handles.Length * sizeof(int)),
            };
            return sendmsg((int)socket.SafeHandle.DangerousGetHandle(), &message, 0x4000) == bytes.Length;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public nint Name;
        public nint NameLength;
        public nint Vectors;
        public nint Count;
        public nint Control;
        public nint ControlLength;
        public nint Flags;
    }

    private const int Header = 16;

    [DllImport("libc")]
    private static extern int eventfd(uint value, int flags);

    [DllImport("libc")]
    private static extern nint read(int descriptor, void* buffer, nint length);

    [DllImport("libc")]
    private static extern nint write(int descriptor, void* buffer, nint length);

    [DllImport("libc")]
    private static extern int poll(void* entries, nint count, int timeout);

    [DllImport("libc")]
    private static extern nint sendmsg(int socket, void* message, int flags);
}
