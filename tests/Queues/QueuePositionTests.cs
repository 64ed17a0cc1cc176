// renode-virtio-net, MIT licence: see LICENSE.
// A queue that is made at the position at which another queue of the same ring has stopped. virtio v1.4-cs01: 2.7.6, 2.8.1.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class QueuePositionTests
{
    [Test]
    public void Queue_MadeAtThePositionOfAnother_GoesOn([Values] bool packed, [Values(1, 7, 8, 13, 65_540)] int used)
    {
        var (ram, ring, features) = Make(packed);
        var queue = Create(ram, ring, features, null);
        for(var i = 0; i < used; i++)
        {
            Serve(ram, ring, queue);
        }
        var next = Create(ram, ring, features, queue.Position);
        Assert.That(next.Position, Is.EqualTo(queue.Position));
        for(var i = 0; i < 20; i++)
        {
            Serve(ram, ring, next);
        }
    }

    [Test]
    public void Chain_PoppedAndNotUsed_IsPoppedAgain([Values] bool packed)
    {
        var (ram, ring, features) = Make(packed);
        var queue = Create(ram, ring, features, null);
        Serve(ram, ring, queue);
        var heads = Enumerable.Range(0, 3).Select(_ => ring.Add(new Piece(ram.Base + 0x8000, 64, false))).ToArray();
        Assert.That(queue.Pop(new DescriptorChain[2]), Is.EqualTo(2));
        var next = Create(ram, ring, features, queue.Position);
        var chains = new DescriptorChain[4];
        Assert.That(next.Pop(chains), Is.EqualTo(3));
        Assert.That(chains.Take(3).Select(x => x.Id), Is.EqualTo(heads));
        foreach(var chain in chains.Take(3))
        {
            next.Push(chain, 0);
        }
        next.Publish();
        Assert.That(heads.Select(_ => ring.TryTakeUsed(out var taken) ? taken.Head : -1), Is.EqualTo(heads));
    }

    [Test]
    public void Ring_PoppedAsAWhole_IsPoppedAgain([Values] bool packed)
    {
        var (ram, ring, features) = Make(packed);
        var queue = Create(ram, ring, features, null);
        Serve(ram, ring, queue);
        var heads = Enumerable.Range(0, 8).Select(_ => ring.Add(new Piece(ram.Base + 0x8000, 64, false))).ToArray();
        var chains = new DescriptorChain[8];
        Assert.That(queue.Pop(chains), Is.EqualTo(8));
        var next = Create(ram, ring, features, queue.Position);
        Assert.That(next.Pop(chains), Is.EqualTo(8));
        Assert.That(chains.Select(x => x.Id), Is.EqualTo(heads));
    }

    [TestCase(false, 9, 0)]
    [TestCase(false, 0, 1)]
    [TestCase(true, 8 | 0x8000, 0x8000)]
    [TestCase(true, 0x8000, 8 | 0x8000)]
    [TestCase(true, 1, 0x8000)]
    [TestCase(true, 0x8000, 0x8001)]
    public void Position_ThatTheRingCannotHave_IsLatched(bool packed, int available, int used)
    {
        var (ram, ring, features) = Make(packed);
        var queue = Create(ram, ring, features, new QueuePosition((ushort)available, (ushort)used));
        Assert.That(queue.Error?.Fault, Is.EqualTo(QueueFault.PositionOutsideRing));
        Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
    }

    private static void Serve(GuestRam ram, IDriverRing ring, Virtqueue queue)
    {
        var head = ring.Add(new Piece(ram.Base + 0x8000, 64, false));
        Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain));
        Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        queue.Push(chain, 0);
        queue.Publish();
        Assert.That(ring.TryTakeUsed(out var taken), Is.True);
        Assert.That(taken.Head, Is.EqualTo(head));
    }

    private static (GuestRam, IDriverRing, FeatureSet) Make(bool packed)
    {
        var features = new FeatureSet().With(Feature.Version1);
        features = packed ? features.With(Feature.RingPacked) : features;
        var ram = new GuestRam();
        return (ram, packed ? new PackedRing(ram, 0, 8, features) : new SplitRing(ram, 0, 8, features), features);
    }

    private static Virtqueue Create(GuestRam ram, IDriverRing ring, FeatureSet features, QueuePosition? position)
    {
        var layout = new QueueLayout((ushort)ring.Size, ring.DescriptorArea, ring.DriverArea, ring.DeviceArea);
        return Virtqueue.Create(ram, 0, layout, features, position: position);
    }
}
