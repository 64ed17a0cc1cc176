// renode-virtio-net, MIT licence: see LICENSE.
// The available ring: which indices and heads of the driver are taken. virtio v1.4-cs01: 2.7.6.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

public sealed class AvailableRingTests
{
    [Test]
    [Rule("SPLIT-21", "SPLIT-30", "H-23")]
    [Category("Exhaustive")]
    public void Queue_MoreThanThreeIndexWraps_ReturnsEachHeadInOrder([Values(1, 2, 256, 32768)] int size, [Values(1, 7)] int batch)
    {
        var rig = new QueueRig(size, QueueRig.EventIdx, new GuestRam(1 << 21));
        batch = Math.Min(batch, size);
        var heads = new ushort[batch];
        var wrong = 0;
        for(var done = 0; done < 200_000; done += batch)
        {
            for(var i = 0; i < batch; i++)
            {
                heads[i] = rig.Offer();
            }
            for(var i = 0; i < batch; i++)
            {
                rig.Queue.TryPop(out var chain);
                rig.Queue.Push(chain, (uint)(done + i));
            }
            rig.Queue.Publish();
            for(var i = 0; i < batch; i++)
            {
                wrong += rig.Ring.TryTakeUsed(out var used) && used == new Used(heads[i], (uint)(done + i)) ? 0 : 1;
            }
        }

        Assert.That(rig.Queue.Error, Is.Null);
        Assert.That(wrong, Is.Zero);
        Assert.That(rig.Ring.UsedIndex, Is.EqualTo(rig.Ring.AvailableIndex));
    }

    [Test]
    [Rule("H-21", "H-22")]
    [Category("Exhaustive")]
    public void AvailableIndex_FurtherThanQueueSize_Fails([Values(1, 8, 256)] int size, [Values(0, 3, 65535)] int at, [Values] bool backwards)
    {
        var rig = new QueueRig(size);
        rig.Cycle(at);
        rig.Ring.AvailableIndex = RingIndex.Add((ushort)at, backwards ? -1 : size + 1);

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.AvailableIndexJumped));
    }

    [Test]
    [Rule("H-21", "H-22")]
    [Category("Exhaustive")]
    public void AvailableIndex_AnyJump_IsAcceptedUpToQueueSizeOnly([Values(1, 8)] int size)
    {
        for(var jump = 0; jump < 65536; jump++)
        {
            var rig = new QueueRig(size, default, new GuestRam(0x2000));
            rig.Ring.AvailableIndex = (ushort)jump;
            var result = rig.Queue.TryPop(out _);
            if(result != (jump == 0 ? PopResult.Empty : jump <= size ? PopResult.Chain : PopResult.Failed))
            {
                Assert.Fail($"a jump by {jump} gives {result}");
            }
        }
    }

    [Test]
    [Rule("H-17")]
    public void Head_OfferedAgainInOneBatch_Fails([Values] bool pushed)
    {
        var rig = new QueueRig();
        var head = rig.Offer();
        rig.Offer();
        var first = rig.Pop();
        rig.Pop();
        if(pushed)
        {
            // Not published: the driver does not see that the chain is used, so it may not offer its head again.
            rig.Queue.Push(first, 0);
        }

        Assert.That(rig.FaultOf(head), Is.EqualTo(QueueFault.HeadInFlight));
        Assert.That(rig.Queue.Error!.Head, Is.EqualTo(head));
    }

    [Test]
    [Rule("H-17")]
    public void Heads_AllEntriesEqual_FailAtTheSecond()
    {
        var rig = new QueueRig();
        rig.Describe(4, rig.Buffer, 1);
        for(var i = 0; i < 8; i++)
        {
            rig.Ring.Offer(4);
        }
        rig.Pop();

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.HeadInFlight));
    }

    [Test]
    [Rule("H-17")]
    public void Head_OfferedAgainAfterPublication_IsFine()
    {
        var rig = new QueueRig();
        rig.Describe(4, rig.Buffer, 1);
        for(var i = 0; i < 100; i++)
        {
            rig.Ring.Offer(4);
            rig.Queue.Push(rig.Pop(), 0);
            rig.Queue.Publish();
        }
        Assert.That(rig.Ring.UsedIndex, Is.EqualTo(100));
    }

    [Test]
    [Rule("H-17")]
    public void Head_PutBack_IsNotInFlight()
    {
        var rig = new QueueRig();
        rig.Offer();
        for(var i = 0; i < 3; i++)
        {
            rig.Queue.PutBack(rig.Pop());
        }
        Assert.That(rig.Fault(), Is.Null);
    }

    [Test]
    public void Empty_BeforeAnythingIsOffered_ReadsTheIndexOnly()
    {
        var rig = new QueueRig();
        rig.Describe(0, 0xBAD, 0xBAD, 0xFFFF, 0xFFFF);
        var mapped = new List<(ulong, int)>();
        rig.Ram.Mapping = (address, length) => mapped.Add((address, length));

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        Assert.That(mapped, Is.EqualTo(new[] { (rig.Ring.DriverArea + 2, 2) }));
    }
}
