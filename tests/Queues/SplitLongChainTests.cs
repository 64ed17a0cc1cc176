// renode-virtio-net, MIT licence: see LICENSE.
// Split chains that begin in the queue's table and end in an indirect one: descriptors of both count for the bound.
// virtio v1.4-cs01: 2.7.5.3; hazards H-01 (loops), H-02 (long chains).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class SplitLongChainTests
{
    // direct + indirect descriptors, in a queue of 32: 1024 together, or one more.
    [TestCase(1, 1023, null)]
    [TestCase(1, 1024, QueueFault.ChainTooLong)]
    [TestCase(31, 993, null)]
    [TestCase(31, 994, QueueFault.ChainTooLong)]
    [TestCase(31, 1024, QueueFault.ChainTooLong)]
    [TestCase(31, 1025, QueueFault.IndirectTableSize)]
    [Rule("H-02", "H-07", "SPLIT-10")]
    public void Chain_DirectAndIndirect_AreCountedTogether(int direct, int indirect, QueueFault? expected)
    {
        var rig = new QueueRig(32, QueueRig.Indirect);
        Describe(rig, direct, indirect);

        Assert.That(rig.FaultOf(0), Is.EqualTo(expected));
        // The error names the first descriptor beyond the bound, or the one that refers to a table that is too long.
        Assert.That(rig.Queue.Error?.Descriptor, Is.EqualTo(expected == null ? null : expected == QueueFault.ChainTooLong ? 1024 - direct : direct));
    }

    [Test]
    [Rule("H-02", "SPLIT-10", "SPLIT-11")]
    public void Chain_DirectAndIndirect_IsPoppedInOrder()
    {
        var rig = new QueueRig(32, QueueRig.Indirect);
        Describe(rig, 20, 500);
        rig.Ring.Offer(0);

        var chain = rig.Pop();

        Assert.That(chain.Descriptors, Is.EqualTo(520));
        Assert.That(rig.Queue.Readable(chain).ToArray().Select(x => x.Address - rig.Ram.Base), Is.EqualTo(Enumerable.Range(0, 520)));
    }

    // A table's entries in any order, and each of them once.
    [Test]
    [Rule("H-01", "SPLIT-11")]
    public void Table_LinkedBackwards_IsPoppedInThatOrder([Values(2, 34, 1024)] int entries)
    {
        var rig = new QueueRig(8, QueueRig.Indirect);
        var table = rig.Ram.Allocate(RingLayout.DescriptorSize * entries);
        for(var i = 0; i < entries; i++)
        {
            // 0, then the last one, the one before it, and so on to 1.
            var next = i == 0 ? entries - 1 : i - 1;
            rig.Ring.WriteDescriptor(table, i, rig.Ram.Base + (uint)i, 1, i == 1 ? (ushort)0 : RingLayout.DescNext, (ushort)next);
        }
        rig.Describe(0, table, (uint)(RingLayout.DescriptorSize * entries), RingLayout.DescIndirect);
        rig.Ring.Offer(0);

        Assert.That(rig.Queue.Readable(rig.Pop()).ToArray().Select(x => x.Address - rig.Ram.Base), Is.EqualTo(Enumerable.Range(1, entries - 1).Reverse().Prepend(0)));
    }

    // A loop is found when the table has no entry left that was not visited, not only when the chain is longer than any may be.
    [Test]
    [Rule("H-01")]
    public void Loop_InTheQueuesTable_EndsAfterAsManyDescriptorsAsItHas([Values(1, 8, 64)] int size, [Values] bool wholeTable, [Values(0U, 1U)] uint length)
    {
        var rig = new QueueRig(size);
        for(var i = 0; i < size; i++)
        {
            rig.Describe(i, rig.Buffer, length, RingLayout.DescNext, wholeTable ? (i + 1) % size : 0);
        }
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.FaultOf(0), Is.EqualTo(QueueFault.ChainTooLong));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThan(8 + size));
    }

    // Direct descriptors and then a table, each buffer one byte further on.
    private static void Describe(QueueRig rig, int direct, int indirect)
    {
        for(var i = 0; i < direct; i++)
        {
            rig.Describe(i, rig.Ram.Base + (uint)i, 1, RingLayout.DescNext, i + 1);
        }
        var table = rig.Ram.Allocate(RingLayout.DescriptorSize * indirect);
        for(var i = 0; i < indirect; i++)
        {
            rig.Ring.WriteDescriptor(table, i, rig.Ram.Base + (uint)(direct + i), 1, i < indirect - 1 ? RingLayout.DescNext : (ushort)0, (ushort)(i + 1));
        }
        rig.Describe(direct, table, (uint)(RingLayout.DescriptorSize * indirect), RingLayout.DescIndirect);
    }
}
