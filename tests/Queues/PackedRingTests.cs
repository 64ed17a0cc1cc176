// renode-virtio-net, MIT licence: see LICENSE.
// Which descriptors are available: flags, wrap counters and lists. virtio v1.4-cs01: 2.8.1 to 2.8.6.

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
        // With host blocks of half a descriptor each access asks for memory.
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
}
