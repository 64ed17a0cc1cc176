// renode-virtio-net, MIT licence: see LICENSE.
// The structures and functions of ring_loop.c for C#.

using System.Runtime.InteropServices;

namespace VirtioNet.Bench;

/// <summary>
/// struct ring of ring_loop.c, field by field: where memory, ring, buffers and frame are, sizes, counters, and how far driver
/// (Offered, Taken) and device (Next, Done) have got.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Ring
{
    public byte* Ram;
    public ulong Base;
    public ulong DescriptorArea;
    public ulong DriverArea;
    public ulong DeviceArea;
    public ulong Buffers;
    public byte* Frame;
    public uint BufferSize;
    public uint FrameSize;
    public uint Size;
    public uint Packed;
    public uint Writable;
    public uint Interrupts;
    public ulong Frames;
    public ulong Bytes;
    public Place Offered;
    public Place Taken;
    public Place Next;
    public Place Done;
}

/// <summary>A free-running index, or a slot with its wrap counter.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Place
{
    public ushort Index;
    public ushort Wrap;
}

/// <summary>The driver, and the device in plain C.</summary>
internal static unsafe partial class RingLoop
{
    /// <summary>Makes a batch available.</summary>
    [LibraryImport(Library, EntryPoint = "driver_offer")]
    internal static partial void Offer(Ring* ring, uint count);

    /// <summary>Takes a batch that was used; bytes written, or <see cref="NotUsed"/> if it is not what was offered.</summary>
    [LibraryImport(Library, EntryPoint = "driver_take")]
    internal static partial ulong Take(Ring* ring, uint count);

    /// <summary>Copies each available frame into the ring's buffer or, unless fresh is 0, into memory that is freed at once.</summary>
    [LibraryImport(Library, EntryPoint = "device_transmit")]
    internal static partial void Transmit(Ring* ring, int fresh);

    /// <summary>Receives the ring's frame so many times.</summary>
    [LibraryImport(Library, EntryPoint = "device_receive")]
    internal static partial void Receive(Ring* ring, uint count);

    /// <summary>Size of struct ring in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "ring_bytes")]
    internal static partial nuint RingBytes();

    public const ulong NotUsed = ulong.MaxValue;

    private const string Library = "ring_loop";
}
