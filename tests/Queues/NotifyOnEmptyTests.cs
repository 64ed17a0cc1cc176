// renode-virtio-net, MIT licence: see LICENSE.
// VIRTIO_F_NOTIFY_ON_EMPTY, a legacy feature of split queues. virtio v1.4-cs01: 6.3.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class NotifyOnEmptyTests
{
    [Test]
    [Rule("FEAT-12")]
    public void Publish_RanEmpty_NotifiesWhateverIsSuppressed([Values] bool eventIdx, [Values] bool inOrder, [Values(0, 7)] int at)
    {
        var rig = Suppressed(NotifyOnEmpty | (eventIdx ? QueueRig.EventIdx : default) | (inOrder ? RingRig.InOrder : default), at);
        rig.Offer(3);
        rig.Push(2);
        Assert.That(rig.Queue.Publish(), Is.False, "one is left");
        rig.Push(1);

        Assert.That(rig.Queue.Publish(), Is.True);
    }

    // The driver's idx is read in the driver's byte order.
    [Test]
    [Rule("FEAT-12", "LEG-10")]
    public void Publish_BigEndianRingRanEmpty_Notifies()
    {
        var ram = new GuestRam { IsBigEndian = true };
        var ring = new SplitRing(ram, 0, 8, NotifyOnEmpty) { WantsNotifications = false };
        var queue = Virtqueue.Create(ram, 0, new QueueLayout(8, ring.DescriptorArea, ring.DriverArea, ring.DeviceArea), NotifyOnEmpty, bigEndian: true);
        ring.Add(new Piece(ram.Base, 4, false));
        ring.Add(new Piece(ram.Base, 4, false));
        foreach(var ranEmpty in new[] { false, true })
        {
            Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain));
            queue.Push(chain, 0);
            Assert.That(queue.Publish(), Is.EqualTo(ranEmpty));
        }
    }

    [Test]
    [Rule("FEAT-12")]
    public void Publish_NotNegotiated_StaysSilent([Values] bool eventIdx)
    {
        var rig = Suppressed(eventIdx ? QueueRig.EventIdx : default, 0);
        rig.Offer(1);
        rig.Push(1);

        Assert.That(rig.Queue.Publish(), Is.False);
    }

    [Test]
    [Rule("FEAT-12")]
    public void Publish_DriverHasAddedMeanwhile_IsNotEmpty()
    {
        var rig = Suppressed(NotifyOnEmpty, 0);
        rig.Offer(1);
        rig.Push(1);
        rig.Offer(1);

        Assert.That(rig.Queue.Publish(), Is.False);
    }

    [Test]
    [Rule("FEAT-12")]
    public void Publish_ChainStillOutOrPutBack_IsNotEmpty([Values] bool putBack)
    {
        var rig = Suppressed(NotifyOnEmpty, 0);
        rig.Offer(2);
        rig.Push(1);
        var chain = rig.Pop();
        if(putBack)
        {
            rig.Queue.PutBack(chain);
        }

        Assert.That(rig.Queue.Publish(), Is.False);
    }

    // To decide about the notification the device looks at the available index. It must still find out afterwards that a chain
    // has come.
    [Test]
    [Rule("FEAT-12", "H-27", "SPLIT-25")]
    public void EnableNotifications_DriverAddedBeforePublish_SeesIt([Values] bool eventIdx)
    {
        var rig = Suppressed(NotifyOnEmpty | (eventIdx ? QueueRig.EventIdx : default), 0);
        rig.Offer(1);
        rig.Push(1);
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        rig.Offer(1);
        rig.Queue.Publish();

        Assert.That(rig.Queue.EnableNotifications(), Is.True);
    }

    private static RingRig Suppressed(FeatureSet features, int at)
    {
        var rig = new RingRig(false, 8, features);
        rig.Cycle(at);
        rig.Ring.WantsNotifications = false;
        return rig;
    }

    private static readonly FeatureSet NotifyOnEmpty = new FeatureSet().With(Feature.NotifyOnEmpty);
}
