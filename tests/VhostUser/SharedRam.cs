// renode-virtio-net, MIT licence: see LICENSE.
// Guest RAM that a front end shares with a back end.

using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VirtioNet.Driver;

namespace VirtioNet.Tests.VhostUser;

/// <summary>A file in memory, mapped. In messages the front end names it by user addresses, from <see cref="UserBase"/> on.</summary>
internal sealed class SharedRam : DriverMemory, IDisposable
{
    /// <summary>RAM in a file of /dev/shm, or in the one given.</summary>
    public SharedRam(int size = 4 << 20, SafeFileHandle? file = null)
        : base(0x4000_0000, size)
    {
        Size = size;
        File = file ?? Open(size);
        mapping = MemoryMappedFile.CreateFromFile(File, null, size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, true);
        view = mapping.CreateViewAccessor();
    }

    /// <summary>A file of zeros that nobody else sees.</summary>
    public static SafeFileHandle Open(long size)
    {
        var path = Path.Combine("/dev/shm", Prefix + Path.GetRandomFileName());
        var file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        System.IO.File.Delete(path);
        RandomAccess.SetLength(file, size);
        return file;
    }

    public override void Read(ulong address, Span<byte> destination) => view.SafeMemoryMappedViewHandle.ReadSpan(address - Base, destination);

    public override void Write(ulong address, ReadOnlySpan<byte> source)
    {
        // A 16-bit field is written by one store: the device may read it at any time.
        Thread.MemoryBarrier();
        if(source.Length == sizeof(ushort))
        {
            view.Write((long)(address - Base), MemoryMarshal.Read<ushort>(source));
            return;
        }
        view.SafeMemoryMappedViewHandle.WriteSpan(address - Base, source);
    }

    public void Dispose()
    {
        view.Dispose();
        mapping.Dispose();
        File.Dispose();
    }

    /// <summary>The front end's user address of a guest address.</summary>
    public ulong ToUser(ulong address) => address - Base + UserBase;

    public SafeFileHandle File { get; }

    public int Size { get; }

    /// <summary>How the names of such files begin.</summary>
    public const string Prefix = "vhost-user-test-";

    /// <summary>User address of the first byte.</summary>
    public const ulong UserBase = 0x7F00_0000_0000;

    private readonly MemoryMappedFile mapping;
    private readonly MemoryMappedViewAccessor view;
}
