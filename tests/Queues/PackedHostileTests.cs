// renode-virtio-net, MIT licence: see LICENSE.
// Packed rings whose flags AVAIL and USED break a rule: the device sees no chain, or ends in the error that names the rule.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class PackedHostileTests
{
    // Every descriptor of the ring has NEXT, on whatever slot the list begins.
    [Test]
    [Rule("H-31", "H-02")]
    public void List_RoundTheWholeRing_IsCutOff([Values(1, 2, 3, 8)] int size, [Range(0, 3)] int at, [Values(0U, 1U)] uint length)
    {
        var rig = new PackedRig(size);
        rig.Cycle(at);
        for(var i = 0; i < size; i++)
        {
            rig.Describe(rig.Ring.Next, rig.Buffer, length, RingLayout.DescNext);
            rig.Ring.Advance();
        }
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.ChainTooLong));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThanOrEqualTo(3 * size + 1), "work is bounded by the queue size");
    }

    // A list that goes on from the descriptors that the driver may use into those that the device has.
    [Test]
    [Rule("H-31", "H-33")]
    public void List_IntoDescriptorsInFlight_Fails([Range(1, 7)] int inFlight, [Values] bool pushed)
    {
        var rig = new PackedRig(8);
        var chains = new List<DescriptorChain>();
        for(var i = 0; i < inFlight; i++)
        {
            rig.Offer();
            chains.Add(rig.Pop());
        }
        for(var i = inFlight; i < 8 + inFlight; i++)
        {
            rig.Describe(i % 8, rig.Buffer, 1, RingLayout.DescNext);
            if(i < 8)
            {
                rig.Ring.Advance();
            }
        }
        if(pushed)
        {
            chains.ForEach(x => rig.Queue.Push(x, 0));
        }

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.DescriptorInFlight));
        Assert.That((rig.Queue.Error!.Head, rig.Queue.Error.Descriptor), Is.EqualTo((inFlight, 0)));
    }

    [Test]
    [Rule("H-33", "H-34")]
    public void Head_AvailableAgainWhileInFlight_Fails([Values(1, 3, 8)] int size)
    {
        var rig = new PackedRig(size);
        for(var i = 0; i < size; i++)
        {
            rig.Offer();
            rig.Pop();
        }
        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
        rig.Describe(0, rig.Buffer, 1);

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.DescriptorInFlight));
    }

    // After the batch is published, the driver may use its slots again.
    [Test]
    [Rule("H-33")]
    public void Head_AvailableAgainAfterPublication_IsFine([Values(1, 3, 8)] int size)
    {
        var rig = new PackedRig(size);
        for(var lap = 0; lap < 5; lap++)
        {
            for(var i = 0; i < size; i++)
            {
                rig.Offer();
            }
            for(var i = 0; i < size; i++)
            {
                rig.Queue.Push(rig.Pop(), 0);
            }
            rig.Queue.Publish();
            for(var i = 0; i < size; i++)
            {
                rig.TakeUsed();
            }
        }
        Assert.That(rig.Queue.Error, Is.Null);
    }

    // AVAIL and USED of the second of three descriptors: available, used, or of another lap.
    [Test]
    [Rule("H-33")]
    public void List_PartNotAvailable_Fails([Values(0, 0x80, 0x8000, 0x8080)] int phase, [Values(0, 6, 8, 14)] int at, [Values(1, 2)] int position)
    {
        var rig = new PackedRig(8);
        rig.Cycle(at);
        QueueFault? expected = null;
        for(var i = 0; i < 3; i++)
        {
            // They change where the list passes the end of the ring.
            var flags = i == position ? phase : rig.Ring.AvailableFlags;
            expected = flags == rig.Ring.AvailableFlags ? expected : QueueFault.DescriptorNotAvailable;
            rig.Ring.WriteDescriptor(rig.Ring.DescriptorArea, rig.Ring.Next, rig.Buffer, 1, 0, (ushort)(flags | (i < 2 ? RingLayout.DescNext : 0)));
            rig.Ring.Advance();
        }

        Assert.That(rig.Fault(), Is.EqualTo(expected));
        Assert.That(rig.Queue.Error?.Descriptor, Is.EqualTo(expected == null ? null : (at + position) % 8));
    }

    // The flags are read first, then the rest of the descriptor, and no byte twice. With host blocks of a descriptor's size
    // each access asks for memory, but for those in the block in which a ring or table begins.
    [Test]
    [Rule("H-18", "PACK-05", "PACK-10")]
    public void Walk_AnyChain_ReadsFlagsFirstAndEachByteOnce([Values] bool indirect)
    {
        var rig = new PackedRig(8, QueueRig.Indirect, new GuestRam(hostBlock: 16));
        rig.Cycle(1);
        var pieces = Enumerable.Range(0, 4).Select(x => new Piece(rig.Buffer + (uint)x, 1, x > 1)).ToArray();
        _ = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
        var mapped = new List<ulong>();
        rig.Ram.Mapping = (address, length) => mapped.AddRange(length > 16 ? [] : Enumerable.Range(0, length).Select(x => address + (uint)x));

        rig.Pop();

        Assert.That(mapped, Is.Unique, "a byte was read twice: between the reads another CPU can change it");
        Assert.That(mapped[0], Is.EqualTo(rig.At(1, RingLayout.DescriptorLen)));
        Assert.That(mapped, Has.Count.EqualTo(4 * 16));
        Assert.That(mapped.Count(x => x >= rig.Buffer && x < rig.Buffer + 4), Is.Zero, "a pop touches no buffer");
    }

    [Test]
    [Rule("H-18")]
    public void Chain_RingRewrittenAfterPop_KeepsWhatWasChecked()
    {
        var rig = new PackedRig();
        rig.Ring.Add(new Piece(rig.Buffer, 4, true));
        var chain = rig.Pop();

        rig.Ring.WriteDescriptor(rig.Ring.DescriptorArea, 0, 0x1000, uint.MaxValue, 99, 0xFFFF);

        Assert.That(rig.Queue.Writable(chain).ToArray().Select(x => (x.Address, x.Length)), Is.EqualTo(new[] { (rig.Buffer, 4U) }));
        rig.Queue.Push(chain, 4);
        rig.Queue.Publish();
        Assert.That(rig.TakeUsed(), Is.EqualTo(new Used(0, 4)));
    }

    [Test]
    public void Queue_AfterFirstError_KeepsItAndTouchesNothing()
    {
        var rig = new PackedRig(8, QueueRig.EventIdx);
        rig.Offer();
        rig.Offer();
        var (pushed, popped) = (rig.Pop(), rig.Pop());
        rig.Queue.Push(pushed, 0);
        rig.Describe(2, rig.Buffer, 16, RingLayout.DescIndirect);
        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectNotNegotiated));
        var accesses = rig.Ram.Accesses;
        rig.Describe(2, rig.Buffer, 16);

        Assert.That(rig.Queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
        rig.Queue.Push(popped, 0);
        Assert.That(rig.Queue.Publish() || rig.Queue.EnableNotifications(), Is.False);
        rig.Queue.Reject(QueueFault.ReceiveBufferTooSmall, popped);
        Assert.That(rig.Queue.Error!.Fault, Is.EqualTo(QueueFault.IndirectNotNegotiated));
        Assert.That(rig.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(rig.Ring.TryTakeUsed(out _), Is.False);
    }
}
