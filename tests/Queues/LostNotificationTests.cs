// renode-virtio-net, MIT licence: see LICENSE.
// No notification is lost when driver and device act at the same time. virtio v1.4-cs01: 2.7.13.3.1, 2.7.14, 2.8.21.3.1: each
// side first stores what the other waits for, and then, after a full barrier, loads whether the other waits.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Memory;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

[TestFixture(false)]
[TestFixture(true)]
public sealed class LostNotificationTests(bool packed)
{
    // The driver goes to sleep: it asks to be notified, and looks for used chains a last time.
    [Test]
    [Rule("H-27", "SPLIT-14", "SPLIT-16", "PACK-17")]
    public void Publish_DriverGoesToSleepAtAnyMoment_IsNotifiedOrSeesTheChain([Values] bool eventIdx, [Values] bool notifyOnEmpty)
    {
        AtEachMoment(eventIdx, notifyOnEmpty && !packed, (ring, queue) =>
        {
            ring.WantsNotifications = false;
            ring.Add(new Piece(ring.Memory.Base, 4, false));
            Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain));
            // Not the last chain, or the device notifies because there is none left.
            ring.Add(new Piece(ring.Memory.Base, 4, false));
            queue.Push(chain, 0);
            return new Race(queue.Publish, () =>
            {
                ring.WantsNotifications = true;
                return ring.TryTakeUsed(out _);
            });
        });
    }

    // The device goes to sleep: it asks to be notified, and looks for available chains a last time.
    [Test]
    [Rule("H-27", "SPLIT-25", "PACK-17")]
    public void EnableNotifications_DriverAddsAtAnyMoment_NotifiesOrIsSeen([Values] bool eventIdx)
    {
        AtEachMoment(eventIdx, false, (ring, queue) =>
        {
            // The device has asked before, and the driver has passed that entry. So the driver does not notify until it sees that
            // the device asks again.
            queue.EnableNotifications();
            for(var i = 0; i < 3; i++)
            {
                ring.Add(new Piece(ring.Memory.Base, 4, false));
                Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain));
                queue.Push(chain, 0);
                queue.Publish();
                ((StoreBufferRam)ring.Memory).Drain();
                ring.TryTakeUsed(out _);
            }
            // The driver has decided about what it has added so far.
            ring.DeviceWantsNotification();
            Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
            return new Race(queue.EnableNotifications, () =>
            {
                ring.Add(new Piece(ring.Memory.Base, 4, false));
                return ring.DeviceWantsNotification();
            });
        });
    }

    // What each side does at the same time. Each function is true if its side has seen what the other one did, or notifies it.
    private sealed record Race(Func<bool> Device, Func<bool> Driver);

    // Lets the driver act before the first access of the device, before the second, and so on up to after the last.
    private void AtEachMoment(bool eventIdx, bool notifyOnEmpty, Func<IDriverRing, Virtqueue, Race> setUp)
    {
        var features = new FeatureSet();
        features = packed ? features.With(Feature.RingPacked) : features;
        features = eventIdx ? features.With(Feature.EventIdx) : features;
        features = notifyOnEmpty ? features.With(Feature.NotifyOnEmpty) : features;
        for(var moment = 0; ; moment++)
        {
            var ram = new StoreBufferRam();
            IDriverRing ring = packed ? new PackedRing(ram, 0, 8, features) : new SplitRing(ram, 0, 8, features);
            var queue = Virtqueue.Create(ram, 0, new QueueLayout(8, ring.DescriptorArea, ring.DriverArea, ring.DeviceArea), features);
            var race = setUp(ring, queue);
            ram.Drain();
            var moments = 0;
            bool? driver = null;
            ram.Moment = () => driver = moments++ == moment ? race.Driver() : driver;
            var device = race.Device();
            ram.Moment = null;
            var after = driver == null;
            driver ??= race.Driver();

            Assert.That(device || driver.Value, Is.True, $"the driver acts at moment {moment} of {moments}: nobody is notified, and nobody has seen anything");
            if(after)
            {
                break;
            }
        }
    }
}
