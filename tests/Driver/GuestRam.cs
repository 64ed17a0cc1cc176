// renode-virtio-net, MIT licence: see LICENSE.
// Guest RAM for the driver model: one block of bytes at a guest-physical address.

using VirtioNet.Memory;

namespace VirtioNet.Driver;

/// <summary>
/// RAM with an allocator. Host blocks can be made small, so that every buffer straddles some, and pieces
/// can be taken away, as an emulator's memory map may change under a device.
/// </summary>
public sealed class GuestRam : DriverMemory, IGuestMemory
{
    /// <summary>
    /// Makes zeroed RAM of <paramref name="size"/> bytes at <paramref name="baseAddress"/>. <see cref="Map"/> returns at most
    /// what is left of a block of <paramref name="hostBlock"/> bytes.
    /// </summary>
    public GuestRam(int size = 1 << 20, ulong baseAddress = 0x4000_0000, int hostBlock = int.MaxValue)
        : base(baseAddress, size)
    {
        bytes = new byte[size];
        this.hostBlock = hostBlock;
    }

    /// <summary>Takes the range out of the device's RAM. The range of an earlier call is RAM again.</summary>
    public void Unmap(ulong address, ulong length)
    {
        hole = (address, length);
    }

    /// <summary>The bytes at an address, without asking as the device does: nothing is counted, and unmapped ranges are there.</summary>
    public Span<byte> At(ulong address, int length)
    {
        return bytes.AsSpan(checked((int)(address - Base)), length);
    }

    /// <inheritdoc/>
    public override void Read(ulong address, Span<byte> destination) => At(address, destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public override void Write(ulong address, ReadOnlySpan<byte> source) => source.CopyTo(At(address, source.Length));

    /// <inheritdoc/>
    public bool Contains(ulong address, ulong length)
    {
        Accesses++;
        var offset = unchecked(address - Base);
        return offset <= (ulong)bytes.Length && length <= (ulong)bytes.Length - offset && !Overlaps(address, length);
    }

    /// <inheritdoc/>
    public Span<byte> Map(ulong address, int length)
    {
        Accesses++;
        Mapping?.Invoke(address, length);
        var offset = unchecked(address - Base);
        if(offset >= (ulong)bytes.Length || Overlaps(address, 1))
        {
            return default;
        }
        var count = (int)Math.Min((ulong)length, (ulong)bytes.Length - offset);
        count = Math.Min(count, hostBlock - (int)(offset % (uint)hostBlock));
        if(address < hole.Address)
        {
            count = (int)Math.Min((ulong)count, hole.Address - address);
        }
        return bytes.AsSpan((int)offset, count);
    }

    /// <inheritdoc/>
    public void Written(ulong address, int length)
    {
        WrittenRanges?.Add((address, length));
    }

    /// <summary>First address after the RAM.</summary>
    public ulong End => Base + (uint)bytes.Length;

    /// <summary>How often the device has asked for memory so far.</summary>
    public long Accesses { get; private set; }

    /// <summary>If set, collects every range that the device wrote.</summary>
    public List<(ulong Address, int Length)>? WrittenRanges { get; set; }

    /// <summary>
    /// If set, is called before every access with the range that the device asks for. So a test can let the driver act
    /// between two accesses of the device, as on another CPU.
    /// </summary>
    public Action<ulong, int>? Mapping { get; set; }

    private bool Overlaps(ulong address, ulong length)
    {
        return hole.Length != 0 && address < hole.Address + hole.Length && hole.Address < address + length;
    }

    private (ulong Address, ulong Length) hole;
    private readonly byte[] bytes;
    private readonly int hostBlock;
}
