// renode-virtio-net, MIT licence: see LICENSE.
// Chains popped, pushed and published many at a time, in a ring of either format.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

[TestFixture(false)]
[TestFixture(true)]
public sealed class BatchTests(bool packed)
{
    [Test]
    [Rule("SPLIT-18", "PACK-19")]
    public void Batch_OfAnyLength_IsShownWholeAndInOrder([Values(1, 31, 32, 33, 64, 65, 128)] int count)
    {
        var rig = new RingRig(packed, 128);
        rig.Cycle(100);
        var heads = rig.Offer(count);
        var chains = new DescriptorChain[128];
        Assert.That(rig.Queue.Pop(chains), Is.EqualTo(count));
        foreach(var chain in chains.AsSpan(0, count))
        {
            rig.Queue.Push(chain, 3);
        }
        Assert.That(rig.TakeAll(), Is.Empty);
        rig.Queue.Publish();
        Assert.That(rig.TakeAll(), Is.EqualTo(heads.Select(x => new Used(x, 3))));
    }

    // An emulator throws translated code away only where the memory is told of a write (H-119).
    [Test]
    [Rule("H-119")]
    public void Publish_TellsOfEveryByteThatItChanges([Values(1, 3, 8)] int count, [Range(0, 8)] int at)
    {
        var rig = new RingRig(packed);
        rig.Cycle(at);
        rig.Offer(count);
        rig.Push(count);
        var before = rig.Ram.At(rig.Ram.Base, 1 << 16).ToArray();
        var told = rig.Ram.WrittenRanges = new();
        rig.Queue.Publish();
        var after = rig.Ram.At(rig.Ram.Base, 1 << 16).ToArray();
        var changed = Enumerable.Range(0, after.Length).Where(x => before[x] != after[x]).ToArray();
        Assert.That(changed, Is.Not.Empty);
        Assert.That(changed, Is.SubsetOf(told.SelectMany(x => Enumerable.Range((int)(x.Address - rig.Ram.Base), x.Length))));
    }

    // The driver may not offer descriptors again that the device still has, or has pushed and not published.
    [Test]
    [Rule("H-17")]
    public void Ring_IsNeverOutWithMoreThanItHolds([Values(0, 1)] int pushed)
    {
        var rig = new RingRig(packed, 4);
        rig.Offer(4);
        var chains = new DescriptorChain[4];
        rig.Queue.Pop(chains);
        rig.Queue.Push(chains[0], 0);
        rig.Queue.Publish();
        rig.TakeAll();
        rig.Offer(1);
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Chain));
        if(pushed == 1)
        {
            rig.Queue.Push(chains[1], 0);
        }
        OfferTakenOne(rig, 1);

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        Assert.That(rig.Queue.Error!.Fault, Is.EqualTo(packed ? QueueFault.DescriptorInFlight : QueueFault.HeadInFlight));
    }

    [Test]
    [Rule("H-24")]
    public void Publish_PartOfTheRingGone_FailsAndShowsNothing([Values(1, 2, 3)] int batch, [Values(1, 4, int.MaxValue)] int hostBlock)
    {
        // The last element of the batch has no place any more; all that the driver looks at first is still there.
        var rig = new RingRig(packed, 4, default, new GuestRam(1 << 16, hostBlock: hostBlock));
        rig.Cycle(1);
        rig.Offer(batch);
        rig.Push(batch);
        var first = packed ? rig.Ring.DescriptorArea + 16 : rig.Ring.DeviceArea + 4 + 8;
        rig.Ram.Unmap(first + (packed ? 16U : 8U) * ((uint)batch - 1), 64);

        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Queue.Error?.Fault, Is.EqualTo(QueueFault.AreaOutsideRam));
        Assert.That(rig.TakeAll(), Is.Empty);
    }

    [Test]
    public void Queue_WasUsed_FromItsFirstChainOn()
    {
        var rig = new RingRig(packed);
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        Assert.That(rig.Queue.WasUsed, Is.False);
        rig.Cycle(2);
        Assert.That(rig.Queue.WasUsed, Is.True);
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        Assert.That(rig.Queue.WasUsed, Is.True);
    }

    // Makes a descriptor available that the device still has.
    private static void OfferTakenOne(RingRig rig, int head)
    {
        if(rig.Ring is SplitRing split)
        {
            split.Offer((ushort)head);
        }
        else
        {
            var ring = (PackedRing)rig.Ring;
            ring.WriteDescriptor(ring.DescriptorArea, head, rig.Buffer, 4, (ushort)head, (ushort)ring.AvailableFlags);
        }
    }
}
