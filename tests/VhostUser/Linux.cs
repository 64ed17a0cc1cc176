// renode-virtio-net, MIT licence: see LICENSE.
// The calls of Linux that a front end needs: eventfds, memory with seals, and descriptors that go with a message; and those
// by which a test makes the system refuse what it usually grants.

using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Tests.VhostUser;

internal static unsafe class Linux
{
    public static SafeFileHandle EventFd() => new(eventfd(0, CloseOnExec | NonBlocking), true);

    /// <summary>Memory whose file can be sealed, as QEMU's is, or not, as DPDK's.</summary>
    public static SafeFileHandle Memory(long size, bool canBeSealed = true)
    {
        fixed(byte* name = "vhost-user-test-memfd\0"u8)
        {
            var file = new SafeFileHandle(memfd_create(name, canBeSealed ? AllowSealing : 0), true);
            return ftruncate(file, size) == 0 ? file : throw new IOException("ftruncate");
        }
    }

    /// <summary>Cuts a file to a length. False if it may not be.</summary>
    public static bool TryCut(SafeFileHandle file, long size) => ftruncate(file, size) == 0;

    /// <summary>Makes reads and writes of a descriptor wait or not, in every process that has it.</summary>
    public static void SetBlocking(SafeFileHandle handle, bool blocking) => _ = fcntl(handle, SetFlags, ReadWrite | (blocking ? 0 : NonBlocking));

    /// <summary>Sets the lowest descriptor number that this process may not have (RLIMIT_NOFILE). Returns the limit before.</summary>
    public static long LimitDescriptors(long limit)
    {
        var limits = stackalloc long[2];
        _ = getrlimit(DescriptorLimit, limits);
        var before = limits[0];
        limits[0] = limit;
        return setrlimit(DescriptorLimit, limits) == 0 ? before : throw new IOException("setrlimit");
    }

    /// <summary>The number that the next descriptor will get. With this number as limit none can be opened.</summary>
    public static int LowestFreeDescriptor()
    {
        using var next = EventFd();
        return (int)next.DangerousGetHandle();
    }

    /// <summary>Opens eventfds until no descriptor number is free below the highest one in use.</summary>
    public static List<SafeFileHandle> TakeNumbersInBetween()
    {
        var taken = new List<SafeFileHandle>();
        var highest = Directory.GetFiles("/proc/self/fd").Max(x => int.Parse(Path.GetFileName(x), System.Globalization.CultureInfo.InvariantCulture));
        while(LowestFreeDescriptor() < highest)
        {
            taken.Add(EventFd());
        }
        return taken;
    }

    /// <summary>Lets others than root write to a folder, or not.</summary>
    public static void SetWritable(string folder, bool writable)
    {
        fixed(byte* name = System.Text.Encoding.UTF8.GetBytes(folder + "\0"))
        {
            _ = chmod(name, writable ? AllRights : ReadRights);
        }
    }

    /// <summary>Makes a script a program.</summary>
    public static void MakeExecutable(string path) => SetWritable(path, true);

    /// <summary>Makes the calling thread, and no other, access files as user "nobody", or as before; without effect unless root.</summary>
    public static void SetNobody(bool nobody)
    {
        if(Environment.IsPrivilegedProcess)
        {
            _ = setfsuid(nobody ? NobodyId : 0);
        }
    }

    /// <summary>Adds 1 to an eventfd.</summary>
    public static void Signal(SafeFileHandle handle)
    {
        ulong one = 1;
        _ = write((int)handle.DangerousGetHandle(), &one, sizeof(ulong));
    }

    /// <summary>Adds to an eventfd what it can count at most.</summary>
    public static void Fill(SafeFileHandle handle)
    {
        var most = ulong.MaxValue - 1;
        _ = write((int)handle.DangerousGetHandle(), &most, sizeof(ulong));
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
        if(poll(&entry, 1, (int)FrontEnd.Limit.TotalMilliseconds) != 1)
        {
            throw new TimeoutException("nobody has signalled the eventfd");
        }
    }

    /// <summary>True if a read would not wait.</summary>
    public static bool HasBytes(SafeFileHandle handle)
    {
        var entry = ((int)handle.DangerousGetHandle(), (short)1, (short)0);
        return poll(&entry, 1, 0) == 1;
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
    private const int CloseOnExec = 0x8_0000;
    private const int NonBlocking = 0x800;
    private const int SetFlags = 4;
    private const int ReadWrite = 2;
    private const int DescriptorLimit = 7;
    private const uint AllowSealing = 2;
    private const uint AllRights = 0x1FF;
    private const uint ReadRights = 0x16D;
    private const uint NobodyId = 65534;

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

    [DllImport("libc")]
    private static extern nint memfd_create(byte* name, uint flags);

    [DllImport("libc")]
    private static extern int ftruncate(SafeHandle file, long size);

    [DllImport("libc")]
    private static extern int fcntl(SafeHandle handle, int command, int argument);

    [DllImport("libc")]
    private static extern int getrlimit(int resource, long* limits);

    [DllImport("libc")]
    private static extern int setrlimit(int resource, long* limits);

    [DllImport("libc")]
    private static extern int chmod(byte* path, uint mode);

    [DllImport("libc")]
    private static extern int setfsuid(uint user);
}
