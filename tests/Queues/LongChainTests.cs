// renode-virtio-net, MIT licence: see LICENSE.
// Chains with more descriptors than their queue. The spec forbids them, but Linux and FreeBSD make such indirect tables. So the
// device accepts up to 1024 descriptors in a table of any queue, and does bounded work for them. Hazards H-02, H-07.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Memory;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

[TestFixture(false)]
[TestFixture(true)]
public sealed class LongChainTests(bool packed)
{
    [TestCase(1, 2)]
    [TestCase(8, 9)]
    [TestCase(32, 34)]
    [TestCase(256, 1024)]
    [TestCase(1024, 1024)]
    [TestCase(2048, 2048)]
    [Rule("H-07", "H-36", "SPLIT-03", "F-21")]
    public void Table_OfMoreDescriptorsThanTheQueue_IsPoppedInOrder(int size, int entries)
    {
        var rig = Rig(size);
        var pieces = Enumerable.Range(0, entries).Select(x => new Piece(rig.Ram.Base + (uint)x, 1 + (uint)x % 7, x >= entries / 2)).ToArray();
        for(var round = 0; round < 3; round++)
        {
            var id = rig.Ring.AddIndirect(pieces);
            var chain = rig.Pop();

            Assert.That((chain.Id, (int)chain.Entries, (int)chain.Descriptors), Is.EqualTo((id, 1, entries)));
            Assert.That(rig.Queue.Readable(chain).ToArray().Concat(rig.Queue.Writable(chain).ToArray()).Select(x => (x.Address, x.Length)),
                Is.EqualTo(pieces.Select(x => (x.Address, x.Length))));
            rig.Queue.Push(chain, 5);
            rig.Queue.Publish();
            Assert.That(rig.TakeAll(), Is.EqualTo(new[] { new Used(id, 5) }));
        }
    }

    // The bound is 1024 descriptors, or as many as the queue has if that is more.
    [TestCase(1, 1025)]
    [TestCase(32, 1025)]
    [TestCase(1024, 1025)]
    [TestCase(2048, 2049)]
    [TestCase(32, 65536)]
    [Rule("H-07", "H-36", "F-21")]
    public void Table_OneOverTheBound_Fails(int size, int entries)
    {
        var rig = Rig(size);
        rig.Ring.AddIndirect(Enumerable.Repeat(new Piece(rig.Buffer, 1, false), entries).ToArray());
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        Assert.That(rig.Queue.Error!.Fault, Is.EqualTo(QueueFault.IndirectTableSize));
        Assert.That(rig.Queue.Error.Length, Is.EqualTo(16 * entries));
        Assert.That(rig.Queue.Error.ToString(), Does.Contain("1024"));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThan(8));
    }

    // Descriptors of empty buffers count, too, though the queue keeps no segment for them.
    [Test]
    [Rule("H-02", "H-09", "F-21")]
    public void Chain_OfEmptyBuffers_IsBoundLikeAny([Values(8, 1024)] int size)
    {
        var rig = Rig(size);
        rig.Ring.AddIndirect(Enumerable.Repeat(new Piece(rig.Buffer, 0, false), 1024).ToArray());
        rig.Ring.AddIndirect(Enumerable.Repeat(new Piece(rig.Buffer, 0, false), 1025).ToArray());

        Assert.That(rig.Pop().Descriptors, Is.EqualTo(1024));
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
    }

    // The frame of a driver whose queue has 32 descriptors and whose table has 34.
    [Test]
    [Rule("H-07", "H-61", "F-21")]
    public void Frame_InATableLongerThanItsQueue_IsSent()
    {
        var driver = new RawDriver(packed: packed).Start(queueSize: 32);
        var frame = Enumerable.Range(0, 100).Select(x => (byte)x).ToArray();
        var message = driver.Place(RawDriver.Message(frame));
        var pieces = Enumerable.Range(0, 33).Select(x => new Piece(message + (uint)x, 1, false)).Append(new Piece(message + 33, 12 + 100 - 33, false)).ToArray();
        driver.TransmitRing.AddIndirect(pieces);
        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Machine.Sent, Is.EqualTo(new[] { frame }));
        Assert.That(driver.NeedsReset, Is.False);
    }

    // The worst that a driver can describe: the ring full of chains that all refer to the longest table. Work and memory of one
    // call of Pop, however many chains it is asked for, are those of the longest chain, not of all of them.
    [TestCase(256, 1024, 256 << 10)]
    [TestCase(32768, 32768, 4 << 20)]
    [Rule("H-02", "H-07", "F-21")]
    public void Pop_EveryChainTheLongest_KeepsNoMoreThanTwoOfThem(int size, int entries, int mostBytes)
    {
        var rig = Rig(size);
        var table = Table(rig, entries, rig.Buffer);
        const int Chains = 200;
        for(var i = 0; i < Chains; i++)
        {
            OfferTable(rig, table, entries);
        }
        var chains = new DescriptorChain[Chains];
        rig.Queue.EnableNotifications();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var popped = 0;
        while(popped < Chains)
        {
            var accesses = rig.Ram.Accesses;
            var count = rig.Queue.Pop(chains);
            if(count == 0 || count > 2 || rig.Ram.Accesses - accesses > 2 * entries + 8)
            {
                Assert.Fail($"{count} chains by {rig.Ram.Accesses - accesses} accesses: {rig.Queue.Error}");
            }
            for(var i = 0; i < count; i++)
            {
                rig.Queue.Push(chains[i], 0);
            }
            rig.Queue.Publish();
            popped += count;
        }
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(mostBytes));
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
    }

    // If the chains in flight have as many segments as the longest chain, Pop still pops one chain, but no second one.
    [Test]
    [Rule("F-21")]
    public void Pop_ManyLongChainsOut_PopsOneAtATime()
    {
        var rig = Rig(8);
        for(var i = 0; i < 8; i++)
        {
            OfferTable(rig, Table(rig, 1024, rig.Buffer + (uint)i), 1024);
        }
        var chains = new DescriptorChain[8];
        for(var i = 0; i < 8; i++)
        {
            Assert.That(rig.Queue.Pop(chains.AsSpan(i)), Is.EqualTo(1));
        }
        for(var i = 0; i < 8; i++)
        {
            var segments = rig.Queue.Readable(chains[i]).ToArray();
            Assert.That(segments, Has.Length.EqualTo(1024).And.All.Matches<Segment>(x => x.Address == rig.Buffer + (uint)i));
        }
    }

    private RingRig Rig(int size) => new(packed, size, QueueRig.Indirect, new GuestRam(1 << 23));

    // A table that has the same buffer, of one byte, again and again.
    private static ulong Table(RingRig rig, int entries, ulong buffer)
    {
        var table = rig.Ram.Allocate(RingLayout.DescriptorSize * entries);
        for(var i = 0; i < entries; i++)
        {
            var flags = rig.Ring is SplitRing && i < entries - 1 ? RingLayout.DescNext : 0;
            rig.Ram.Write64(table + (uint)(RingLayout.DescriptorSize * i), buffer);
            rig.Ram.Write32(table + (uint)(RingLayout.DescriptorSize * i + RingLayout.DescriptorLen), 1);
            rig.Ram.Write16(table + (uint)(RingLayout.DescriptorSize * i + RingLayout.DescriptorFlags), (ushort)flags);
            rig.Ram.Write16(table + (uint)(RingLayout.DescriptorSize * i + RingLayout.DescriptorNext), rig.Ring is SplitRing ? (ushort)(i + 1) : (ushort)0);
        }
        return table;
    }

    private static void OfferTable(RingRig rig, ulong table, int entries)
    {
        var length = (uint)(RingLayout.DescriptorSize * entries);
        if(rig.Ring is SplitRing ring)
        {
            ring.WriteDescriptor(ring.DescriptorArea, ring.AvailableIndex % ring.Size, table, length, RingLayout.DescIndirect, 0);
            ring.Offer((ushort)(ring.AvailableIndex % ring.Size));
        }
        else
        {
            ((PackedRing)rig.Ring).OfferTable((ushort)((PackedRing)rig.Ring).Next, table, length);
        }
    }
}
