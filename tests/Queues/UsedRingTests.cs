// renode-virtio-net, MIT licence: see LICENSE.
// What the device writes to the used ring, and nowhere else. virtio v1.4-cs01: 2.7.8.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class UsedRingTests
{
    [Test]
    [Rule("SPLIT-18", "SPLIT-21")]
    public void Batch_Published_WritesElementsThenIndexOnce([Values(1, 3, 8)] int batch, [Values(0, 5, 65533)] int at)
    {
        var rig = new QueueRig();
        rig.Cycle(at);
        var heads = Enumerable.Range(0, batch).Select(x => rig.Offer()).ToArray();
        var ranges = rig.Ram.WrittenRanges = new();

        for(var i = 0; i < batch; i++)
        {
            rig.Queue.Push(rig.Pop(), (uint)i);
            Assert.That(rig.Ring.UsedIndex, Is.EqualTo(at), "an element shows before it is published");
        }
        rig.Queue.Publish();

        Assert.That(ranges[^1], Is.EqualTo((rig.Ring.DeviceArea + 2, 2)));
        var elements = Enumerable.Range(at, batch).SelectMany(x => Enumerable.Range(x % 8 * 8, 8).Select(y => rig.Ring.DeviceArea + 4 + (uint)y));
        Assert.That(ranges.SkipLast(1).SelectMany(x => Enumerable.Range(0, x.Length).Select(y => x.Address + (uint)y)), Is.EqualTo(elements));
        Assert.That(rig.Ring.UsedIndex, Is.EqualTo((at + batch) & 0xFFFF));
        for(var i = 0; i < batch; i++)
        {
            Assert.That(rig.Ring.TryTakeUsed(out var used), Is.True);
            Assert.That(used, Is.EqualTo(new Used(heads[i], (uint)i)));
        }
    }

    [Test]
    [Rule("SPLIT-21")]
    public void Chain_Used_IsNamedByItsHeadInEveryOrder()
    {
        var rig = new QueueRig();
        var heads = Enumerable.Range(0, 3).Select(x => rig.Ring.Add(new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, true))).ToArray();
        var chains = heads.Select(x => rig.Pop()).ToArray();

        foreach(var i in new[] { 2, 0, 1 })
        {
            rig.Queue.Push(chains[i], 0);
        }
        rig.Queue.Publish();

        var taken = heads.Select(x => rig.Ring.TryTakeUsed(out var used) ? used.Head : -1);
        Assert.That(taken, Is.EqualTo(new[] { heads[2], heads[0], heads[1] }));
    }

    [Test]
    [Rule("SPLIT-22", "SPLIT-24")]
    public void UsedFlags_WhateverHappens_StayZero([Values] bool eventIdx)
    {
        var rig = new QueueRig(8, eventIdx ? QueueRig.EventIdx : default);
        for(var i = 0; i < 100; i++)
        {
            rig.Cycle(i % 9);
            rig.Queue.EnableNotifications();
            Assert.That(rig.Ring.UsedFlags, Is.Zero);
        }
    }

    [Test]
    [Rule("H-25")]
    public void UsedRing_OverwrittenByDriver_IsNotReadBack()
    {
        var rig = new QueueRig(8, QueueRig.EventIdx);
        rig.Cycle(3);
        rig.Ram.At(rig.Ring.DeviceArea, 4 + 8 * 8 + 2).Fill(0xEE);
        var read = false;
        rig.Ram.WrittenRanges = new();
        rig.Ram.Mapping = (address, length) =>
        {
            // If the device asks for part of the used ring, it must write there before it asks for more.
            read |= rig.Ram.WrittenRanges.Count < writes;
            writes += address >= rig.Ring.DeviceArea && address < rig.Ring.DeviceArea + 4 + 8 * 8 + 2 ? 1 : 0;
        };

        rig.Offer();
        rig.Queue.Push(rig.Pop(), 0x77);
        rig.Queue.Publish();
        rig.Queue.EnableNotifications();

        Assert.That(rig.Ring.UsedIndex, Is.EqualTo(4));
        Assert.That(rig.Ram.Read32(rig.Ring.DeviceArea + 4 + 3 * 8 + 4), Is.EqualTo(0x77));
        Assert.That(rig.Ring.UsedFlags, Is.EqualTo(0xEEEE), "the device does not write flags");
        Assert.That(read || rig.Ram.WrittenRanges.Count != writes, Is.False);
    }

    [Test]
    [Rule("SPLIT-07", "SPLIT-04")]
    public void DriverAreas_AfterTraffic_AreUntouched()
    {
        var rig = new QueueRig(8, QueueRig.EventIdx | QueueRig.Indirect);
        rig.Cycle(20);
        rig.Ring.AddIndirect(new Piece(rig.Buffer, 1, false));
        rig.Offer();
        var table = rig.Ram.At(rig.Ring.DescriptorArea, 8 * 16).ToArray();
        var available = rig.Ram.At(rig.Ring.DriverArea, 6 + 8 * 2).ToArray();

        for(var i = 0; i < 2; i++)
        {
            rig.Queue.Push(rig.Pop(), 0);
            rig.Queue.Publish();
            rig.Queue.EnableNotifications();
        }

        Assert.That(rig.Ram.At(rig.Ring.DescriptorArea, 8 * 16).ToArray(), Is.EqualTo(table));
        Assert.That(rig.Ram.At(rig.Ring.DriverArea, 6 + 8 * 2).ToArray(), Is.EqualTo(available));
    }

    public enum Step
    {
        Pop,
        Push,
        Publish,
        EnableNotifications,
    }

    // The area vanishes just before the step that needs it.
    [TestCase(Step.Pop, 0)]
    [TestCase(Step.Pop, 1)]
    [TestCase(Step.Push, 2)]
    [TestCase(Step.Publish, 1)]
    [TestCase(Step.Publish, 2)]
    [TestCase(Step.EnableNotifications, 1)]
    [TestCase(Step.EnableNotifications, 2)]
    [Rule("H-24")]
    public void Area_GoneFromRamLater_Fails(Step step, int area)
    {
        foreach(var features in new[] { QueueRig.EventIdx, default })
        {
            if(step == Step.EnableNotifications && area == 2 && !features.Has(Feature.EventIdx))
            {
                // Without EVENT_IDX there is nothing to write.
                continue;
            }
            var rig = new QueueRig(8, features);
            rig.Offer();
            void Reach(Step at)
            {
                if(at == step)
                {
                    var (address, length) = new[] { (rig.Ring.DescriptorArea, 128U), (rig.Ring.DriverArea, 22U), (rig.Ring.DeviceArea, 70U) }[area];
                    rig.Ram.Unmap(address, length);
                }
            }
            Reach(Step.Pop);
            if(rig.Queue.TryPop(out var chain) == PopResult.Chain)
            {
                Reach(Step.Push);
                rig.Queue.Push(chain, 0);
                Reach(Step.Publish);
                Assert.That(rig.Queue.Publish(), Is.EqualTo(step > Step.Publish));
                Reach(Step.EnableNotifications);
                if(step == Step.EnableNotifications)
                {
                    rig.Queue.EnableNotifications();
                }
            }

            Assert.That(rig.Queue.Error?.Fault, Is.EqualTo(QueueFault.AreaOutsideRam), features.ToString());
        }
    }

    // Part of the ring goes away after the device has read the index, the entry, or the first descriptor.
    [Test]
    [Rule("H-24")]
    public void Area_GoneWhileAChainIsPopped_Fails([Range(1, 8)] int access)
    {
        var rig = new QueueRig(ram: new GuestRam(hostBlock: 1));
        rig.Ring.Add(new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, false));
        var count = 0;
        rig.Ram.Mapping = (address, length) =>
        {
            if(count++ == access)
            {
                rig.Ram.Unmap(address, 2);
            }
        };

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        Assert.That(rig.Queue.Error?.Fault, Is.EqualTo(QueueFault.AreaOutsideRam));
    }

    // Part of a table goes away after the device has read a descriptor in it: the queue's table, or an indirect one.
    [Test]
    [Rule("H-24", "H-08")]
    public void Descriptor_GoneWhileItsChainIsWalked_Fails([Values] bool indirect, [Range(1, 6)] int access)
    {
        var rig = new QueueRig(8, QueueRig.Indirect, new GuestRam(hostBlock: 16));
        var pieces = Enumerable.Repeat(new Piece(rig.Buffer, 1, false), 3).ToArray();
        _ = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
        var table = BitConverter.ToUInt64(rig.Ram.At(rig.Ring.DescriptorArea, 8));
        var count = 0;
        var gone = 0UL;
        rig.Ram.Mapping = (address, length) =>
        {
            if(count++ == access)
            {
                gone = address;
                rig.Ram.Unmap(address, 16);
            }
        };

        var result = rig.Queue.TryPop(out _);
        Assert.That(result, Is.EqualTo(count > access ? PopResult.Failed : PopResult.Chain));
        Assert.That(rig.Queue.Error?.Fault, Is.EqualTo(count <= access ? null : indirect && gone >= table ? QueueFault.IndirectTableOutsideRam : QueueFault.AreaOutsideRam));
    }

    // 2.7.3: the rings of a legacy driver are in its guest's byte order.
    [Test]
    public void BigEndianRing_MovesChainsBothWays([Values] bool eventIdx)
    {
        var ram = new GuestRam { IsBigEndian = true };
        var features = eventIdx ? QueueRig.EventIdx : default;
        var ring = new SplitRing(ram, 0, 8, features);
        var queue = Virtqueue.Create(ram, 0, new QueueLayout(8, ring.DescriptorArea, ring.DriverArea, ring.DeviceArea), features, bigEndian: true);
        // One chain stays out, so that the others have heads other than 0, which is the same in both byte orders.
        ring.Add(new Piece(ram.Base, 1, false));
        Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Chain));
        for(var i = 0; i < 300; i++)
        {
            ring.WantsNotifications = i % 2 == 0;
            var head = ring.Add(new Piece(0x4000_1234, 0x102, false), new Piece(0x4000_5678, 0x304, true));
            Assert.That(ring.DeviceWantsNotification(), Is.True);
            Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain), queue.Error?.ToString());
            Assert.That((chain.ReadableLength, chain.WritableLength), Is.EqualTo((0x102UL, 0x304UL)));
            Assert.That((queue.Readable(chain)[0].Address, queue.Writable(chain)[0].Address), Is.EqualTo((0x4000_1234UL, 0x4000_5678UL)));
            queue.Push(chain, 0x201);
            Assert.That(queue.Publish(), Is.EqualTo(i % 2 == 0));
            Assert.That(ring.TryTakeUsed(out var used), Is.True);
            Assert.That(used, Is.EqualTo(new Used(head, 0x201)));
            queue.EnableNotifications();
        }
    }

    private int writes;
}
