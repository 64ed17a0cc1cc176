// Whose turn a descriptor is: wrap counters, laps, used descriptors. virtio v1.4-cs01: 2.8.1 to 2.8.9.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class PackedRingTests
{
    [Test]
    public void Create_ByFeature_PicksTheFormat([Values] bool packed)
    {
        var features = packed ? new FeatureSet().With(Feature.RingPacked) : default;
        var queue = Virtqueue.Create(new GuestRam(), 3, new QueueLayout(8, 0x4000_1000, 0x4000_2000, 0x4000_3000), features);

        Assert.That(queue, packed ? Is.TypeOf<PackedVirtqueue>() : Is.TypeOf<SplitVirtqueue>());
        Assert.That((queue.Index, queue.Size, queue.Error), Is.EqualTo((3, (ushort)8, (QueueError?)null)));
    }

    // Chains of every length on every slot of every lap, in batches of every size.
    [Test]
    [Rule("PACK-01", "PACK-08", "PACK-12", "PACK-14", "PACK-18", "PACK-20", "H-34", "H-38")]
    public void Ring_SmallSizes_MovesEveryChainThroughEveryPosition([Range(1, 9)] int size, [Values] bool eventIdx)
    {
        for(var length = 1; length <= size; length++)
        {
            for(var batch = 1; batch * length <= size; batch++)
            {
                var rig = new PackedRig(size, eventIdx ? QueueRig.EventIdx : default, new GuestRam(0x3000));
                // Position, wrap counter and free ids repeat after this many rounds at most.
                for(var round = 0; round < 4 * size; round++)
                {
                    MoveBatch(rig, length, batch, round);
                }
                Assert.That(rig.Ring.FreeDescriptors, Is.EqualTo(size));
            }
        }
    }

    private static void MoveBatch(PackedRig rig, int length, int batch, int round)
    {
        var pieces = Enumerable.Range(0, length).Select(x => new Piece(rig.Buffer + (uint)x, (uint)x + 1, x * 2 >= length)).ToArray();
        var ids = Enumerable.Range(0, batch).Select(x => rig.Ring.Add(pieces)).ToArray();
        foreach(var id in ids)
        {
            var chain = rig.Pop();
            Assert.That((chain.Id, chain.Entries), Is.EqualTo((id, length)));
            Assert.That(rig.Queue.Readable(chain).ToArray().Concat(rig.Queue.Writable(chain).ToArray()).Select(x => (x.Address, x.Length)), Is.EqualTo(pieces.Select(x => (x.Address, x.Length))));
            Assert.That(rig.Queue.Writable(chain).Length, Is.EqualTo(pieces.Count(x => x.Writable)));
            rig.Queue.Push(chain, (uint)(round + id));
        }
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        Assert.That(rig.Ring.TryTakeUsed(out _), Is.False, "the batch shows before it is published");
        rig.Queue.Publish();
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty), "what is used looks available");
        Assert.That(ids.Select(x => rig.TakeUsed()), Is.EqualTo(ids.Select(x => new Used(x, (uint)(round + x)))));
        Assert.That(rig.Ring.TryTakeUsed(out _), Is.False);
    }

    [Test]
    [Rule("PACK-18", "H-38")]
    [Category("Exhaustive")]
    public void Ring_LargeAndOddSizes_ReturnsEachChainInOrder([Values(255, 256, 257, 32767, 32768)] int size, [Values(1, 7)] int batch)
    {
        var rig = new PackedRig(size, QueueRig.EventIdx, new GuestRam(1 << 21));
        var ids = new ushort[batch];
        var wrong = 0;
        for(var done = 1; done < 200_000; done += batch)
        {
            for(var i = 0; i < batch; i++)
            {
                ids[i] = rig.Offer();
            }
            for(var i = 0; i < batch; i++)
            {
                rig.Queue.TryPop(out var chain);
                rig.Queue.Push(chain, (uint)(done + i));
            }
            rig.Queue.Publish();
            for(var i = 0; i < batch; i++)
            {
                wrong += rig.Ring.TryTakeUsed(out var used) && used == new Used(ids[i], (uint)(done + i)) ? 0 : 1;
            }
        }

        Assert.That(rig.Queue.Error, Is.Null);
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    [Rule("PACK-18", "H-38", "H-02")]
    [Category("Exhaustive")]
    public void Ring_WholeInOneChain_IsPopped([Values(1, 2, 3, 255, 32767, 32768)] int size, [Values] bool indirect, [Values(0, 1)] int at)
    {
        var rig = new PackedRig(size, QueueRig.Indirect, new GuestRam(1 << 22));
        var pieces = Enumerable.Repeat(new Piece(rig.Buffer, 1, false), size).ToArray();
        for(var round = 0; round < 3; round++)
        {
            rig.Cycle(at);
            var id = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
            var chain = rig.Pop();
            Assert.That((chain.Id, rig.Queue.Readable(chain).Length, chain.Entries), Is.EqualTo((id, size, indirect ? 1 : size)));
            rig.Queue.Push(chain, 0);
            rig.Queue.Publish();
            Assert.That(rig.TakeUsed(), Is.EqualTo(new Used(id, 0)));
        }
    }

    // All sixteen flags bits, on both laps. The first condition is the spec's own sentence.
    [Test]
    [Rule("PACK-06", "H-34")]
    [Category("Exhaustive")]
    public void Head_EveryValueOfFlags_IsAvailableByAvailAndUsedAlone([Values] bool secondLap)
    {
        for(var flags = 0; flags < 0x10000; flags++)
        {
            var rig = new PackedRig(1, QueueRig.Indirect, new GuestRam(0x2000));
            rig.Cycle(secondLap ? 1 : 0);
            rig.Ring.WriteDescriptor(rig.Ring.DescriptorArea, 0, rig.Buffer, 16, 0, (ushort)flags);
            var avail = (flags & RingLayout.DescAvail) != 0;
            var used = (flags & RingLayout.DescUsed) != 0;
            var offered = avail == !secondLap && used != !secondLap;
            var withNext = (flags & RingLayout.DescNext) != 0;
            var expected = !offered ? PopResult.Empty : withNext ? PopResult.Failed : PopResult.Chain;
            if(rig.Queue.TryPop(out _) != expected)
            {
                Assert.Fail($"flags 0x{flags:X4}: not {expected}");
            }
        }
    }

    [Test]
    [Rule("PACK-06", "H-34")]
    public void Head_NotAvailable_IsAskedAgainAndReadsNothingElse([Values(0, 0x8080, 0x8000)] int flags)
    {
        // Host blocks so small that each access shows.
        var rig = new PackedRig(ram: new GuestRam(hostBlock: 8));
        rig.Cycle(1);
        rig.Ring.WriteDescriptor(rig.Ring.DescriptorArea, 1, 0xBAD, 0xBAD, 0xBAD, (ushort)flags);
        var mapped = new List<(ulong, int)>();
        rig.Ram.Mapping = (address, length) => mapped.Add((address, length));

        for(var i = 0; i < 3; i++)
        {
            Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        }

        Assert.That(mapped.Where(x => x.Item2 <= 16), Is.EqualTo(Enumerable.Repeat((rig.At(1, RingLayout.DescriptorLen), 8), 3)));
        Assert.That(rig.Queue.Error, Is.Null);
    }

    // The driver writes the rest of a list first and the head's flags last; the device sees all of it or nothing.
    [Test]
    [Rule("PACK-10", "H-33")]
    public void List_HeadMadeAvailableWhileItsFlagsAreRead_IsSeenWhole()
    {
        var rig = new PackedRig();
        var added = false;
        rig.Ram.Mapping = (address, length) =>
        {
            if(!added)
            {
                added = true;
                rig.Ring.Add(new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 2, true), new Piece(rig.Buffer, 3, true));
            }
        };

        Assert.That(rig.Pop().WritableLength, Is.EqualTo(5));
    }

    [Test]
    [Rule("PACK-12", "PACK-13")]
    public void UsedDescriptor_EachLap_HasTheSpecsFlagsAndLength([Values(0U, 1U, 5U)] uint written, [Range(0, 3)] int lap)
    {
        var rig = new PackedRig(2);
        rig.Cycle(2 * lap);
        rig.Ring.Add(new Piece(rig.Buffer, 8, true));
        rig.Queue.Push(rig.Pop(), written);
        rig.Queue.Publish();

        var flags = (lap % 2 == 0 ? RingLayout.DescAvail | RingLayout.DescUsed : 0) | (written != 0 ? RingLayout.DescWrite : 0);
        Assert.That(rig.Ring.FlagsAt(0), Is.EqualTo(flags));
        Assert.That(rig.Ram.Read32(rig.At(0, RingLayout.DescriptorLen)), Is.EqualTo(written));
    }

    [Test]
    [Rule("PACK-20", "H-35")]
    [Category("Exhaustive")]
    public void BufferId_AnyValue_IsEchoed()
    {
        var rig = new PackedRig(4);
        for(var id = 0; id < 0x10000; id++)
        {
            rig.Ring.Offer((ushort)id, new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, true));
            // Ids before the last descriptor mean nothing.
            rig.Ram.Write16(rig.At((rig.Ring.Next + 2) % 4, RingLayout.PackedDescriptorId), 0xBAD);
            var chain = rig.Pop();
            rig.Queue.Push(chain, 1);
            rig.Queue.Publish();
            if(chain.Id != id || rig.TakeUsed() != new Used((ushort)id, 1))
            {
                Assert.Fail($"id {id} came back as {chain.Id}");
            }
        }
    }

    [Test]
    [Rule("H-35")]
    public void BufferId_OfferedTwice_IsTheDriversOwnAffair()
    {
        var rig = new PackedRig(4);
        rig.Ring.Offer(7, new Piece(rig.Buffer, 1, false));
        rig.Ring.Offer(7, new Piece(rig.Buffer, 2, false));
        var (first, second) = (rig.Pop(), rig.Pop());

        Assert.That((first.ReadableLength, second.ReadableLength), Is.EqualTo((1UL, 2UL)));
        rig.Queue.Push(first, 0);
        rig.Queue.Push(second, 0);
        rig.Queue.Publish();
        Assert.That(rig.TakeUsed().Head, Is.EqualTo(7));
        Assert.That(rig.TakeUsed().Head, Is.EqualTo(7));
    }

    [Test]
    [Rule("PACK-02")]
    public void Chains_UsedInAnyOrder_FillTheRingInThatOrder([Values(0, 5)] int at)
    {
        var rig = new PackedRig(8);
        rig.Cycle(at);
        var lengths = new[] { 1, 3, 2 };
        var ids = lengths.Select(x => rig.Ring.Add(Enumerable.Repeat(new Piece(rig.Buffer, 1, false), x).ToArray())).ToArray();
        var chains = ids.Select(x => rig.Pop()).ToArray();

        foreach(var i in new[] { 1, 2, 0 })
        {
            rig.Queue.Push(chains[i], 0);
        }
        rig.Queue.Publish();

        Assert.That(ids.Select(x => rig.TakeUsed().Head), Is.EqualTo(new[] { ids[1], ids[2], ids[0] }));
        Assert.That(rig.Ring.FreeDescriptors, Is.EqualTo(8));
        rig.Cycle(20);
    }

    // A frame over several buffers: the driver that looks at every store never sees a part of it.
    [Test]
    [Rule("PACK-03", "PACK-07", "PACK-19", "H-29")]
    public void Batch_WhileItIsWritten_ShowsWithTheLastStore([Range(1, 5)] int batch, [Range(0, 9)] int at)
    {
        var rig = new PackedRig(5);
        rig.Cycle(at);
        var ids = Enumerable.Range(0, batch).Select(x => rig.Ring.Add(new Piece(rig.Buffer, 8, true))).ToArray();
        var chains = ids.Select(x => rig.Pop()).ToArray();
        var shownEarly = 0;
        rig.Ram.Mapping = (address, length) => shownEarly += IsUsed(rig, at % 5, at / 5 % 2 == 0) ? 1 : 0;
        var ranges = rig.Ram.WrittenRanges = new();

        foreach(var chain in chains)
        {
            rig.Queue.Push(chain, 8);
        }
        rig.Ring.WantsNotifications = false;
        rig.Queue.Publish();
        rig.Ram.Mapping = null;

        Assert.That(shownEarly, Is.EqualTo(2), "only the two loads of the event suppression structure come after it");
        Assert.That(ranges[^1], Is.EqualTo((rig.At(at % 5, RingLayout.DescriptorLen), 8)), "len, id and flags of the first come last, at once");
        Assert.That(ranges.SelectMany(x => Enumerable.Range(0, x.Length).Select(y => x.Address + (uint)y)), Is.Unique, "a byte is written twice");
        Assert.That(ids.Select(x => rig.TakeUsed()), Is.EqualTo(ids.Select(x => new Used(x, 8))));
    }

    [Test]
    [Rule("PACK-04", "PACK-07", "H-25")]
    public void Queue_Whatever_WritesUsedDescriptorsAndItsStructureOnly()
    {
        var rig = new PackedRig(8, QueueRig.EventIdx | QueueRig.Indirect);
        rig.Ram.WrittenRanges = new();
        for(var i = 0; i < 40; i++)
        {
            rig.Ring.Add(new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, true));
            rig.Ring.AddIndirect(new Piece(rig.Buffer, 1, false));
            rig.Queue.Push(rig.Pop(), 1);
            rig.Queue.PutBack(rig.Pop());
            rig.Queue.Push(rig.Pop(), 0);
            var addresses = Enumerable.Range(0, 8).Select(x => BitConverter.ToUInt64(rig.Ram.At(rig.At(x, RingLayout.DescriptorAddr), 8))).ToArray();
            rig.Queue.Publish();
            rig.Queue.EnableNotifications();
            Assert.That(Enumerable.Range(0, 8).Select(x => BitConverter.ToUInt64(rig.Ram.At(rig.At(x, RingLayout.DescriptorAddr), 8))), Is.EqualTo(addresses));
            rig.TakeUsed();
            rig.TakeUsed();
        }

        Assert.That(rig.Ram.WrittenRanges, Has.All.Matches<(ulong Address, int Length)>(x =>
            x.Address >= rig.Ring.DeviceArea && x.Address + (uint)x.Length <= rig.Ring.DeviceArea + 4
            || x.Address >= rig.Ring.DescriptorArea && x.Address + (uint)x.Length <= rig.Ring.DescriptorArea + 128));
    }

    // Put back across the end of the ring, several at a time, with lists in between.
    [Test]
    [Rule("H-28", "PACK-01")]
    public void Chains_PutBackAndPoppedAgain_AreTheSame([Range(1, 7)] int size, [Range(0, 7)] int at)
    {
        var rig = new PackedRig(size);
        rig.Cycle(at);
        var lengths = new[] { 1, 2, 1, 3 }.TakeWhile((x, i) => new[] { 1, 3, 4, 7 }[i] <= size).ToArray();
        var ids = lengths.Select(x => rig.Ring.Add(Enumerable.Repeat(new Piece(rig.Buffer, 1, false), x).ToArray())).ToArray();
        for(var round = 0; round < 3; round++)
        {
            for(var keep = 0; keep <= ids.Length; keep++)
            {
                var chains = ids.Select(x => rig.Pop()).ToArray();
                Assert.That(chains.Select(x => (x.Id, (int)x.ReadableLength)), Is.EqualTo(ids.Zip(lengths)));
                for(var i = chains.Length - 1; i >= 0; i--)
                {
                    rig.Queue.PutBack(chains[i]);
                }
            }
        }
        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Ring.TryTakeUsed(out _), Is.False, "a chain that was put back is not used");
    }

    private static bool IsUsed(PackedRig rig, int slot, bool wrap)
    {
        // Not FlagsAt of the device's memory: reading must not be noticed.
        var bytes = rig.Ram.At(rig.At(slot, RingLayout.PackedDescriptorFlags), 2);
        var flags = bytes[0] | bytes[1] << 8;
        return (flags & RingLayout.DescAvail) != 0 == wrap && (flags & RingLayout.DescUsed) != 0 == wrap;
    }
}
