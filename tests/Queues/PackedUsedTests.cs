// renode-virtio-net, MIT licence: see LICENSE.
// Used descriptors of a packed ring: their place, flags, length and id, and when they show. virtio v1.4-cs01: 2.8.2 to
// 2.8.9.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class PackedUsedTests
{
    [Test]
    [Rule("PACK-12", "PACK-13")]
    public void UsedDescriptor_EachLap_HasTheSpecsFlagsAndLength([Values(0U, 1U, 5U)] uint written, [Range(0, 3)] int lap)
    {
        var rig = new PackedRig(2);
        rig.Cycle(2 * lap);
        rig.Ring.Add(new Piece(rig.Buffer, 8, true));
        rig.Queue.Push(rig.Pop(), written);
        rig.Queue.Publish();

        var flags = (lap % 2 == 0 ? RingLayout.DescAvail | RingLayout.DescUsed : 0) | (written != 0 ? RingLayout.DescWrite : 0);
        Assert.That(rig.Ring.FlagsAt(0), Is.EqualTo(flags));
        Assert.That(rig.Ram.Read32(rig.At(0, RingLayout.DescriptorLen)), Is.EqualTo(written));
    }

    [Test]
    [Rule("PACK-20", "H-35")]
    [Category("Exhaustive")]
    public void BufferId_AnyValue_IsEchoed()
    {
        var rig = new PackedRig(4);
        for(var id = 0; id < 0x10000; id++)
        {
            rig.Ring.Offer((ushort)id, new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, true));
            // Ids before the last descriptor mean nothing.
            rig.Ram.Write16(rig.At((rig.Ring.Next + 2) % 4, RingLayout.PackedDescriptorId), 0xBAD);
            var chain = rig.Pop();
            rig.Queue.Push(chain, 1);
            rig.Queue.Publish();
            if(chain.Id != id || rig.TakeUsed() != new Used((ushort)id, 1))
            {
                Assert.Fail($"id {id} came back as {chain.Id}");
            }
        }
    }

    [Test]
    [Rule("H-35")]
    public void BufferId_OfferedTwice_IsTheDriversOwnAffair()
    {
        var rig = new PackedRig(4);
        rig.Ring.Offer(7, new Piece(rig.Buffer, 1, false));
        rig.Ring.Offer(7, new Piece(rig.Buffer, 2, false));
        var (first, second) = (rig.Pop(), rig.Pop());

        Assert.That((first.ReadableLength, second.ReadableLength), Is.EqualTo((1UL, 2UL)));
        rig.Queue.Push(first, 0);
        rig.Queue.Push(second, 0);
        rig.Queue.Publish();
        Assert.That(rig.TakeUsed().Head, Is.EqualTo(7));
        Assert.That(rig.TakeUsed().Head, Is.EqualTo(7));
    }

    [Test]
    [Rule("PACK-02")]
    public void Chains_UsedInAnyOrder_FillTheRingInThatOrder([Values(0, 5)] int at)
    {
        var rig = new PackedRig(8);
        rig.Cycle(at);
        var lengths = new[] { 1, 3, 2 };
        var ids = lengths.Select(x => rig.Ring.Add(Enumerable.Repeat(new Piece(rig.Buffer, 1, false), x).ToArray())).ToArray();
        var chains = ids.Select(x => rig.Pop()).ToArray();

        foreach(var i in new[] { 1, 2, 0 })
        {
            rig.Queue.Push(chains[i], 0);
        }
        rig.Queue.Publish();

        Assert.That(ids.Select(x => rig.TakeUsed().Head), Is.EqualTo(new[] { ids[1], ids[2], ids[0] }));
        Assert.That(rig.Ring.FreeDescriptors, Is.EqualTo(8));
        rig.Cycle(20);
    }

    // A frame over several buffers: a driver that looks at every moment never sees a part of it. With host blocks of half a
    // descriptor each store asks for memory.
    [Test]
    [Rule("PACK-03", "PACK-07", "PACK-19", "H-29")]
    public void Batch_WhileItIsWritten_ShowsWithTheLastStore([Range(1, 5)] int batch, [Range(0, 9)] int at, [Values(8, int.MaxValue)] int hostBlock)
    {
        var rig = new PackedRig(5, default, new GuestRam(hostBlock: hostBlock));
        rig.Cycle(at);
        var ids = Enumerable.Range(0, batch).Select(x => rig.Ring.Add(new Piece(rig.Buffer, 8, true))).ToArray();
        var chains = ids.Select(x => rig.Pop()).ToArray();
        var shownEarly = 0;
        rig.Ram.Mapping = (address, length) => shownEarly += IsUsed(rig, at % 5, at / 5 % 2 == 0) ? 1 : 0;
        var ranges = rig.Ram.WrittenRanges = new();

        foreach(var chain in chains)
        {
            rig.Queue.Push(chain, 8);
        }
        rig.Ring.WantsNotifications = false;
        rig.Queue.Publish();
        rig.Ram.Mapping = null;

        Assert.That(shownEarly, Is.EqualTo(1), "only the load of the event suppression structure comes after it");
        Assert.That(ranges[^1], Is.EqualTo((rig.At(at % 5, RingLayout.DescriptorLen), 8)), "len, id and flags of the first come last, at once");
        Assert.That(ranges.SelectMany(x => Enumerable.Range(0, x.Length).Select(y => x.Address + (uint)y)), Is.Unique, "a byte is written twice");
        Assert.That(ids.Select(x => rig.TakeUsed()), Is.EqualTo(ids.Select(x => new Used(x, 8))));
    }

    [Test]
    [Rule("PACK-04", "PACK-07", "H-25")]
    public void Queue_Whatever_WritesUsedDescriptorsAndItsStructureOnly()
    {
        var rig = new PackedRig(8, QueueRig.EventIdx | QueueRig.Indirect);
        rig.Ram.WrittenRanges = new();
        for(var i = 0; i < 40; i++)
        {
            rig.Ring.Add(new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, true));
            rig.Ring.AddIndirect(new Piece(rig.Buffer, 1, false));
            rig.Queue.Push(rig.Pop(), 1);
            rig.Queue.PutBack(rig.Pop());
            rig.Queue.Push(rig.Pop(), 0);
            var addresses = Addresses(rig);
            rig.Queue.Publish();
            rig.Queue.EnableNotifications();
            Assert.That(Addresses(rig), Is.EqualTo(addresses));
            rig.TakeUsed();
            rig.TakeUsed();
        }

        Assert.That(rig.Ram.WrittenRanges, Has.All.Matches<(ulong Address, int Length)>(x =>
            x.Address >= rig.Ring.DeviceArea && x.Address + (uint)x.Length <= rig.Ring.DeviceArea + 4
            || x.Address >= rig.Ring.DescriptorArea && x.Address + (uint)x.Length <= rig.Ring.DescriptorArea + 128));
    }

    private static ulong[] Addresses(PackedRig rig)
    {
        return Enumerable.Range(0, 8).Select(x => BitConverter.ToUInt64(rig.Ram.At(rig.At(x, RingLayout.DescriptorAddr), 8))).ToArray();
    }

    private static bool IsUsed(PackedRig rig, int slot, bool wrap)
    {
        // Read without the device's memory, which would count it as an access.
        var bytes = rig.Ram.At(rig.At(slot, RingLayout.PackedDescriptorFlags), 2);
        var flags = bytes[0] | bytes[1] << 8;
        return (flags & RingLayout.DescAvail) != 0 == wrap && (flags & RingLayout.DescUsed) != 0 == wrap;
    }
}
