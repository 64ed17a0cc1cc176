// renode-virtio-net, MIT licence: see LICENSE.
// Chains that break a rule: each ends in the error that names it.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class HostileChainTests
{
    [Test]
    [Rule("H-01")]
    public void Chain_Loop_IsCutOff([Values(1, 2, 3, 8)] int period, [Values(0U, 1U)] uint length)
    {
        var rig = new QueueRig();
        for(var i = 0; i < period; i++)
        {
            rig.Describe(i, rig.Buffer, length, RingLayout.DescNext, (i + 1) % period);
        }

        var accesses = rig.Ram.Accesses;

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.ChainTooLong));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThan(32), "work is bounded by the queue size");
    }

    [Test]
    [Rule("H-01", "H-07")]
    public void Chain_LoopInIndirectTable_IsCutOff([Values(1, 2, 8)] int period, [Values(0U, 1U)] uint length)
    {
        var rig = new QueueRig(8, QueueRig.Indirect);
        var table = Table(rig, period, i => (rig.Buffer, length, RingLayout.DescNext, (i + 1) % period));
        rig.Describe(0, table, 16U * (uint)period, RingLayout.DescIndirect);
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.ChainTooLong));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThanOrEqualTo(6 + period), "work is bounded by the size of the table");
    }

    [Test]
    [Rule("H-03")]
    public void Head_NotBelowQueueSize_Fails([Values(8, 9, 0x100, 0xFFFF)] int head)
    {
        var rig = new QueueRig();

        Assert.That(rig.FaultOf((ushort)head), Is.EqualTo(QueueFault.HeadOutOfRange));
        Assert.That(rig.Queue.Error!.Head, Is.EqualTo(head));
    }

    [Test]
    [Rule("H-03")]
    public void Next_NotBelowTableSize_Fails([Values(8, 9, 0xFFFF)] int next, [Values(0U, 1U)] uint length)
    {
        var rig = new QueueRig();
        rig.Describe(0, rig.Buffer, length, RingLayout.DescNext, next);

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.NextOutOfRange));
    }

    // An indirect table is indexed by its own size, not by that of the queue.
    [TestCase(1, QueueFault.NextOutOfRange)]
    [TestCase(2, null)]
    [Rule("H-03", "H-07")]
    public void Next_InIndirectTable_IsBoundByThatTable(int entries, QueueFault? expected)
    {
        var rig = new QueueRig(8, QueueRig.Indirect);
        var table = Table(rig, 2, i => (rig.Buffer, 1, i == 0 ? RingLayout.DescNext : 0, 1));
        rig.Describe(0, table, 16U * (uint)entries, RingLayout.DescIndirect);

        Assert.That(rig.FaultOf(0), Is.EqualTo(expected));
    }

    [Test]
    [Rule("H-04")]
    public void Indirect_NotNegotiated_Fails()
    {
        var rig = new QueueRig();
        rig.Describe(0, Table(rig, 1, i => (rig.Buffer, 1, 0, 0)), 16, RingLayout.DescIndirect);

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.IndirectNotNegotiated));
    }

    [Test]
    [Rule("H-05")]
    public void Indirect_InsideIndirect_Fails()
    {
        var rig = new QueueRig(8, QueueRig.Indirect);
        var inner = Table(rig, 1, i => (rig.Buffer, 1, 0, 0));
        var outer = Table(rig, 2, i => i == 0 ? (rig.Buffer, 1U, (int)RingLayout.DescNext, 1) : (inner, 16U, RingLayout.DescIndirect, 0));
        rig.Describe(0, outer, 32, RingLayout.DescIndirect);

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.IndirectNested));
    }

    [Test]
    [Rule("H-06")]
    public void Indirect_WithNext_Fails()
    {
        var rig = new QueueRig(8, QueueRig.Indirect);
        var table = Table(rig, 1, i => (rig.Buffer, 1, 0, 0));
        rig.Describe(0, table, 16, RingLayout.DescIndirect | RingLayout.DescNext, 1);
        rig.Describe(1, table, 16, RingLayout.DescIndirect);

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.IndirectWithNext));
    }

    [TestCase(0U)]
    [TestCase(1U)]
    [TestCase(15U)]
    [TestCase(17U)]
    [TestCase(24U)]
    [TestCase(16U * 1025)]
    [TestCase(16U * 65536)]
    [TestCase(0xFFFF_FFF0U)]
    [Rule("H-07")]
    public void IndirectTable_OfWrongLength_Fails(uint length)
    {
        var rig = new QueueRig(8, QueueRig.Indirect, new GuestRam(1 << 22));
        rig.Describe(0, Table(rig, 9, i => (rig.Buffer, 1, 0, 0)), length, RingLayout.DescIndirect);
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.IndirectTableSize));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThan(8));
    }

    [TestCaseSource(typeof(BufferTests), nameof(BufferTests.OutsideRam))]
    [Rule("H-08", "H-11", "H-15")]
    public void IndirectTable_NotWhollyRam_Fails(ulong address)
    {
        var rig = new QueueRig(8, QueueRig.Indirect);
        rig.Ram.Unmap(0x4008_0000, 0x1000);
        rig.Describe(0, address, 32, RingLayout.DescIndirect);

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.IndirectTableOutsideRam));
        Assert.That(rig.Queue.Error!.Address, Is.EqualTo(address));
    }

    [Test]
    public void Queue_AfterFirstError_KeepsItAndTouchesNothing()
    {
        var rig = new QueueRig(8, QueueRig.EventIdx);
        rig.Offer();
        var good = rig.Pop();
        rig.Queue.Push(good, 0);
        Assert.That(rig.FaultOf(8), Is.EqualTo(QueueFault.HeadOutOfRange));
        var error = rig.Queue.Error;
        var accesses = rig.Ram.Accesses;

        rig.Ring.AvailableIndex = 1000;

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        Assert.That(rig.Queue.EnableNotifications() || rig.Queue.Publish(), Is.False);
        rig.Queue.Reject(QueueFault.BufferGone, good);
        Assert.That(rig.Queue.Error, Is.SameAs(error));
        Assert.That(rig.Ram.Accesses, Is.EqualTo(accesses));
    }

    [Test]
    public void Error_EveryFault_NamesPlaceAndRule()
    {
        var sentences = Enum.GetValues<QueueFault>().Where(x => x != QueueFault.None).Select(x => new QueueError(x, 3, 5, 7, 0xAB, 0xCD).ToString()).ToArray();

        Assert.That(sentences, Is.Unique);
        Assert.That(sentences, Has.All.Contains("queue 3").And.All.Contains("head 5").And.All.Contains("descriptor 7")
            .And.All.Contains("0xAB").And.All.Contains("0xCD"));
        Assert.That(sentences.Select(x => x.Split(": ")[1].Split(" (")[0]), Has.All.Not.Empty);
    }

    [TestCase(-1, -1, "queue 3: a ring area is not in RAM (address 0x0, length 0x0)")]
    [TestCase(0, 0, "queue 3, head 0, descriptor 0: a ring area is not in RAM (address 0x0, length 0x0)")]
    public void Error_WithoutAChain_NamesNone(int head, int descriptor, string expected)
    {
        Assert.That(new QueueError(QueueFault.AreaOutsideRam, 3, head, descriptor).ToString(), Is.EqualTo(expected));
    }

    private static ulong Table(QueueRig rig, int entries, Func<int, (ulong Address, uint Length, int Flags, int Next)> entry)
    {
        var table = rig.Ram.Allocate(RingLayout.DescriptorSize * entries);
        for(var i = 0; i < entries; i++)
        {
            var (address, length, flags, next) = entry(i);
            rig.Ring.WriteDescriptor(table, i, address, length, (ushort)flags, (ushort)next);
        }
        return table;
    }
}
