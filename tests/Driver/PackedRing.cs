// renode-virtio-net, MIT licence: see LICENSE.
// The driver's half of a packed virtqueue. virtio v1.4-cs01: 2.8.21 "Supplying Buffers to The Device",
// 2.8.22 "Receiving Used Buffers From The Device".

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Descriptor ring and event suppression structures in guest RAM, with a free list of buffer ids.</summary>
public sealed class PackedRing : IDriverRing
{
    /// <summary>Allocates the three areas, zeroed.</summary>
    public PackedRing(DriverMemory ram, int index, int size, FeatureSet features)
    {
        Memory = ram;
        Index = index;
        Size = size;
        FreeDescriptors = size;
        eventIdx = features.Has(Feature.EventIdx);
        chains = new ChainsOut(features);
        taken = new bool[size];
        DescriptorArea = ram.Allocate(RingLayout.DescriptorSize * size, RingLayout.DescriptorAlign);
        DriverArea = ram.Allocate(RingLayout.EventSuppressionSize, RingLayout.EventSuppressionAlign);
        DeviceArea = ram.Allocate(RingLayout.EventSuppressionSize, RingLayout.EventSuppressionAlign);
        for(var i = size - 1; i >= 0; i--)
        {
            freeIds.Push((ushort)i);
        }
        if(eventIdx)
        {
            AskForUsed();
        }
    }

    /// <inheritdoc/>
    public ushort Add(params Piece[] pieces)
    {
        var id = TakeId();
        Offer(id, pieces);
        return id;
    }

    /// <inheritdoc/>
    public ushort AddIndirect(params Piece[] pieces)
    {
        var id = TakeId();
        var table = tables.For(id, pieces.Length, Memory);
        for(var i = 0; i < pieces.Length; i++)
        {
            WriteDescriptor(table, i, pieces[i].Address, pieces[i].Length, 0, pieces[i].Writable ? RingLayout.DescWrite : (ushort)0);
        }
        OfferTable(id, table, (uint)(RingLayout.DescriptorSize * pieces.Length), ChainsOut.Writable(pieces));
        return id;
    }

    /// <summary>Describes a chain under an id of the caller's, and makes it available.</summary>
    public void Offer(ushort id, params Piece[] pieces)
    {
        var first = next;
        var firstFlags = (ushort)0;
        for(var i = 0; i < pieces.Length; i++)
        {
            var flags = (ushort)(AvailableFlags | (pieces[i].Writable ? RingLayout.DescWrite : 0) | (i < pieces.Length - 1 ? RingLayout.DescNext : 0));
            // The flags of the first descriptor stay as they are for now: written last, they make the whole list available.
            // Only the last descriptor's id counts (2.8.6), so the others get a wrong one.
            var ownId = i == pieces.Length - 1 ? id : (ushort)(id ^ 0xFFFF);
            WriteDescriptor(DescriptorArea, next, pieces[i].Address, pieces[i].Length, ownId, i == 0 ? FlagsAt(next) : flags);
            firstFlags = i == 0 ? flags : firstFlags;
            Advance();
        }
        WriteFlags(first, firstFlags);
        chains.Add(id, pieces.Length, ChainsOut.Writable(pieces));
    }

    /// <summary>Makes an indirect table available, unchecked: tests give hostile ones. The length is in bytes.</summary>
    public void OfferTable(ushort id, ulong table, uint length, uint writable = 0, int flags = 0)
    {
        WriteDescriptor(DescriptorArea, next, table, length, id, (ushort)(AvailableFlags | RingLayout.DescIndirect | flags));
        Advance();
        chains.Add(id, 1, writable);
    }

    /// <summary>Writes a descriptor, unchecked: tests make hostile chains with it.</summary>
    public void WriteDescriptor(ulong table, int index, ulong address, uint length, ushort id, ushort flags)
    {
        var at = table + (uint)(RingLayout.DescriptorSize * index);
        Memory.Write64(at + RingLayout.DescriptorAddr, address);
        Memory.Write32(at + RingLayout.DescriptorLen, length);
        Memory.Write16(at + RingLayout.PackedDescriptorId, id);
        Memory.Write16(at + RingLayout.PackedDescriptorFlags, flags);
    }

    /// <summary>Writes the flags of a descriptor of the ring.</summary>
    public void WriteFlags(int slot, ushort flags)
    {
        Memory.Write16(FlagsAddress(slot), flags);
    }

    /// <summary>Flags of a descriptor of the ring, as they are.</summary>
    public ushort FlagsAt(int slot) => Memory.Read16(FlagsAddress(slot));

    /// <inheritdoc/>
    public bool TryTakeUsed(out Used used)
    {
        if(chains.TryTake(out used))
        {
            Free(used);
            return true;
        }
        if(!IsUsed(nextUsed, usedWrap) || FreeDescriptors == Size)
        {
            return false;
        }
        var at = DescriptorArea + (uint)(RingLayout.DescriptorSize * nextUsed);
        // 2.8.4: without WRITE the length is reserved.
        var length = (FlagsAt(nextUsed) & RingLayout.DescWrite) != 0 ? Memory.Read32(at + RingLayout.DescriptorLen) : 0;
        var entries = chains.Return(Memory.Read16(at + RingLayout.PackedDescriptorId), length);
        FreeDescriptors += entries;
        (nextUsed, usedWrap) = Behind(nextUsed, usedWrap, entries);
        if(eventIdx && WantsNotifications)
        {
            AskForUsed();
        }
        chains.TryTake(out used);
        Free(used);
        return true;
    }

    /// <inheritdoc/>
    public int UsedCount
    {
        get
        {
            var count = usedTaken;
            var (slot, wrap, entries) = (nextUsed, usedWrap, Size - FreeDescriptors);
            while(entries > 0 && IsUsed(slot, wrap))
            {
                var used = chains.Entries(Memory.Read16(DescriptorArea + (uint)(RingLayout.DescriptorSize * slot) + RingLayout.PackedDescriptorId));
                (slot, wrap) = Behind(slot, wrap, used);
                entries -= used;
                count++;
            }
            return count;
        }
    }

    /// <inheritdoc/>
    public bool DeviceWantsNotification()
    {
        // Goes through the slots added since the last call, and looks whether the one that the device waits for is among them.
        var flags = Memory.Read16(DeviceArea + RingLayout.EventFlags);
        var desc = Memory.Read16(DeviceArea + RingLayout.EventDesc);
        var passed = false;
        var added = notified != (next, wrap) || unseen;
        unseen = false;
        while(notified != (next, wrap))
        {
            passed |= desc == (ushort)(notified.Slot | (notified.Wrap ? RingLayout.EventWrap : 0));
            notified = notified.Slot + 1 == Size ? (0, !notified.Wrap) : (notified.Slot + 1, notified.Wrap);
        }
        return added && flags switch
        {
            RingLayout.EventDisable => false,
            RingLayout.EventForDescriptor when eventIdx => passed,
            _ => true,
        };
    }

    /// <summary>Writes the driver event suppression structure, unchecked.</summary>
    public void Suppress(int desc, int flags)
    {
        Memory.Write16(DriverArea + RingLayout.EventDesc, (ushort)desc);
        Memory.Write16(DriverArea + RingLayout.EventFlags, (ushort)flags);
    }

    /// <inheritdoc/>
    public bool WantsNotifications
    {
        get => wantsNotifications;
        set
        {
            wantsNotifications = value;
            if(value && eventIdx)
            {
                AskForUsed();
            }
            else
            {
                Suppress(0, value ? RingLayout.EventEnable : RingLayout.EventDisable);
            }
        }
    }

    /// <inheritdoc/>
    public DriverMemory Memory { get; set; }

    /// <inheritdoc/>
    public int Index { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public int FreeDescriptors { get; private set; }

    public ulong DescriptorArea { get; }

    public ulong DriverArea { get; }

    public ulong DeviceArea { get; }

    /// <summary>Next slot to make available.</summary>
    public int Next => next;

    /// <summary>The driver ring wrap counter.</summary>
    public bool WrapCounter => wrap;

    /// <summary>The flags AVAIL and USED that make the next slot available.</summary>
    public ushort AvailableFlags => wrap ? RingLayout.DescAvail : RingLayout.DescUsed;

    /// <summary>The device event suppression structure's desc.</summary>
    public ushort DeviceEventDesc => Memory.Read16(DeviceArea + RingLayout.EventDesc);

    /// <summary>The device event suppression structure's flags.</summary>
    public ushort DeviceEventFlags => Memory.Read16(DeviceArea + RingLayout.EventFlags);

    /// <summary>Moves on to the next slot, as if a descriptor had been made available.</summary>
    public void Advance()
    {
        FreeDescriptors--;
        // After two whole laps slot and wrap counter are the same again, so they do not tell that something was added.
        unseen = true;
        next++;
        if(next == Size)
        {
            next = 0;
            wrap = !wrap;
        }
    }

    private bool IsUsed(int slot, bool wrap)
    {
        return (FlagsAt(slot) & (RingLayout.DescAvail | RingLayout.DescUsed)) == (wrap ? RingLayout.DescAvail | RingLayout.DescUsed : 0);
    }

    private (int Slot, bool Wrap) Behind(int slot, bool wrap, int entries)
    {
        return slot + entries < Size ? (slot + entries, wrap) : (slot + entries - Size, !wrap);
    }

    private void AskForUsed()
    {
        Suppress(nextUsed | (usedWrap ? RingLayout.EventWrap : 0), RingLayout.EventForDescriptor);
    }

    private ushort TakeId()
    {
        var id = freeIds.Pop();
        taken[id] = true;
        return id;
    }

    // Frees the id, unless the caller of Offer has chosen it.
    private void Free(Used used)
    {
        usedTaken++;
        if(used.Head < Size && taken[used.Head])
        {
            taken[used.Head] = false;
            freeIds.Push(used.Head);
        }
    }

    private ulong FlagsAddress(int slot) => DescriptorArea + (uint)(RingLayout.DescriptorSize * slot) + RingLayout.PackedDescriptorFlags;

    private int next;
    private bool wrap = true;
    private int nextUsed;
    private bool usedWrap = true;
    private int usedTaken;
    private (int Slot, bool Wrap) notified = (0, true);
    private bool unseen;
    private bool wantsNotifications = true;
    private readonly bool eventIdx;
    private readonly ChainsOut chains;
    private readonly bool[] taken;
    private readonly IndirectTables tables = new();
    private readonly Stack<ushort> freeIds = new();
}
