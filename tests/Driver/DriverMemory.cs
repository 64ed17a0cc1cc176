// renode-virtio-net, MIT licence: see LICENSE.
// Memory as a driver uses it: allocation, and fields in the byte order of its CPU.

using System.Buffers.Binary;

namespace VirtioNet.Driver;

/// <summary>The RAM that a driver puts its rings and buffers into. Addresses are guest-physical.</summary>
public abstract class DriverMemory
{
    /// <summary>Reads bytes at a guest-physical address.</summary>
    public abstract void Read(ulong address, Span<byte> destination);

    /// <summary>Writes bytes at a guest-physical address.</summary>
    public abstract void Write(ulong address, ReadOnlySpan<byte> source);

    /// <summary>
    /// Allocates bytes, which are never freed. The alignment is a power of two. Throws if the RAM is used up.
    /// </summary>
    public ulong Allocate(int length, int alignment = 16)
    {
        next = (next + alignment - 1) & ~(alignment - 1);
        if(next + length > size)
        {
            throw new InvalidOperationException($"guest RAM of {size} bytes is used up");
        }
        var address = Base + (uint)next;
        next += length;
        return address;
    }

    /// <summary>Reads a field in the byte order of the CPU; so do and write the other methods.</summary>
    public ushort Read16(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        Read(address, bytes);
        var value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    public uint Read32(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Read(address, bytes);
        var value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    public void Write16(ulong address, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        Write(address, bytes);
    }

    public void Write32(ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        Write(address, bytes);
    }

    public void Write64(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        Write(address, bytes);
    }

    /// <summary>True for the memory of a big-endian CPU.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>Guest-physical address of the first byte.</summary>
    public ulong Base { get; }

    protected DriverMemory(ulong baseAddress, int size)
    {
        Base = baseAddress;
        this.size = size;
    }

    // The first page stays free, so that address 0 of the RAM is nobody's by accident.
    private int next = 0x1000;
    private readonly int size;
}
