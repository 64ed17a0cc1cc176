// renode-virtio-net, MIT licence: see LICENSE.
// When a split queue notifies the driver, and asks to be notified by it. virtio v1.4-cs01: 2.7.7, 2.7.10.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class NotificationTests
{
    // Every batch size against every near event, also across the wrap of the index.
    [Test]
    [Rule("SPLIT-15", "SPLIT-16", "SPLIT-17", "H-26")]
    [Category("Exhaustive")]
    public void Publish_WithEventIdx_NotifiesWhenUsedEventIsPassed([Values(0, 65530)] int start, [Values(0, 1)] int flags)
    {
        var rig = new QueueRig(8, QueueRig.EventIdx);
        rig.Cycle(start);
        rig.Ring.AvailableFlags = (ushort)flags;
        for(var batch = 1; batch <= 8; batch++)
        {
            for(var distance = -20; distance <= 20; distance++)
            {
                var old = rig.Ring.UsedIndex;
                var passed = Enumerable.Range(0, batch).Contains(distance);

                Assert.That(PublishBatch(rig, batch, RingIndex.Add(old, distance)), Is.EqualTo(passed),
                    $"used index {old} + {batch}, used_event {RingIndex.Add(old, distance)}");
            }
        }
    }

    // Every value of used_event against short batches; the next test has long batches. RingIndexTests call the function that
    // decides, RingIndex.IsAmong, with all values.
    [Test]
    [Rule("SPLIT-16", "SPLIT-17", "H-26")]
    [Category("Exhaustive")]
    public void Publish_EveryUsedEvent_NotifiesWhenItIsPassed([Values(1, 2, 7)] int batch, [Values(0, 65533)] int start)
    {
        var rig = new QueueRig(8, QueueRig.EventIdx);
        rig.Cycle(start);
        for(var usedEvent = 0; usedEvent < 0x10000; usedEvent++)
        {
            var old = rig.Ring.UsedIndex;
            var passed = Enumerable.Range(0, batch).Any(x => (old + x & 0xFFFF) == usedEvent);
            if(PublishBatch(rig, batch, (ushort)usedEvent) != passed)
            {
                Assert.Fail($"used index {old} + {batch}, used_event {usedEvent}: not {passed}");
            }
        }
    }

    [Test]
    [Rule("SPLIT-16", "SPLIT-17", "H-26")]
    [Category("Exhaustive")]
    public void Publish_LongBatch_NotifiesWhenUsedEventIsPassed([Values(255, 32767, 32768)] int batch)
    {
        var rig = new QueueRig(32768, QueueRig.EventIdx, new GuestRam(1 << 21));
        foreach(var distance in new[] { 0, 1, batch - 1, batch, batch + 1, 32767, 32768, 32769, 65535 })
        {
            Assert.That(PublishBatch(rig, batch, RingIndex.Add(rig.Ring.UsedIndex, distance)), Is.EqualTo(distance < batch), $"{distance} ahead");
        }
    }

    [Test]
    [Rule("SPLIT-12", "SPLIT-13", "SPLIT-14")]
    [Category("Exhaustive")]
    public void Publish_WithoutEventIdx_GoesByTheFlagAlone([Values(0, 65530)] int start, [Values(0, 1, 0xFFFE, 0xFFFF)] int flags)
    {
        var rig = new QueueRig();
        rig.Cycle(start);
        rig.Ring.AvailableFlags = (ushort)flags;
        for(var batch = 1; batch <= 8; batch++)
        {
            for(var distance = -10; distance <= 10; distance++)
            {
                var old = rig.Ring.UsedIndex;
                Assert.That(PublishBatch(rig, batch, RingIndex.Add(old, distance)), Is.EqualTo((flags & 1) == 0));
            }
        }
    }

    [Test]
    [Rule("SPLIT-17")]
    public void Publish_NothingPushed_NeverNotifies([Values] bool eventIdx)
    {
        var rig = new QueueRig(8, eventIdx ? QueueRig.EventIdx : default);
        rig.Cycle(2);
        rig.Offer();
        rig.Ring.UsedEvent = 2;
        rig.Ram.WrittenRanges = new();

        Assert.That(rig.Queue.Publish(), Is.False);
        rig.Queue.PutBack(rig.Pop());
        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Ram.WrittenRanges, Is.Empty);
    }

    // The driver, on another CPU, asks to be notified just before the device stores the used index, and sees the old index.
    // So the device has to see that it wants to be notified.
    [Test]
    [Rule("H-27", "SPLIT-14", "SPLIT-16")]
    public void Publish_DriverUnsuppressesJustBeforeIndexStore_Notifies([Values] bool eventIdx)
    {
        var rig = new QueueRig(8, eventIdx ? QueueRig.EventIdx : default);
        rig.Offer();
        rig.Ring.AvailableFlags = 1;
        rig.Ring.UsedEvent = 100;
        rig.Queue.Push(rig.Pop(), 0);
        var stores = 0;
        rig.Ram.Mapping = (address, length) =>
        {
            if(address == rig.Ring.DeviceArea + RingLayout.RingIdx)
            {
                stores++;
                Assert.That(rig.Ring.UsedIndex, Is.Zero);
                rig.Ring.AvailableFlags = 0;
                rig.Ring.UsedEvent = 0;
            }
        };

        Assert.That(rig.Queue.Publish(), Is.True);
        Assert.That(stores, Is.EqualTo(1));
    }

    [Test]
    [Rule("SPLIT-25", "H-27")]
    public void EnableNotifications_DriverAddsJustBeforeEventStore_SeesIt()
    {
        var rig = new QueueRig(8, QueueRig.EventIdx);
        rig.Cycle(3);
        var availEvent = rig.Ring.DeviceArea + RingLayout.RingEntries + 8 * RingLayout.UsedEntrySize;
        var kick = true;
        rig.Ram.Mapping = (address, length) =>
        {
            if(address == availEvent)
            {
                var old = rig.Ring.AvailableIndex;
                rig.Offer();
                kick = rig.Ring.DeviceWantsNotification(old);
            }
        };

        var lookAgain = rig.Queue.EnableNotifications();

        Assert.That(kick, Is.False, "the race is set up: the driver sees the old avail_event and does not kick");
        Assert.That(lookAgain, Is.True);
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Chain));
    }

    [Test]
    [Rule("SPLIT-25")]
    public void EnableNotifications_WithEventIdx_AsksForTheNextEntry([Values(0, 3, 65535, 65536, 70000)] int start)
    {
        var rig = new QueueRig(8, QueueRig.EventIdx);
        rig.Cycle(start);

        Assert.That(rig.Queue.EnableNotifications(), Is.False);

        Assert.That(rig.Ring.AvailEvent, Is.EqualTo(start & 0xFFFF));
        var old = rig.Ring.AvailableIndex;
        rig.Offer();
        Assert.That(rig.Ring.DeviceWantsNotification(old), Is.True);
    }

    [Test]
    [Rule("SPLIT-25")]
    public void EnableNotifications_ChainsLeftBehind_AsksForWhatComesAfterThem()
    {
        var rig = new QueueRig(8, QueueRig.EventIdx);
        rig.Offer();
        rig.Offer();
        rig.Queue.PutBack(rig.Pop());

        Assert.That(rig.Queue.EnableNotifications(), Is.False, "what was put back is known");
        Assert.That(rig.Ring.AvailEvent, Is.EqualTo(2));
    }

    [Test]
    [Rule("SPLIT-22", "SPLIT-25")]
    public void EnableNotifications_WithoutEventIdx_WritesNothing()
    {
        var rig = new QueueRig();
        rig.Cycle(3);
        rig.Ram.WrittenRanges = new();

        Assert.That(rig.Queue.EnableNotifications(), Is.False);
        rig.Offer();
        Assert.That(rig.Queue.EnableNotifications(), Is.True);
        Assert.That(rig.Ram.WrittenRanges, Is.Empty);
    }

    private static bool PublishBatch(QueueRig rig, int batch, ushort usedEvent)
    {
        for(var i = 0; i < batch; i++)
        {
            rig.Offer();
            rig.Queue.Push(rig.Pop(), 0);
        }
        rig.Ring.UsedEvent = usedEvent;
        var notify = rig.Queue.Publish();
        while(rig.Ring.TryTakeUsed(out _))
        {
        }
        return notify;
    }
}
