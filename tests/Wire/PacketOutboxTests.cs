// renode-virtio-net, MIT licence: see LICENSE.
// PacketOutbox keeps packets that a card sends while its lock is held, and hands them on after the lock is released: in order,
// by one thread at a time, and no more than it has room for. Hazards H-75 (recursion), H-116 (threads).

using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Wire;

public sealed class PacketOutboxTests
{
    [Test]
    [Rule("H-116")]
    public void Empty_PacketsOfAnySize_HandsThemOnWholeInTheirOrder()
    {
        var random = new Random(1);
        var outbox = new PacketOutbox();
        var wire = new Keeper();
        var sent = new List<(byte[] Bytes, PacketOffload Offload)>();
        for(var round = 0; round < 20; round++)
        {
            for(var i = random.Next(100); i > 0; i--)
            {
                var offload = random.Next(2) == 0 ? default : PacketOffload.Checksum((ushort)random.Next(100), (ushort)i);
                sent.Add((Frames.Make(random.Next(2000), i), offload));
                Assert.That(outbox.TrySend(sent.Last().Bytes, offload), Is.True);
            }
            Assert.That(wire.Packets, Has.Count.LessThanOrEqualTo(sent.Count));
            outbox.Empty(wire);
            Assert.That(outbox.IsEmpty, Is.True);
        }

        Assert.That(wire.Packets.Select(x => x.Bytes), Is.EqualTo(sent.Select(x => x.Bytes)));
        Assert.That(wire.Packets.Select(x => x.Offload), Is.EqualTo(sent.Select(x => x.Offload)));
    }

    [Test]
    public void TrySend_SenderReusesItsMemory_KeepsThePacketAsItWas()
    {
        var outbox = new PacketOutbox();
        var memory = Frames.Make(100, 1);
        outbox.TrySend(memory, default);
        memory.AsSpan().Clear();
        var wire = new Keeper();

        outbox.Empty(wire);

        Assert.That(wire.Packets.Single().Bytes, Is.EqualTo(Frames.Make(100, 1)));
    }

    [Test]
    public void TrySend_MoreThanThereIsRoomFor_IsRefusedUntilItHasLeft([Values(1, 60, 10_000)] int length)
    {
        var outbox = new PacketOutbox();
        var wire = new Keeper();
        for(var round = 0; round < 3; round++)
        {
            var packet = new byte[length];
            var count = 0;
            while(outbox.TrySend(packet, default))
            {
                count++;
            }

            Assert.That(count, Is.EqualTo(Math.Min(PacketOutbox.MaxFrames, PacketOutbox.MaxBytes / length)));
            outbox.Empty(wire);
            Assert.That(wire.Packets, Has.Count.EqualTo((round + 1) * count), "what was refused was not taken");
        }
    }

    // A packet to be segmented takes as much room as the frames that it will become.
    [Test]
    public void TrySend_LargePackets_AreBoundedByTheFramesTheyBecome()
    {
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(60_000);
        var offload = OffloadPackets.Offload(packet, Segmentation.Tso4, 48);
        var outbox = new PacketOutbox();

        Assert.That(outbox.TrySend(packet, offload), Is.True);
        Assert.That(outbox.TrySend(packet, offload), Is.False, "twice 1250 frames");
        Assert.That(outbox.TrySend(new byte[60], default), Is.True);
    }

    [Test]
    public void TrySend_PacketLargerThanAllRoom_IsTakenWhenTheOutboxIsEmpty()
    {
        var outbox = new PacketOutbox();
        Assert.That(outbox.TrySend(new byte[PacketOutbox.MaxBytes + 1], default), Is.True);
        Assert.That(outbox.TrySend(new byte[1], default), Is.False);
    }

    [Test]
    [Rule("H-75", "H-116")]
    public void Empty_WireSendsBack_TakesThatToo_WithoutRecursion()
    {
        var outbox = new PacketOutbox();
        var (depth, deepest, count) = (0, 0, 0);
        var wire = new Wire((bytes, offload) =>
        {
            deepest = Math.Max(deepest, ++depth);
            if(++count < 5000)
            {
                Assert.That(outbox.TrySend(bytes, offload), Is.True);
                outbox.Empty(new Keeper());
            }
            depth--;
            return true;
        });
        outbox.TrySend(new byte[60], default);

        outbox.Empty(wire);

        Assert.That((deepest, count, outbox.IsEmpty), Is.EqualTo((1, 5000, true)));
    }

    [Test]
    public void Empty_WireHasNoRoom_KeepsThatPacketAndThoseAfterIt()
    {
        var outbox = new PacketOutbox();
        var taken = new List<byte>();
        var room = 3;
        var wire = new Wire((bytes, _) =>
        {
            if(room == 0)
            {
                return false;
            }
            room--;
            taken.Add(bytes[0]);
            return true;
        });
        for(var i = 0; i < 10; i++)
        {
            outbox.TrySend(new[] { (byte)i }, default);
        }

        outbox.Empty(wire);
        Assert.That((taken.Count, outbox.IsEmpty), Is.EqualTo((3, false)));
        outbox.TrySend(new byte[] { 10 }, default);
        room = 100;
        outbox.Empty(wire);

        Assert.That(taken, Is.EqualTo(Enumerable.Range(0, 11)));
    }

    [Test]
    [Rule("H-113")]
    public void Empty_WireThrows_LosesThatPacketOnly()
    {
        var outbox = new PacketOutbox();
        var keeper = new Keeper();
        for(var i = 0; i < 10; i++)
        {
            outbox.TrySend(new[] { (byte)i }, default);
        }
        var breaks = new Wire((bytes, offload) => bytes[0] == 4 ? throw new InvalidOperationException() : keeper.TrySend(bytes, offload));

        Assert.That(new Action(() => outbox.Empty(breaks)), Throws.InvalidOperationException);
        outbox.Empty(breaks);

        Assert.That(keeper.Packets.Select(x => x.Bytes[0]), Is.EqualTo(new[] { 0, 1, 2, 3, 5, 6, 7, 8, 9 }));
    }

    [Test]
    public void Clear_WithPacketsOnBothSides_ForgetsThem()
    {
        var outbox = new PacketOutbox();
        outbox.TrySend(new byte[60], default);
        outbox.Empty(new Wire((_, _) => false));
        outbox.TrySend(new byte[60], default);
        var wire = new Keeper();

        outbox.Clear();
        outbox.Empty(wire);

        Assert.That((wire.Packets.Count, outbox.IsEmpty), Is.EqualTo((0, true)));
    }

    // Each sender's packets arrive in its order, none twice, and the wire is never called by two threads at once.
    [Test]
    [Rule("H-116")]
    public void Empty_SeveralThreadsAddAndEmpty_LosesNothingAndKeepsEachOrder()
    {
        const int Senders = 4;
        const int Count = 20_000;
        var outbox = new PacketOutbox();
        var next = new int[Senders];
        var inside = 0;
        var faults = new List<string>();
        var wire = new Wire((bytes, _) =>
        {
            if(Interlocked.Increment(ref inside) != 1)
            {
                lock(faults)
                {
                    faults.Add("two threads at once");
                }
            }
            var number = BitConverter.ToInt32(bytes[4..]);
            if(number != next[bytes[0]]++)
            {
                lock(faults)
                {
                    faults.Add($"sender {bytes[0]}: {number}");
                }
            }
            Interlocked.Decrement(ref inside);
            return true;
        });
        var threads = Enumerable.Range(0, Senders).Select(sender => new Thread(() =>
        {
            var packet = new byte[60];
            packet[0] = (byte)sender;
            for(var i = 0; i < Count; i++)
            {
                BitConverter.TryWriteBytes(packet.AsSpan(4), i);
                while(!outbox.TrySend(packet, default))
                {
                    outbox.Empty(wire);
                }
                outbox.Empty(wire);
            }
        })).ToList();
        threads.ForEach(x => x.Start());
        threads.ForEach(x => x.Join());

        Assert.That(faults, Is.Empty);
        Assert.That(next, Is.All.EqualTo(Count));
        Assert.That(outbox.IsEmpty, Is.True);
    }

    [Test]
    public void Traffic_OfOneShape_AllocatesNothingOnceWarm()
    {
        var outbox = new PacketOutbox();
        var wire = new Wire((_, _) => true);
        var packet = new byte[1514];
        long allocated = 0;
        for(var round = 0; round < 100; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for(var i = 0; i < 300; i++)
            {
                outbox.TrySend(packet, default);
            }
            outbox.Empty(wire);
            allocated = round < 50 ? 0 : allocated + GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.That(allocated, Is.Zero);
    }

    private sealed class Keeper : IPacketSink
    {
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            Packets.Add((packet.ToArray(), offload));
            return true;
        }

        public List<(byte[] Bytes, PacketOffload Offload)> Packets { get; } = new();
    }

    private delegate bool Send(ReadOnlySpan<byte> packet, PacketOffload offload);

    private sealed class Wire(Send send) : IPacketSink
    {
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload) => send(packet, offload);
    }
}
