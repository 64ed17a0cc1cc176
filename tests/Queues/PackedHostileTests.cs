// Packed rings that no sound driver makes. Hazards section 3: each ends in an error that names it, or in nothing.

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

    // The driver owns the rest of the ring only; the list goes on into what the device has.
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

    // The same slots are the driver's again as soon as the batch is published.
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
            // AvailableFlags change where the list passes the end of the ring.
            var flags = i == position ? phase : rig.Ring.AvailableFlags;
            expected = flags == rig.Ring.AvailableFlags ? expected : QueueFault.DescriptorNotAvailable;
            rig.Ring.WriteDescriptor(rig.Ring.DescriptorArea, rig.Ring.Next, rig.Buffer, 1, 0, (ushort)(flags | (i < 2 ? RingLayout.DescNext : 0)));
            rig.Ring.Advance();
        }

        Assert.That(rig.Fault(), Is.EqualTo(expected));
        Assert.That(rig.Queue.Error?.Descriptor, Is.EqualTo(expected == null ? null : (at + position) % 8));
    }

    [Test]
    [Rule("H-32", "H-06")]
    public void Indirect_InAListLinkedByNext_Fails([Values(0, 1, 2)] int position)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        var table = Table(rig, 1, i => (rig.Buffer, 1, 0));
        for(var i = 0; i < 3; i++)
        {
            var flags = (i < 2 ? RingLayout.DescNext : 0) | (i == position ? RingLayout.DescIndirect : 0);
            rig.Describe(i, table, 16, flags);
        }

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectWithNext));
        Assert.That(rig.Queue.Error!.Descriptor, Is.EqualTo(position));
    }

    [Test]
    [Rule("H-04", "H-36")]
    public void Indirect_NotNegotiated_Fails()
    {
        var rig = new PackedRig();
        rig.Describe(0, Table(rig, 1, i => (rig.Buffer, 1, 0)), 16, RingLayout.DescIndirect);

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectNotNegotiated));
    }

    [TestCase(0U)]
    [TestCase(1U)]
    [TestCase(15U)]
    [TestCase(17U)]
    [TestCase(24U)]
    [TestCase(16U * 9)]
    [TestCase(16U * 65536)]
    [TestCase(0xFFFF_FFF0U)]
    [Rule("H-07", "H-36")]
    public void IndirectTable_OfWrongLength_Fails(uint length)
    {
        var rig = new PackedRig(8, QueueRig.Indirect, new GuestRam(1 << 22));
        rig.Ring.OfferTable(0, Table(rig, 9, i => (rig.Buffer, 1, 0)), length);
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectTableSize));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThan(8));
    }

    // Of a table entry only address, length and WRITE count; of the descriptor that refers to it not even that.
    [Test]
    [Rule("PACK-15", "H-05", "H-36", "H-19")]
    public void IndirectTable_ForeignFlagsAndIds_AreIgnored([Values(0, 0xFFFD)] int foreign, [Values(0, 0xFFFA)] int ringFlags)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        var table = rig.Ram.Allocate(80) + 1;
        for(var i = 0; i < 4; i++)
        {
            rig.Ring.WriteDescriptor(table, i, rig.Buffer + (uint)i, (uint)i + 1, (ushort)foreign, (ushort)(foreign | (i >= 2 ? RingLayout.DescWrite : 0)));
        }
        rig.Ring.WriteDescriptor(rig.Ring.DescriptorArea, 0, table, 64, 0xABCD, (ushort)(ringFlags & 0x7F7A | 0x80 | RingLayout.DescIndirect));

        var chain = rig.Pop();

        Assert.That((chain.Id, chain.Entries), Is.EqualTo((0xABCD, 1)));
        Assert.That(rig.Queue.Readable(chain).ToArray().Select(x => (x.Address, x.Length)), Is.EqualTo(new[] { (rig.Buffer, 1U), (rig.Buffer + 1, 2U) }));
        Assert.That(rig.Queue.Writable(chain).ToArray().Select(x => (x.Address, x.Length)), Is.EqualTo(new[] { (rig.Buffer + 2, 3U), (rig.Buffer + 3, 4U) }));
    }

    [Test]
    [Rule("H-10", "H-11", "H-15", "H-20")]
    public void Buffer_NotWhollyRam_FailsBeforeAnyDataMoves([ValueSource(nameof(OutsideRam))] ulong address, [Values] bool writable, [Values] bool indirect)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        rig.Ram.Unmap(0x4008_0000, 0x1000);
        var pieces = new[] { new Piece(rig.Buffer, 4, writable), new Piece(address, 32, writable) };
        if(indirect)
        {
            rig.Ring.AddIndirect(pieces);
        }
        else
        {
            rig.Ring.Add(pieces);
        }
        rig.Ram.WrittenRanges = new();
        var touched = false;
        rig.Ram.Mapping = (at, length) => touched |= at >= rig.Buffer && at < rig.Buffer + 4;

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.BufferOutsideRam));
        Assert.That((rig.Queue.Error!.Address, rig.Queue.Error.Descriptor, rig.Queue.Error.Head), Is.EqualTo((address, 1, 0)));
        Assert.That(touched, Is.False);
        Assert.That(rig.Ram.WrittenRanges, Is.Empty);
    }

    [TestCaseSource(nameof(OutsideRam))]
    [Rule("H-08", "H-11", "H-15", "H-36")]
    public void IndirectTable_NotWhollyRam_Fails(ulong address)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        rig.Ram.Unmap(0x4008_0000, 0x1000);
        rig.Ring.OfferTable(0, address, 32);

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectTableOutsideRam));
        Assert.That(rig.Queue.Error!.Address, Is.EqualTo(address));
    }

    [Test]
    [Rule("H-13")]
    public void Readable_AfterWritable_Fails([Values] bool indirect)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        var pieces = new[] { new Piece(rig.Buffer, 1, false), new Piece(rig.Buffer, 1, true), new Piece(rig.Buffer, 1, false) };
        if(indirect)
        {
            rig.Ring.AddIndirect(pieces);
        }
        else
        {
            rig.Ring.Add(pieces);
        }

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.ReadableAfterWritable));
        Assert.That(rig.Queue.Error!.Descriptor, Is.EqualTo(2));
    }

    [TestCase(256, null, Description = "2^32 bytes exactly: what a driver may describe at most")]
    [TestCase(257, QueueFault.ChainOver4GiB)]
    [Rule("H-12")]
    public void Chain_SumOfLengths_IsLimitedTo4GiB(int count, QueueFault? expected)
    {
        const int Mib16 = 1 << 24;
        var rig = new PackedRig(300, default, new GuestRam(2 * Mib16));
        rig.Ring.Add(Enumerable.Range(0, count).Select(x => new Piece(rig.Ram.Base, Mib16, x > 128)).ToArray());

        Assert.That(rig.Fault(), Is.EqualTo(expected));
    }

    [Test]
    [Rule("H-09")]
    public void Chain_EmptyDescriptors_AreSkippedWhateverTheirAddress([Values] bool indirect, [Values(0UL, ulong.MaxValue)] ulong address)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        var pieces = new[] { new Piece(address, 0, true), new Piece(rig.Buffer, 1, false), new Piece(address, 0, false), new Piece(rig.Buffer, 2, true) };
        _ = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);

        var chain = rig.Pop();

        Assert.That((chain.ReadableLength, chain.WritableLength, chain.Entries), Is.EqualTo((1UL, 2UL, indirect ? 1 : 4)));
    }

    // The flags are read first, then what they vouch for; no byte twice. Host blocks of a descriptor's size show each
    // access, but for those to the block in which a ring or table begins.
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

    private static ulong Table(PackedRig rig, int entries, Func<int, (ulong Address, uint Length, int Flags)> entry)
    {
        var table = rig.Ram.Allocate(RingLayout.DescriptorSize * entries);
        for(var i = 0; i < entries; i++)
        {
            var (address, length, flags) = entry(i);
            rig.Ring.WriteDescriptor(table, i, address, length, 0, (ushort)flags);
        }
        return table;
    }

    // As in HostileChainTests.
    private static readonly ulong[] OutsideRam =
    {
        0, 0x1000_0000, 0x3FFF_FFE0, 0x3FFF_FFF0, 0x4010_0000 - 31, 0x4010_0000, 0x4007_FFF0, 0x4008_0000, 0x4008_0FE1,
        0xFFFF_FFFF_FFFF_FFE0, 0xFFFF_FFFF_FFFF_FFF0, ulong.MaxValue,
    };
}
