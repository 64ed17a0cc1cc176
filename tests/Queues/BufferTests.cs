// renode-virtio-net, MIT licence: see LICENSE.
// The buffers of a chain, in both ring formats, in the ring and in indirect tables: each is RAM or empty, and readable ones
// come before writable ones.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

[TestFixture(false)]
[TestFixture(true)]
public sealed class BufferTests(bool packed)
{
    public enum Descriptors
    {
        InTheRing,
        InATable,
    }

    [Test]
    [Rule("H-10", "H-11", "H-15", "H-20")]
    public void Buffer_NotWhollyRam_FailsBeforeAnyDataMoves(
        [ValueSource(nameof(OutsideRam))] ulong address, [Values] bool writable, [Values(0, 1)] int before, [Values] Descriptors descriptors)
    {
        var rig = Rig();
        rig.Ram.Unmap(0x4008_0000, 0x1000);
        var good = Enumerable.Repeat(new Piece(rig.Buffer, 4, writable), before);
        Add(rig, descriptors, good.Append(new Piece(address, 32, writable)).ToArray());
        rig.Ram.WrittenRanges = new();
        var touched = false;
        rig.Ram.Mapping = (at, length) => touched |= at >= rig.Buffer && at < rig.Buffer + 4;

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        Assert.That(rig.Queue.Error!.Fault, Is.EqualTo(QueueFault.BufferOutsideRam));
        Assert.That((rig.Queue.Error.Address, rig.Queue.Error.Length), Is.EqualTo((address, 32)));
        Assert.That((rig.Queue.Error.Descriptor, rig.Queue.Error.Head), Is.EqualTo((before, 0)));
        Assert.That(touched, Is.False);
        Assert.That(rig.Ram.WrittenRanges, Is.Empty);
    }

    [Test]
    [Rule("H-10")]
    public void Buffer_UpToTheEdgeOfRam_IsFine([Values] bool alone, [Values] bool writable)
    {
        var rig = Rig();
        rig.Ram.Unmap(0x4008_0000, 0x1000);
        var pieces = new[] { rig.Ram.End - 32, rig.Ram.Base, 0x4008_0000UL - 32, 0x4008_1000UL }.Select(x => new Piece(x, 32, writable)).ToArray();
        if(alone)
        {
            Array.ForEach(pieces, x => rig.Ring.Add(x));
        }
        else
        {
            rig.Ring.Add(pieces);
        }
        var popped = new DescriptorChain[8];
        var count = rig.Queue.Pop(popped);

        Assert.That(count, Is.EqualTo(alone ? 4 : 1));
        Assert.That(popped.SelectMany(x => rig.Queue.Readable(x).ToArray()).Count(), Is.EqualTo(writable ? 0 : 4));
        Assert.That(popped.SelectMany(x => rig.Queue.Writable(x).ToArray()).Count(), Is.EqualTo(writable ? 4 : 0));
        Assert.That(popped.Aggregate(0UL, (sum, x) => sum + x.ReadableLength), Is.EqualTo(writable ? 0 : 128));
        Assert.That(popped.Aggregate(0UL, (sum, x) => sum + x.WritableLength), Is.EqualTo(writable ? 128 : 0));
    }

    [Test]
    [Rule("H-13")]
    public void Readable_AfterWritable_Fails([Values] Descriptors descriptors)
    {
        var rig = Rig();
        Add(rig, descriptors, new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, true), new Piece(rig.Buffer, 1, false));

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        Assert.That((rig.Queue.Error!.Fault, rig.Queue.Error.Descriptor), Is.EqualTo((QueueFault.ReadableAfterWritable, 2)));
    }

    [Test]
    [Rule("H-09")]
    public void Empty_Descriptors_AreSkippedWhateverTheirAddress([Values] Descriptors descriptors, [Values(0UL, ulong.MaxValue)] ulong address)
    {
        var rig = Rig();
        Add(rig, descriptors, new Piece(address, 0, true), new Piece(rig.Buffer, 1, false), new Piece(address, 0, false),
            new Piece(rig.Buffer, 2, true), new Piece(address, 0, false));

        var chain = rig.Pop();

        Assert.That((chain.ReadableLength, chain.WritableLength), Is.EqualTo((1UL, 2UL)));
        Assert.That(rig.Queue.Readable(chain).ToArray().Concat(rig.Queue.Writable(chain).ToArray()).Select(x => x.Length), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    [Rule("H-09")]
    public void Empty_DescriptorsOnly_AreAChainWithoutBytes([Values] Descriptors descriptors, [Values] bool writable, [Values(1, 2)] int count)
    {
        var rig = Rig();
        Add(rig, descriptors, Enumerable.Repeat(new Piece(ulong.MaxValue, 0, writable), count).ToArray());

        var chain = rig.Pop();

        Assert.That((chain.ReadableLength, chain.WritableLength), Is.EqualTo((0UL, 0UL)));
        Assert.That(rig.Queue.Readable(chain).Length + rig.Queue.Writable(chain).Length, Is.Zero);
        rig.Queue.Push(chain, 0);
        rig.Queue.Publish();
        Assert.That(rig.TakeAll(), Has.Length.EqualTo(1));
    }

    // Addresses at which a buffer of 32 bytes is not wholly RAM, which is 1 MiB at 0x4000_0000 with a hole of 4 KiB at
    // 0x4008_0000: wholly or partly below RAM, above it or in the hole, in registers, or beyond the last address.
    internal static readonly ulong[] OutsideRam =
    {
        0, 0x1000_0000, 0x3FFF_FFE0, 0x3FFF_FFF0, 0x4010_0000 - 31, 0x4010_0000, 0x4007_FFF0, 0x4008_0000, 0x4008_0FE1,
        0xFFFF_FFFF_FFFF_FFE0, 0xFFFF_FFFF_FFFF_FFF0, ulong.MaxValue,
    };

    private RingRig Rig() => new(packed, 8, QueueRig.Indirect, new GuestRam());

    private static void Add(RingRig rig, Descriptors descriptors, params Piece[] pieces)
    {
        _ = descriptors == Descriptors.InATable ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
    }
}
