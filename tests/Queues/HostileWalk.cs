// renode-virtio-net, MIT licence: see LICENSE.
// A driver that writes anything into its rings, and the device's queue, which must keep the invariants I1 to I9 of Invariant.cs.

using VirtioNet.Driver;
using VirtioNet.Memory;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

/// <summary>One queue and a hostile driver. Each step is a number: what is done, and how.</summary>
internal sealed class HostileWalk
{
    public HostileWalk(bool packed, int seed, Dictionary<QueueFault, long> faults)
    {
        var setup = new Choices(seed);
        this.packed = packed;
        this.faults = faults;
        features = packed ? new FeatureSet().With(Feature.RingPacked) : default;
        foreach(var feature in new[] { Feature.EventIdx, Feature.IndirectDesc, Feature.InOrder })
        {
            features = setup.Take(2) == 0 ? features : features.With(feature);
        }
        size = packed ? 1 + setup.Take(17) : 1 << setup.Take(5);
        ram = new GuestRam(RamSize);
        descriptors = ram.Allocate(RingLayout.DescriptorSize * size);
        driver = ram.Allocate(RingLayout.RingEntries + RingLayout.AvailEntrySize * size + RingLayout.EventSize);
        device = ram.Allocate(RingLayout.RingEntries + RingLayout.UsedEntrySize * size + RingLayout.EventSize);
        tables = ram.Allocate(TableEntries * RingLayout.DescriptorSize);
        deviceEnd = device + (packed ? RingLayout.EventSuppressionSize : RingLayout.RingEntries + 8U * (uint)size + RingLayout.EventSize);
        ram.WrittenRanges = new();
        queue = Create();
    }

    /// <summary>Does what the number says, and checks the invariants.</summary>
    public void Step(int code)
    {
        var choices = new Choices(code);
        ram.WrittenRanges!.Clear();
        var before = queue;
        var failed = queue.Error != null;
        var accesses = ram.Accesses;
        switch(choices.Take(16))
        {
            case 0 or 1 or 2:
                Describe(choices);
                break;
            case 3 or 4:
                Offer(choices);
                break;
            case 5:
                Scribble(choices);
                break;
            case 6 or 7 or 8 or 9:
                Pop();
                break;
            case 10 or 11:
                Push(choices);
                break;
            case 12:
                PutBack();
                break;
            case 13:
                Invariant.Holds(!(Publish() && failed), "I6: a notification after an error");
                break;
            case 14:
                Invariant.Holds(!(queue.EnableNotifications() && failed), "I6: a queue with an error says that there are chains");
                break;
            default:
                Reset(choices);
                break;
        }
        Invariant.Holds(!failed || queue != before || ram.Accesses == accesses, "I6: an access to memory after an error");
        Invariant.Holds(ram.Accesses - accesses <= 8 + 4 * (size + LongestChain), "I2: more work than the longest chain needs");
        CheckWrites();
        Trace = unchecked(Trace * 31 + (ulong)ram.Accesses);
    }

    /// <summary>I7: after a reset a sound driver finds a sound device.</summary>
    public void Finish()
    {
        Restart();
        ram.Write64(descriptors, ram.Base);
        ram.Write32(descriptors + RingLayout.DescriptorLen, 8);
        ram.Write16(descriptors + (uint)(packed ? RingLayout.PackedDescriptorFlags : RingLayout.DescriptorFlags), (ushort)(packed ? RingLayout.DescAvail : 0));
        ram.Write16(driver + (uint)RingLayout.RingIdx, (ushort)(packed ? 0 : 1));
        Invariant.Holds(queue.TryPop(out var chain) == PopResult.Chain, "I7: nothing to pop after a reset");
        queue.Push(chain, 0);
        Invariant.Holds(queue.Publish(), "I7: no notification after a reset");
    }

    /// <summary>A hash of all accesses so far: the same steps must give the same (I9).</summary>
    public ulong Trace { get; private set; }

    // A descriptor that is plausible in most of its parts.
    private void Describe(Choices choices)
    {
        var inTable = choices.Take(3) == 0;
        var index = choices.Take(inTable ? TableEntries : size);
        var at = (inTable ? tables : descriptors) + (uint)(RingLayout.DescriptorSize * index);
        var isIndirect = choices.Take(inTable ? 16 : 4) == 0;
        var hasNext = choices.Take(3) == 0;
        var isWritable = choices.Take(2) == 0;
        var phase = choices.Take(4);
        var address = choices.Take(12) switch
        {
            0 => ram.End - (uint)choices.Take(16),
            1 => 0UL,
            2 => ulong.MaxValue - (uint)choices.Take(16),
            _ => ram.Base + (uint)choices.Take(64),
        };
        var length = (uint)choices.Take(64);
        if(isIndirect)
        {
            address = tables + (uint)(RingLayout.DescriptorSize * choices.Take(TableEntries / 2));
            length = (uint)(length % 5 * RingLayout.DescriptorSize) + (length == 63 ? 1U : 0);
        }
        var flags = (isIndirect ? RingLayout.DescIndirect : 0) | (hasNext ? RingLayout.DescNext : 0) | (isWritable ? RingLayout.DescWrite : 0);
        ram.Write64(at, address);
        ram.Write32(at + RingLayout.DescriptorLen, length);
        if(packed)
        {
            flags |= (phase & 1) != 0 ? RingLayout.DescAvail : 0;
            flags |= (phase & 1) == 0 ^ phase == 3 ? RingLayout.DescUsed : 0;
            ram.Write16(at + RingLayout.PackedDescriptorId, (ushort)choices.Take(0x10000));
            ram.Write16(at + RingLayout.PackedDescriptorFlags, (ushort)flags);
        }
        else
        {
            ram.Write16(at + RingLayout.DescriptorFlags, (ushort)flags);
            ram.Write16(at + RingLayout.DescriptorNext, (ushort)(phase == 0 ? choices.Take(2 * size) : (index + 1) % size));
        }
    }

    // Makes descriptors available, whatever is in them: some of a packed ring's, or the next entry of a split one's.
    private void Offer(Choices choices)
    {
        if(packed)
        {
            var flip = choices.Take(2) == 0 ? RingLayout.DescAvail : RingLayout.DescUsed;
            for(var i = choices.Take(size); i >= 0; i--)
            {
                var at = descriptors + (uint)(RingLayout.DescriptorSize * i + RingLayout.PackedDescriptorFlags);
                ram.Write16(at, (ushort)(ram.Read16(at) & ~(RingLayout.DescAvail | RingLayout.DescUsed) | flip));
            }
            return;
        }
        var idx = ram.Read16(driver + RingLayout.RingIdx);
        var head = choices.Take(8) == 0 ? choices.Take(2 * size) : idx % size;
        ram.Write16(driver + RingLayout.RingEntries + (uint)(RingLayout.AvailEntrySize * (idx % size)), (ushort)head);
        ram.Write16(driver + RingLayout.RingIdx, RingIndex.Add(idx, choices.Take(64) == 0 ? choices.Take(0x10000) : 1));
    }

    // Two bytes anywhere in the rings, also where only the device may write.
    private void Scribble(Choices choices)
    {
        var area = new[] { descriptors, driver, driver, device }[choices.Take(4)];
        var length = area == descriptors ? RingLayout.DescriptorSize * size : packed ? 4 : RingLayout.RingEntries + 2 * size;
        ram.Write16(area + (uint)(2 * choices.Take(length / 2)), (ushort)choices.Take(0x10000));
    }

    private void Pop()
    {
        var failed = queue.Error != null;
        var result = queue.TryPop(out var chain);
        Invariant.Holds(result == PopResult.Failed == (queue.Error != null), "Failed and Error go together");
        if(result == PopResult.Chain)
        {
            popped.Add(chain);
            last = popped.Count - 1;
            CheckChain(chain);
        }
        else if(result == PopResult.Failed && !failed)
        {
            faults[queue.Error!.Fault] = faults.GetValueOrDefault(queue.Error.Fault) + 1;
        }
    }

    private void CheckChain(in DescriptorChain chain)
    {
        Invariant.Holds(queue.Readable(chain).Length + queue.Writable(chain).Length <= chain.Descriptors, "I2: more segments than descriptors");
        Invariant.Holds(chain.Descriptors <= LongestChain, "I2: more descriptors than the longest chain may have");
        Invariant.Holds(Sum(queue.Readable(chain)) == chain.ReadableLength, "the readable length is not that of its segments");
        Invariant.Holds(Sum(queue.Writable(chain)) == chain.WritableLength, "the writable length is not that of its segments");
        Invariant.Holds(chain.Entries >= 1 && chain.Entries <= (packed ? size : 1), "I4: a chain takes no entry, or more than the ring has");
        // I4: the device never has more than the ring holds.
        entries += chain.Entries;
        Invariant.Holds(entries <= size, "I4: more in flight than there is");
    }

    private ulong Sum(ReadOnlySpan<Segment> segments)
    {
        var sum = 0UL;
        foreach(var segment in segments)
        {
            Invariant.Holds(segment.Length > 0 && segment.Address >= ram.Base && segment.Length <= ram.End - segment.Address, "I3: a segment is empty or not RAM");
            sum += segment.Length;
        }
        return sum;
    }

    private void Push(Choices choices)
    {
        // One chain, or all of them, and then they are published.
        var whole = choices.Take(2) == 0;
        do
        {
            if(popped.Count == 0)
            {
                break;
            }
            var which = features.Has(Feature.InOrder) ? 0 : choices.Take(popped.Count);
            var chain = popped[which];
            popped.RemoveAt(which);
            last = -1;
            queue.Push(chain, (uint)choices.Take((int)chain.WritableLength + 1));
            pushed += chain.Entries;
        }
        while(whole);
        if(whole)
        {
            Publish();
        }
    }

    private bool Publish()
    {
        entries -= pushed;
        pushed = 0;
        return queue.Publish();
    }

    private void PutBack()
    {
        if(last >= 0 && last == popped.Count - 1)
        {
            entries -= popped[last].Entries;
            queue.PutBack(popped[last]);
            popped.RemoveAt(last);
            last = -1;
        }
    }

    private void Reset(Choices choices)
    {
        if(queue.Error != null || choices.Take(32) == 0)
        {
            Restart();
        }
    }

    private void Restart()
    {
        ram.At(descriptors, (int)(tables - descriptors)).Clear();
        popped.Clear();
        (last, entries, pushed) = (-1, 0, 0);
        queue = Create();
    }

    private Virtqueue Create()
    {
        return Virtqueue.Create(ram, 0, new QueueLayout((ushort)size, descriptors, driver, device), features);
    }

    // I3: this device writes no data, so all that it writes are its own fields and used elements.
    private void CheckWrites()
    {
        foreach(var (address, length) in ram.WrittenRanges!)
        {
            var own = address >= device && address + (uint)length <= deviceEnd;
            var used = packed && address >= descriptors && address + (uint)length <= descriptors + RingLayout.DescriptorSize * (uint)size;
            Invariant.Holds(own || used, "I3: a write outside what is the device's");
            Trace = unchecked(Trace * 31 + address);
        }
    }

    private Virtqueue queue;
    private int last = -1;
    private int entries;
    private int pushed;
    private readonly List<DescriptorChain> popped = new();
    // How often the device gave up, by the reason.
    private readonly Dictionary<QueueFault, long> faults;
    private readonly bool packed;
    private readonly int size;
    private readonly FeatureSet features;
    private readonly GuestRam ram;
    private readonly ulong descriptors;
    private readonly ulong driver;
    private readonly ulong device;
    private readonly ulong deviceEnd;
    private readonly ulong tables;

    // 2048 descriptors: a table of random length can lie in RAM and be longer than the longest chain.
    private const int RamSize = 0x8000;
    // All queues here have fewer descriptors than 1024, and accept chains of up to 1024.
    private const int LongestChain = 1024;
    private const int TableEntries = 32;
}
