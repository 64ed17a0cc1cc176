// VIRTIO_F_NOTIFY_ON_EMPTY, a legacy feature of split queues. virtio v1.4-cs01: 6.3.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class NotifyOnEmptyTests
{
    [Test]
    [Rule("FEAT-12")]
    public void Publish_RanEmpty_NotifiesWhateverIsSuppressed([Values] bool eventIdx, [Values] bool inOrder, [Values(0, 65534)] int at)
    {
        var rig = Suppressed(NotifyOnEmpty | (eventIdx ? QueueRig.EventIdx : default) | (inOrder ? RingRig.InOrder : default), at);
        rig.Offer(3);
        rig.Push(2);
        Assert.That(rig.Queue.Publish(), Is.False, "one is left");
        rig.Push(1);

        Assert.That(rig.Queue.Publish(), Is.True);
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

    [Test]
    [Rule("FEAT-12", "H-21")]
    public void Publish_AvailableIndexJumpedMeanwhile_Fails()
    {
        var rig = Suppressed(NotifyOnEmpty, 0);
        rig.Offer(1);
        rig.Push(1);
        ((SplitRing)rig.Ring).AvailableIndex = 1000;

        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Queue.Error, Is.Not.Null);
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
