// renode-virtio-net, MIT licence: see LICENSE.
// With IN_ORDER, one used element may return a batch of chains. virtio v1.4-cs01: 2.7.9, 2.8.8 "In-order use of
// descriptors".

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class InOrderTests
{
    [Test]
    [Rule("SPLIT-29", "PACK-16", "FEAT-05")]
    public void Batch_NothingToWriteTo_IsReturnedByOneElement([Values] bool packed, [Range(1, 8)] int batch, [Range(0, 8)] int at)
    {
        var rig = new RingRig(packed, 8, RingRig.InOrder);
        rig.Cycle(at);
        var ids = rig.Offer(batch);
        var ranges = rig.Ram.WrittenRanges = new();

        rig.Push(batch);
        Assert.That(ranges, Is.Empty);
        Assert.That(rig.CountPublished(), Is.EqualTo(1));

        // The element has the id of the last chain and is in the first entry of the batch. The last store shows it.
        var slot = (uint)(at % 8);
        Assert.That(ranges[^1], Is.EqualTo(packed ? (rig.Ring.DescriptorArea + 16 * slot + 8, 8) : (rig.Ring.DeviceArea + 2, 2)));
        Assert.That(rig.Ram.Read16(packed ? rig.Ring.DescriptorArea + 16 * slot + 12 : rig.Ring.DeviceArea + 4 + 8 * slot), Is.EqualTo(ids[^1]));
        Assert.That(rig.TakeAll(), Is.EqualTo(ids.Select(x => new Used(x, 0))));
        Assert.That(rig.Ring.FreeDescriptors, Is.EqualTo(8));
        rig.Cycle(20);
    }

    [Test]
    [Rule("SPLIT-29", "PACK-16")]
    public void Batch_WithoutInOrder_HasAnElementEach([Values] bool packed, [Range(1, 8)] int batch)
    {
        var rig = new RingRig(packed);
        rig.Offer(batch);
        rig.Push(batch);

        Assert.That(rig.CountPublished(), Is.EqualTo(batch));
    }

    // The driver assumes that chains without a used element of their own were written completely. So a chain with writable bytes
    // always gets its own element, which tells how many were written.
    [Test]
    [Rule("SPLIT-29", "PACK-16", "H-30")]
    public void Batch_WritableAndReadableChains_TellsEachLength([Values] bool packed, [Values(0, 3, 7)] int at, [Range(0, 15)] int pattern)
    {
        var rig = new RingRig(packed, 8, RingRig.InOrder);
        rig.Cycle(at);
        var expected = new List<Used>();
        for(var i = 0; i < 4; i++)
        {
            var writable = (pattern & 1 << i) != 0;
            expected.Add(new Used(writable ? rig.OfferWritable(100) : rig.Offer(1)[0], writable ? (uint)i : 0));
        }
        foreach(var used in expected)
        {
            rig.Queue.Push(rig.Pop(), used.Length);
        }

        // One for each chain with writable bytes, and one for the chains after the last of those.
        var elements = Enumerable.Range(0, 4).Count(x => (pattern & 1 << x) != 0) + ((pattern & 8) == 0 ? 1 : 0);
        Assert.That(rig.CountPublished(), Is.EqualTo(elements));
        Assert.That(rig.TakeAll(), Is.EqualTo(expected));
    }

    // A list takes several slots of a packed ring, but one entry of a split one's.
    [Test]
    [Rule("SPLIT-29", "PACK-16", "FEAT-05")]
    public void Batch_OfLists_MovesOnByAllOfThem([Values] bool packed, [Range(1, 9)] int at)
    {
        var rig = new RingRig(packed, 8, RingRig.InOrder | QueueRig.EventIdx);
        rig.Cycle(at);
        var pieces = new[] { new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, false) };
        for(var round = 0; round < 20; round++)
        {
            var ids = new[] { rig.Ring.Add(pieces), rig.Ring.Add(pieces[0]), rig.Ring.Add(pieces[..2]) };
            rig.Push(3);
            rig.Queue.Publish();
            Assert.That(rig.TakeAll().Select(x => x.Head), Is.EqualTo(ids));
            Assert.That(rig.Ring.FreeDescriptors, Is.EqualTo(8));
        }
    }

    [Test]
    [Rule("H-38", "H-39")]
    [Category("Exhaustive")]
    public void Ring_AnySize_ReturnsWholeRingsByOneElement([Values(1, 2, 3, 32767, 32768)] int size)
    {
        foreach(var packed in new[] { true, false }.Where(x => x || (size & (size - 1)) == 0))
        {
            var rig = new RingRig(packed, size, RingRig.InOrder, new GuestRam(1 << 21));
            for(var lap = 0; lap < 3; lap++)
            {
                var ids = rig.Offer(size);
                rig.Push(size);
                rig.Queue.Publish();
                Assert.That(rig.TakeAll().Select(x => x.Head), Is.EqualTo(ids));
            }
        }
    }

    [Test]
    [Rule("SPLIT-16", "PACK-17")]
    public void Publish_EventInsideABatchOfOneElement_Notifies([Values] bool packed, [Range(0, 5)] int ahead)
    {
        var rig = new RingRig(packed, 8, RingRig.InOrder | QueueRig.EventIdx);
        rig.Cycle(6);
        rig.Offer(4);
        if(rig.Ring is PackedRing ring)
        {
            ring.Suppress((6 + ahead) % 8 | (6 + ahead < 8 ? RingLayout.EventWrap : 0), RingLayout.EventForDescriptor);
        }
        else
        {
            ((SplitRing)rig.Ring).UsedEvent = (ushort)(6 + ahead);
        }
        rig.Push(4);

        Assert.That(rig.Queue.Publish(), Is.EqualTo(ahead < 4));
    }

    [Test]
    [Rule("H-24")]
    public void Publish_AreaGoneWithElementsLeftOut_Fails([Values] bool packed)
    {
        var rig = new RingRig(packed, 8, RingRig.InOrder);
        rig.Offer(2);
        rig.Push(2);
        rig.Ram.Unmap(packed ? rig.Ring.DescriptorArea : rig.Ring.DeviceArea, 64);

        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Queue.Error!.Fault, Is.EqualTo(QueueFault.AreaOutsideRam));
    }

    [Test]
    public void Publish_AfterAnErrorWithElementsLeftOut_TouchesNothing([Values] bool packed)
    {
        var rig = new RingRig(packed, 8, RingRig.InOrder);
        rig.Offer(2);
        var chain = rig.Pop();
        rig.Queue.Push(chain, 0);
        rig.Queue.Reject(QueueFault.BufferGone, rig.Pop());
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Ram.Accesses, Is.EqualTo(accesses));
    }
}
