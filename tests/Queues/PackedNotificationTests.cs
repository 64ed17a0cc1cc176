// renode-virtio-net, MIT licence: see LICENSE.
// When a packed queue notifies the driver, and asks to be notified by it. virtio v1.4-cs01: 2.8.10, 2.8.14.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class PackedNotificationTests
{
    // Each batch, of chains of each length, against each event, on each position of both laps.
    [Test]
    [Rule("PACK-17", "H-26", "H-37", "H-38")]
    public void Publish_WithEventIdx_NotifiesWhenTheDescriptorIsPassed([Range(1, 5)] int size, [Values(1, 2)] int length)
    {
        foreach(var slot in Enumerable.Range(0, size + 2).Append(0x7FFF))
        {
            foreach(var wrap in new[] { false, true })
            {
                var rig = new PackedRig(size, QueueRig.EventIdx, new GuestRam(0x2000));
                for(var batch = 1; batch * length <= size; batch++)
                {
                    for(var round = 0; round < 4 * size; round++)
                    {
                        var expected = false;
                        var position = (rig.Ring.Next, rig.Ring.WrapCounter);
                        for(var i = 0; i < batch * length; i++)
                        {
                            expected |= position == (slot, wrap);
                            position = position.Item1 + 1 == size ? (0, !position.Item2) : (position.Item1 + 1, position.Item2);
                        }
                        Assert.That(PublishBatch(rig, batch, length, slot | (wrap ? 0x8000 : 0), 2), Is.EqualTo(expected),
                            $"{batch} of {length} up to {position}, event {(slot, wrap)}");
                    }
                }
            }
        }
    }

    // All 65536 values of flags, of which two bits count.
    [Test]
    [Rule("PACK-17", "H-26", "H-37")]
    [Category("Exhaustive")]
    public void Publish_EachValueOfFlags_GoesByTheLowerTwoBits([Values] bool eventIdx)
    {
        var rig = new PackedRig(8, eventIdx ? QueueRig.EventIdx : default);
        for(var flags = 0; flags < 0x10000; flags++)
        {
            // desc names a slot that is never used. It counts only if flags ask for a descriptor and EVENT_IDX is negotiated.
            var expected = (flags & 3) switch { 1 => false, 2 => !eventIdx, _ => true };
            if(PublishBatch(rig, 1, 1, 0x7FFF, flags) != expected)
            {
                Assert.Fail($"flags 0x{flags:X4}: not {expected}");
            }
        }
    }

    [Test]
    public void Publish_NothingPushed_NeverNotifies()
    {
        var rig = new PackedRig(8);
        rig.Cycle(2);
        rig.Offer();
        rig.Ram.WrittenRanges = new();

        Assert.That(rig.Queue.Publish(), Is.False);
        rig.Queue.PutBack(rig.Pop());
        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Ram.WrittenRanges, Is.Empty);
    }

    // The driver, on another CPU, asks to be notified just before the device shows the used descriptor, and sees none. So the
    // device has to see that it wants to be notified.
    [Test]
    [Rule("H-27", "PACK-17")]
    public void Publish_DriverUnsuppressesJustBeforeFlagsStore_Notifies([Values] bool eventIdx)
    {
        // With host blocks of half a descriptor each access asks for memory.
        var rig = new PackedRig(8, eventIdx ? QueueRig.EventIdx : default, new GuestRam(hostBlock: 8));
        rig.Offer();
        rig.Ring.WantsNotifications = false;
        rig.Queue.Push(rig.Pop(), 0);
        var stores = 0;
        rig.Ram.Mapping = (address, length) =>
        {
            if(address == rig.At(0, RingLayout.DescriptorLen))
            {
                stores++;
                Assert.That(rig.Ring.TryTakeUsed(out _), Is.False);
                rig.Ring.WantsNotifications = true;
            }
        };

        Assert.That(rig.Queue.Publish(), Is.True);
        Assert.That(stores, Is.EqualTo(1));
    }

    // The driver may change flags and desc at any time. Read in one load they belong together.
    [Test]
    [Rule("PACK-17", "H-27")]
    public void Publish_DriverRewritesTheStructureMeanwhile_TakesAllOfItOrNothing([Values] bool changed)
    {
        var rig = new PackedRig(8, QueueRig.EventIdx);
        rig.Offer();
        rig.Ring.Suppress(0x7FFF, RingLayout.EventDisable);
        rig.Queue.Push(rig.Pop(), 0);
        var loads = new List<(ulong, int)>();
        rig.Ram.Mapping = (address, length) =>
        {
            if(address + (uint)length > rig.Ring.DriverArea && address < rig.Ring.DriverArea + RingLayout.EventSuppressionSize)
            {
                loads.Add((address, length));
                if(changed)
                {
                    rig.Ring.Suppress(RingLayout.EventWrap, RingLayout.EventForDescriptor);
                }
            }
        };

        Assert.That(rig.Queue.Publish(), Is.EqualTo(changed));
        Assert.That(loads, Is.EqualTo(new[] { (rig.Ring.DriverArea, RingLayout.EventSuppressionSize) }));
    }

    [Test]
    [Rule("PACK-17", "H-27")]
    public void EnableNotifications_WithEventIdx_AsksForTheNextDescriptor([Values(0, 3, 7, 8, 12, 16, 1000)] int start)
    {
        var rig = new PackedRig(8, QueueRig.EventIdx);
        rig.Cycle(start);

        Assert.That(rig.Queue.EnableNotifications(), Is.False);

        Assert.That(rig.Ring.DeviceEventFlags, Is.EqualTo(RingLayout.EventForDescriptor));
        Assert.That(rig.Ring.DeviceEventDesc, Is.EqualTo(start % 8 | (start / 8 % 2 == 0 ? RingLayout.EventWrap : 0)));
        rig.Ring.DeviceWantsNotification();
        rig.Offer();
        Assert.That(rig.Ring.DeviceWantsNotification(), Is.True);
        rig.Offer();
        Assert.That(rig.Ring.DeviceWantsNotification(), Is.False);
    }

    [Test]
    [Rule("PACK-17", "H-27")]
    public void EnableNotifications_DriverAddsJustBeforeEventStore_SeesIt([Values(RingLayout.EventDesc, RingLayout.EventFlags)] int field)
    {
        var rig = new PackedRig(8, QueueRig.EventIdx);
        rig.Queue.EnableNotifications();
        rig.Cycle(3);
        rig.Ring.DeviceWantsNotification();
        var kick = true;
        rig.Ram.Mapping = (address, length) =>
        {
            if(address == rig.Ring.DeviceArea + (uint)field)
            {
                rig.Offer();
                kick = rig.Ring.DeviceWantsNotification();
            }
        };

        var lookAgain = rig.Queue.EnableNotifications();

        Assert.That(kick || lookAgain, Is.True);
        Assert.That(lookAgain, Is.True);
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Chain));
    }

    [Test]
    [Rule("PACK-17")]
    public void EnableNotifications_ChainsPutBack_AsksForWhatComesAfterThem([Range(1, 8)] int seen, [Values(0, 5, 13)] int start)
    {
        var rig = new PackedRig(8, QueueRig.EventIdx);
        rig.Cycle(start);
        var chains = Enumerable.Range(0, seen).Select(x => { rig.Offer(); return rig.Pop(); }).ToArray();
        foreach(var chain in chains.Reverse())
        {
            rig.Queue.PutBack(chain);
        }

        Assert.That(rig.Queue.EnableNotifications(), Is.False, "what was put back is known");
        Assert.That(rig.Ring.DeviceEventDesc, Is.EqualTo(rig.Ring.Next | (rig.Ring.WrapCounter ? RingLayout.EventWrap : 0)));
        if(seen < 8)
        {
            rig.Offer();
            Assert.That(rig.Queue.EnableNotifications(), Is.True, "one more chain is new");
        }
        Assert.That(Enumerable.Range(0, seen).Select(x => rig.Pop().Id), Is.EqualTo(chains.Select(x => x.Id)));
    }

    // A driver that changes a chain which was put back makes it longer. The device asks for the descriptor after it.
    [Test]
    [Rule("PACK-17")]
    public void EnableNotifications_ChainGrownSinceItWasPutBack_AsksForWhatComesAfterIt()
    {
        var rig = new PackedRig(8, QueueRig.EventIdx);
        rig.Offer();
        rig.Queue.PutBack(rig.Pop());
        rig.Describe(0, rig.Buffer, 1, RingLayout.DescNext);
        rig.Describe(1, rig.Buffer, 1);
        Assert.That(rig.Pop().Entries, Is.EqualTo(2));

        rig.Queue.EnableNotifications();

        Assert.That(rig.Ring.DeviceEventDesc, Is.EqualTo(2 | RingLayout.EventWrap));
    }

    [Test]
    [Rule("PACK-11")]
    public void EnableNotifications_WithoutEventIdx_WritesNothing()
    {
        var rig = new PackedRig();
        rig.Cycle(3);
        rig.Ram.WrittenRanges = new();

        Assert.That(rig.Queue.EnableNotifications(), Is.False);
        rig.Offer();
        Assert.That(rig.Queue.EnableNotifications(), Is.True);
        Assert.That(rig.Ram.WrittenRanges, Is.Empty);
        Assert.That(rig.Ring.DeviceWantsNotification(), Is.True);
    }

    // The area vanishes just before the step that needs it.
    [TestCase("Pop", 0)]
    [TestCase("Push", 0)]
    [TestCase("Publish", 0)]
    [TestCase("Publish", 1)]
    [TestCase("EnableNotifications", 0)]
    [TestCase("EnableNotifications", 2)]
    [Rule("H-24")]
    public void Area_GoneFromRamLater_Fails(string step, int area)
    {
        var rig = new PackedRig(8, QueueRig.EventIdx);
        rig.Offer();
        rig.Offer();
        void Unmap() => rig.Ram.Unmap(new[] { rig.Ring.DescriptorArea, rig.Ring.DriverArea, rig.Ring.DeviceArea }[area], area == 0 ? 128U : 4U);
        if(step == "Pop")
        {
            Unmap();
            Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        }
        else
        {
            var (first, second) = (rig.Pop(), rig.Pop());
            rig.Queue.Push(first, 0);
            if(step == "Push")
            {
                Unmap();
                rig.Queue.Push(second, 0);
                Assert.That(rig.Queue.Publish(), Is.False);
            }
            else
            {
                Unmap();
                Assert.That(step == "Publish" ? rig.Queue.Publish() : rig.Queue.EnableNotifications(), Is.False);
            }
        }

        Assert.That(rig.Queue.Error?.Fault, Is.EqualTo(QueueFault.AreaOutsideRam));
    }

    // Part of the ring or of a table goes away after the device has read the flags of the first descriptor.
    [Test]
    [Rule("H-24", "H-08")]
    public void Descriptor_GoneWhileItsChainIsWalked_Fails([Values] bool indirect, [Range(1, 3)] int access)
    {
        var rig = new PackedRig(8, QueueRig.Indirect, new GuestRam(hostBlock: 8));
        var pieces = new[] { new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, false) };
        _ = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
        var count = 0;
        rig.Ram.Mapping = (address, length) =>
        {
            if(count++ == access)
            {
                rig.Ram.Unmap(address, 16);
            }
        };

        var result = rig.Queue.TryPop(out _);
        Assert.That(result, Is.EqualTo(count > access ? PopResult.Failed : PopResult.Chain));
        Assert.That(rig.Queue.Error?.Fault, Is.EqualTo(count <= access ? null : indirect && access > 1 ? QueueFault.IndirectTableOutsideRam : QueueFault.AreaOutsideRam));
    }

    private static bool PublishBatch(PackedRig rig, int batch, int length, int desc, int flags)
    {
        var pieces = Enumerable.Repeat(new Piece(rig.Buffer, 1, false), length).ToArray();
        for(var i = 0; i < batch; i++)
        {
            rig.Ring.Add(pieces);
            rig.Queue.Push(rig.Pop(), 0);
        }
        rig.Ring.Suppress(desc, flags);
        var notify = rig.Queue.Publish();
        while(rig.Ring.TryTakeUsed(out _))
        {
        }
        return notify;
    }
}
