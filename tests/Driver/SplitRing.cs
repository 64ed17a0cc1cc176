// renode-virtio-net, MIT licence: see LICENSE.
// The driver's half of a split virtqueue. virtio v1.4-cs01: 2.7.13 "Supplying Buffers to The Device",
// 2.7.14 "Receiving Used Buffers From The Device".

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Descriptor table, available ring and used ring in guest RAM, with a free list of descriptors.</summary>
public sealed class SplitRing : IDriverRing
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
        returns = new ChainsOut(features);
        DescriptorArea = descriptorArea;
        DriverArea = driverArea;
        DeviceArea = deviceArea;
        for(var i = size - 1; i >= 0; i--)
        {
            free.Push((ushort)i);
        }
    }

    /// <summary>
    /// The ring of a legacy driver (2.7.2): the areas follow one another from the start of a page on, and the used ring
    /// begins at the next multiple of <paramref name="align"/> bytes.
    /// </summary>
    public static SplitRing Contiguous(DriverMemory ram, int index, int size, FeatureSet features, int align = 4096, int page = 4096)
    {
        var available = RingLayout.DescriptorSize * size;
        var used = (available + RingLayout.RingEntries + RingLayout.AvailEntrySize * size + RingLayout.EventSize + align - 1) / align * align;
        var start = ram.Allocate(used + RingLayout.RingEntries + RingLayout.UsedEntrySize * size + RingLayout.EventSize, Math.Max(align, page));
        return new SplitRing(ram, index, size, features, start, start + (uint)available, start + (uint)used);
    }

    /// <inheritdoc/>
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
        Offer(indices[0], ChainsOut.Writable(pieces));
        return indices[0];
    }

    /// <inheritdoc/>
    public ushort AddIndirect(params Piece[] pieces)
    {
        var head = free.Pop();
        var table = tables.For(head, pieces.Length, Memory);
        for(var i = 0; i < pieces.Length; i++)
        {
            var flags = pieces[i].Writable ? RingLayout.DescWrite : 0;
            var last = i == pieces.Length - 1;
            WriteDescriptor(table, i, pieces[i].Address, pieces[i].Length,
                (ushort)(flags | (last ? 0 : RingLayout.DescNext)), last ? (ushort)0 : (ushort)(i + 1));
        }
        WriteDescriptor(DescriptorArea, head, table, (uint)(RingLayout.DescriptorSize * pieces.Length), RingLayout.DescIndirect, 0);
        chains[head] = new[] { head };
        Offer(head, ChainsOut.Writable(pieces));
        return head;
    }

    /// <summary>Writes a descriptor, unchecked: tests make hostile chains with it.</summary>
    public void WriteDescriptor(ulong table, int index, ulong address, uint length, ushort flags, ushort next)
    {
        var at = table + (uint)(RingLayout.DescriptorSize * index);
        Memory.Write64(at + RingLayout.DescriptorAddr, address);
        Memory.Write32(at + RingLayout.DescriptorLen, length);
        Memory.Write16(at + RingLayout.DescriptorFlags, flags);
        Memory.Write16(at + RingLayout.DescriptorNext, next);
    }

    /// <summary>Puts a head into the available ring and moves its index.</summary>
    public void Offer(ushort head, uint writable = 0)
    {
        returns.Add(head, 1, writable);
        Memory.Write16(DriverArea + RingLayout.RingEntries + (uint)(RingLayout.AvailEntrySize * (available % Size)), head);
        AvailableIndex = unchecked((ushort)(available + 1));
    }

    /// <inheritdoc/>
    public bool TryTakeUsed(out Used used)
    {
        if(!returns.TryTake(out used))
        {
            if(UsedIndex == seen)
            {
                return false;
            }
            var at = DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * (seen % Size));
            seen = unchecked((ushort)(seen + returns.Return((ushort)Memory.Read32(at), Memory.Read32(at + 4))));
            returns.TryTake(out used);
            if(eventIdx && WantsNotifications)
            {
                UsedEvent = seen;
            }
        }
        taken++;
        if(chains.Remove(used.Head, out var indices))
        {
            for(var i = indices.Length - 1; i >= 0; i--)
            {
                free.Push(indices[i]);
            }
        }
        return true;
    }

    /// <inheritdoc/>
    public bool DeviceWantsNotification()
    {
        var old = notified;
        notified = available;
        return old != available && DeviceWantsNotification(old);
    }

    /// <summary>True if the device wants a notification for what was added since the index was <paramref name="old"/>.</summary>
    public bool DeviceWantsNotification(ushort old)
    {
        return eventIdx
            ? unchecked((ushort)(available - AvailEvent - 1) < (ushort)(available - old))
            : (Memory.Read16(DeviceArea + RingLayout.RingFlags) & 1) == 0;
    }

    /// <inheritdoc/>
    public bool WantsNotifications
    {
        get => wantsNotifications;
        set
        {
            wantsNotifications = value;
            AvailableFlags = value ? (ushort)0 : RingLayout.AvailNoInterrupt;
            // With EVENT_IDX a driver cannot ask for no notification at all. used_event names the entry used last, which the
            // used index passes again only after 65536 more.
            UsedEvent = unchecked((ushort)(value ? seen : seen - 1));
        }
    }

    /// <inheritdoc/>
    public DriverMemory Memory { get; set; }

    /// <inheritdoc/>
    public int Index { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public int UsedCount => taken + unchecked((ushort)(UsedIndex - seen));

    public ulong DescriptorArea { get; }

    public ulong DriverArea { get; }

    public ulong DeviceArea { get; }

    /// <inheritdoc/>
    public int FreeDescriptors => free.Count;

    /// <summary>The available idx. Tests set it to make hostile jumps.</summary>
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
    private int taken;
    private ushort notified;
    private bool wantsNotifications = true;
    private readonly bool eventIdx;
    private readonly ChainsOut returns;
    private readonly IndirectTables tables = new();
    private readonly Stack<ushort> free = new();
    private readonly Dictionary<ushort, ushort[]> chains = new();
}
