// The driver's half of a split virtqueue. virtio v1.4-cs01: 2.7.13 "Supplying Buffers to The Device",
// 2.7.14 "Receiving Used Buffers From The Device".

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>A buffer that the driver describes to the device: one descriptor.</summary>
public readonly record struct Piece(ulong Address, uint Length, bool Writable);

/// <summary>What the device has returned.</summary>
public readonly record struct Used(ushort Head, uint Length);

/// <summary>Descriptor table, available ring and used ring in guest RAM, with a free list of descriptors.</summary>
public sealed class SplitRing
{
    /// <summary>Allocates the three areas, zeroed.</summary>
    public SplitRing(DriverMemory ram, int index, int size, FeatureSet features)
        : this(ram, index, size, features,
            ram.Allocate(RingLayout.DescriptorSize * size, RingLayout.DescriptorAlign),
            ram.Allocate(RingLayout.RingEntries + RingLayout.AvailEntrySize * size + RingLayout.EventSize, RingLayout.AvailAlign),
            ram.Allocate(RingLayout.RingEntries + RingLayout.UsedEntrySize * size + RingLayout.EventSize, RingLayout.UsedAlign))
    {
    }

    private SplitRing(DriverMemory ram, int index, int size, FeatureSet features, ulong descriptorArea, ulong driverArea, ulong deviceArea)
    {
        Memory = ram;
        Index = index;
        Size = size;
        eventIdx = features.Has(Feature.EventIdx);
        DescriptorArea = descriptorArea;
        DriverArea = driverArea;
        DeviceArea = deviceArea;
        for(var i = size - 1; i >= 0; i--)
        {
            free.Push((ushort)i);
        }
    }

    /// <summary>The ring of a legacy driver: all areas in one run from a page on, the used ring on the next boundary (2.7.2).</summary>
    public static SplitRing Contiguous(DriverMemory ram, int index, int size, FeatureSet features, int align = 4096, int page = 4096)
    {
        var available = RingLayout.DescriptorSize * size;
        var used = (available + RingLayout.RingEntries + RingLayout.AvailEntrySize * size + RingLayout.EventSize + align - 1) / align * align;
        var start = ram.Allocate(used + RingLayout.RingEntries + RingLayout.UsedEntrySize * size + RingLayout.EventSize, Math.Max(align, page));
        return new SplitRing(ram, index, size, features, start, start + (uint)available, start + (uint)used);
    }

    /// <summary>Describes a chain and makes it available. The device is not notified yet.</summary>
    public ushort Add(params Piece[] pieces)
    {
        var indices = new ushort[pieces.Length];
        for(var i = 0; i < indices.Length; i++)
        {
            indices[i] = free.Pop();
        }
        for(var i = 0; i < indices.Length; i++)
        {
            var flags = pieces[i].Writable ? RingLayout.DescWrite : 0;
            var last = i == indices.Length - 1;
            WriteDescriptor(DescriptorArea, indices[i], pieces[i].Address, pieces[i].Length,
                (ushort)(flags | (last ? 0 : RingLayout.DescNext)), last ? (ushort)0 : indices[i + 1]);
        }
        chains[indices[0]] = indices;
        Offer(indices[0]);
        return indices[0];
    }

    /// <summary>Describes a chain by a table of its own, and makes it available.</summary>
    public ushort AddIndirect(params Piece[] pieces)
    {
        var table = Memory.Allocate(RingLayout.DescriptorSize * pieces.Length);
        for(var i = 0; i < pieces.Length; i++)
        {
            var flags = pieces[i].Writable ? RingLayout.DescWrite : 0;
            var last = i == pieces.Length - 1;
            WriteDescriptor(table, i, pieces[i].Address, pieces[i].Length,
                (ushort)(flags | (last ? 0 : RingLayout.DescNext)), last ? (ushort)0 : (ushort)(i + 1));
        }
        var head = free.Pop();
        WriteDescriptor(DescriptorArea, head, table, (uint)(RingLayout.DescriptorSize * pieces.Length), RingLayout.DescIndirect, 0);
        chains[head] = new[] { head };
        Offer(head);
        return head;
    }

    /// <summary>Writes a descriptor as it is given: the way to hostile chains.</summary>
    public void WriteDescriptor(ulong table, int index, ulong address, uint length, ushort flags, ushort next)
    {
        var at = table + (uint)(RingLayout.DescriptorSize * index);
        Memory.Write64(at + RingLayout.DescriptorAddr, address);
        Memory.Write32(at + RingLayout.DescriptorLen, length);
        Memory.Write16(at + RingLayout.DescriptorFlags, flags);
        Memory.Write16(at + RingLayout.DescriptorNext, next);
    }

    /// <summary>Puts a head into the available ring and moves its index.</summary>
    public void Offer(ushort head)
    {
        Memory.Write16(DriverArea + RingLayout.RingEntries + (uint)(RingLayout.AvailEntrySize * (available % Size)), head);
        AvailableIndex = unchecked((ushort)(available + 1));
    }

    /// <summary>Takes the next used element, if there is one, and frees its descriptors.</summary>
    public bool TryTakeUsed(out Used used)
    {
        used = default;
        if(UsedIndex == seen)
        {
            return false;
        }
        var at = DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * (seen % Size));
        used = new Used((ushort)Memory.Read32(at), Memory.Read32(at + 4));
        seen = unchecked((ushort)(seen + 1));
        if(chains.Remove(used.Head, out var indices))
        {
            for(var i = indices.Length - 1; i >= 0; i--)
            {
                free.Push(indices[i]);
            }
        }
        if(eventIdx)
        {
            UsedEvent = seen;
        }
        return true;
    }

    /// <summary>True if the device wants a notification for what was added since the index was <paramref name="old"/>.</summary>
    public bool DeviceWantsNotification(ushort old)
    {
        return eventIdx
            ? unchecked((ushort)(available - AvailEvent - 1) < (ushort)(available - old))
            : (Memory.Read16(DeviceArea + RingLayout.RingFlags) & 1) == 0;
    }

    /// <summary>Where the rings are; another machine's after a snapshot was loaded.</summary>
    public DriverMemory Memory { get; set; }

    /// <summary>Index of the queue.</summary>
    public int Index { get; }

    /// <summary>Size in descriptors.</summary>
    public int Size { get; }

    public ulong DescriptorArea { get; }

    public ulong DriverArea { get; }

    public ulong DeviceArea { get; }

    /// <summary>Descriptors that are not out.</summary>
    public int FreeDescriptors => free.Count;

    /// <summary>The available idx. Setting it is the way to hostile jumps.</summary>
    public ushort AvailableIndex
    {
        get => available;
        set
        {
            available = value;
            Memory.Write16(DriverArea + RingLayout.RingIdx, value);
        }
    }

    /// <summary>flags of the available ring.</summary>
    public ushort AvailableFlags
    {
        set => Memory.Write16(DriverArea + RingLayout.RingFlags, value);
    }

    /// <summary>used_event.</summary>
    public ushort UsedEvent
    {
        set => Memory.Write16(DriverArea + RingLayout.RingEntries + (uint)(RingLayout.AvailEntrySize * Size), value);
    }

    /// <summary>The used idx, as the device has published it.</summary>
    public ushort UsedIndex => Memory.Read16(DeviceArea + RingLayout.RingIdx);

    /// <summary>flags of the used ring.</summary>
    public ushort UsedFlags => Memory.Read16(DeviceArea + RingLayout.RingFlags);

    /// <summary>avail_event.</summary>
    public ushort AvailEvent => Memory.Read16(DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * Size));

    private ushort available;
    private ushort seen;
    private readonly bool eventIdx;
    private readonly Stack<ushort> free = new();
    private readonly Dictionary<ushort, ushort[]> chains = new();
}
