// renode-virtio-net, MIT licence: see LICENSE.
// Guest RAM of the bench: one host block that never moves, so that the C loop and the device see the same bytes.

using System.Runtime.InteropServices;
using VirtioNet.Driver;
using VirtioNet.Memory;

namespace VirtioNet.Bench;

/// <summary>
/// RAM with one bounds check an access. The plugin's memory in Renode also looks up a host block, and after a write
/// tells the CPUs to drop what they had translated from there: that is not measured here.
/// </summary>
public sealed unsafe class HostMemory : DriverMemory, IGuestMemory, IDisposable
{
    /// <summary>Makes zeroed RAM.</summary>
    public HostMemory(int size)
        : base(0x4000_0000, size)
    {
        this.size = (uint)size;
        host = (byte*)NativeMemory.AlignedAlloc((nuint)size, PageSize);
        NativeMemory.Clear(host, (nuint)size);
    }

    /// <inheritdoc/>
    public override void Read(ulong address, Span<byte> destination) => At(address, destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public override void Write(ulong address, ReadOnlySpan<byte> source) => source.CopyTo(At(address, source.Length));

    /// <summary>The driver's own view.</summary>
    public Span<byte> At(ulong address, int length) => new Span<byte>(host, (int)size).Slice((int)(address - Base), length);

    /// <inheritdoc/>
    public bool Contains(ulong address, ulong length)
    {
        unchecked
        {
            var offset = address - Base;
            return offset < size && length <= size - offset;
        }
    }

    /// <inheritdoc/>
    public Span<byte> Map(ulong address, int length)
    {
        unchecked
        {
            var offset = address - Base;
            return offset < size ? new Span<byte>(host + offset, (int)Math.Min((uint)length, (uint)(size - offset))) : default;
        }
    }

    /// <inheritdoc/>
    public void Written(ulong address, int length)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(host);

    /// <summary>Host address of the first byte.</summary>
    public byte* Host => host;

    private readonly byte* host;
    private readonly ulong size;

    private const nuint PageSize = 4096;
}
