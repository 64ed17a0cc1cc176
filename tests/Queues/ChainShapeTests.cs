// renode-virtio-net, MIT licence: see LICENSE.
// What a driver may describe: plain chains, indirect tables, empty buffers. virtio v1.4-cs01: 2.7.5.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class ChainShapeTests
{
    [Test]
    [Rule("SPLIT-08", "SPLIT-30")]
    public void Chain_ReadableThenWritable_IsPoppedInOrder()
    {
        var rig = new QueueRig();
        rig.Describe(5, rig.Buffer, 7, RingLayout.DescNext, 2);
        rig.Describe(2, rig.Buffer + 16, 9, RingLayout.DescNext | RingLayout.DescWrite, 7);
        // Without NEXT the next field means nothing.
        rig.Describe(7, rig.Buffer + 32, 11, RingLayout.DescWrite, 0xFFFF);
        rig.Ring.Offer(5);

        var chain = rig.Pop();

        Assert.That(chain.Head, Is.EqualTo(5));
        Assert.That(Show(rig.Queue, chain), Is.EqualTo(new[] { (rig.Buffer, 7U), (rig.Buffer + 16, 9U), (rig.Buffer + 32, 11U) }));
        Assert.That((rig.Queue.Readable(chain).Length, rig.Queue.Writable(chain).Length), Is.EqualTo((1, 2)));
        Assert.That((chain.ReadableLength, chain.WritableLength), Is.EqualTo((7UL, 20UL)));
    }

    [Test]
    [Rule("SPLIT-03", "H-02")]
    public void Chain_AsLongAsTheQueue_IsPopped([Values(1, 2, 256)] int size, [Values] bool indirect)
    {
        var rig = new QueueRig(size, QueueRig.Indirect);
        var pieces = Enumerable.Range(0, size).Select(x => new Piece(rig.Buffer, 1, false)).ToArray();
        var head = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);

        var chain = rig.Pop();

        Assert.That((chain.Head, rig.Queue.Readable(chain).Length), Is.EqualTo((head, size)));
    }

    // The chain goes on with entry 0 of the table, and from there where next leads. The table may be at any address. Entries to
    // which no next leads are not part of the chain.
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(7)]
    [Rule("SPLIT-09", "SPLIT-10", "SPLIT-11")]
    public void Chain_PlainThenIndirect_IsPoppedInOrder(int plain)
    {
        var rig = new QueueRig(16, QueueRig.Indirect);
        var table = rig.Ram.Allocate(80) + 1;
        rig.Ring.WriteDescriptor(table, 0, 1 + rig.Buffer, 1, RingLayout.DescNext, 3);
        rig.Ring.WriteDescriptor(table, 1, 0xBAD, 1, 0, 0);
        rig.Ring.WriteDescriptor(table, 2, 3 + rig.Buffer, 3, RingLayout.DescWrite, 0);
        rig.Ring.WriteDescriptor(table, 3, 2 + rig.Buffer, 2, RingLayout.DescNext | RingLayout.DescWrite, 2);
        for(var i = 0; i < plain; i++)
        {
            rig.Describe(i, rig.Buffer + 0x10, 1, RingLayout.DescNext, i + 1);
        }
        rig.Describe(plain, table, 64, RingLayout.DescIndirect | RingLayout.DescWrite);
        rig.Ring.Offer(0);

        var chain = rig.Pop();

        var expected = Enumerable.Repeat((rig.Buffer + 0x10, 1U), plain)
            .Concat(new[] { (1 + rig.Buffer, 1U), (2 + rig.Buffer, 2U), (3 + rig.Buffer, 3U) });
        Assert.That(Show(rig.Queue, chain), Is.EqualTo(expected));
        Assert.That(rig.Queue.Readable(chain).Length, Is.EqualTo(plain + 1));
    }

    [Test]
    [Rule("H-19")]
    public void Chain_UnknownDescriptorFlags_AreIgnored([Values(3, 4, 7, 15)] int bit)
    {
        // Bits 7 and 15 belong to packed rings.
        var rig = new QueueRig(8, QueueRig.Indirect);
        rig.Describe(0, rig.Buffer, 1, (1 << bit) & ~RingLayout.DescIndirect | 0x8 | RingLayout.DescNext, 1);
        rig.Describe(1, rig.Buffer, 2, (1 << bit) & ~RingLayout.DescIndirect | RingLayout.DescWrite);
        rig.Ring.Offer(0);

        Assert.That(Show(rig.Queue, rig.Pop()), Is.EqualTo(new[] { (rig.Buffer, 1U), (rig.Buffer, 2U) }));
    }

    // With host blocks of a descriptor's size each access asks for memory, but for those in the block in which a ring or table
    // begins.
    [Test]
    [Rule("H-18")]
    public void Walk_AnyChain_ReadsEachRingFieldOnce([Values] bool indirect)
    {
        var rig = new QueueRig(8, QueueRig.Indirect, new GuestRam(hostBlock: 16));
        rig.Ring.Add(new Piece(rig.Buffer, 1, false));
        rig.Pop();
        var pieces = Enumerable.Range(0, 4).Select(x => new Piece(rig.Buffer + (uint)x, 1, x > 1)).ToArray();
        var head = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
        var mapped = new List<ulong>();
        rig.Ram.Mapping = (address, length) => mapped.AddRange(length > 16 ? [] : Enumerable.Range(0, length).Select(x => address + (uint)x));

        rig.Pop();

        Assert.That(mapped, Is.Unique, "a byte was read twice: between the reads another CPU can change it");
        Assert.That(mapped, Has.Member(rig.Ring.DescriptorArea + 16UL * head));
        Assert.That(mapped.Count(x => x >= rig.Buffer && x < rig.Buffer + 4), Is.Zero, "a pop touches no buffer");
    }

    [Test]
    [Rule("H-18")]
    public void Chain_TableRewrittenAfterPop_KeepsWhatWasChecked()
    {
        var rig = new QueueRig();
        rig.Describe(0, rig.Buffer, 4, RingLayout.DescWrite);
        rig.Ring.Offer(0);
        var chain = rig.Pop();

        rig.Describe(0, 0x1000, uint.MaxValue, RingLayout.DescNext, 0xFFFF);

        Assert.That(Show(rig.Queue, chain), Is.EqualTo(new[] { (rig.Buffer, 4U) }));
        rig.Queue.Push(chain, 4);
        Assert.That(rig.Queue.Publish(), Is.True);
    }

    [TestCase(255, null)]
    [TestCase(256, null, Description = "2^32 bytes exactly: what a driver may describe at most")]
    [TestCase(257, QueueFault.ChainOver4GiB)]
    [Rule("H-12")]
    public void Chain_SumOfLengths_IsLimitedTo4GiB(int count, QueueFault? expected)
    {
        const int Mib16 = 1 << 24;
        var rig = new QueueRig(512, default, new GuestRam(2 * Mib16));
        rig.Ring.Add(Enumerable.Range(0, count).Select(x => new Piece(rig.Ram.Base, Mib16, x > 128)).ToArray());

        Assert.That(rig.Fault(), Is.EqualTo(expected));
    }

    [Test]
    [Rule("H-28")]
    public void Chains_PutBackAndPoppedAgain_AreTheSame()
    {
        var rig = new QueueRig();
        var first = rig.Ring.Add(new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 2, true));
        var second = rig.Ring.Add(new Piece(rig.Buffer, 3, true));

        for(var i = 0; i < 100; i++)
        {
            var a = rig.Pop();
            var b = rig.Pop();
            Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
            Assert.That((a.Head, b.Head, a.ReadableLength, a.WritableLength, b.WritableLength), Is.EqualTo((first, second, 1UL, 2UL, 3UL)));
            rig.Queue.PutBack(b);
            rig.Queue.PutBack(a);
        }
        Assert.That(rig.Queue.Publish(), Is.False);
        Assert.That(rig.Ring.UsedIndex, Is.Zero, "a chain that was put back is not used");
    }

    private static IEnumerable<(ulong, uint)> Show(Virtqueue queue, DescriptorChain chain)
    {
        return queue.Readable(chain).ToArray().Concat(queue.Writable(chain).ToArray()).Select(x => (x.Address, x.Length));
    }
}
