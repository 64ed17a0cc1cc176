// renode-virtio-net, MIT licence: see LICENSE.
// One notification makes the device read a bounded number of descriptors and bytes and make a bounded number of frames,
// whatever the driver asks for. Hazards H-55, H-66, H-73.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class WorkBoundTests(bool packed) : RingFormats(packed)
{
    // 256 chains that all describe the same packet of 65,466 bytes. With a segment size of 8 nothing is made of it, since it
    // would be 8,177 frames; with 48, the smallest, it is 1,363; with 1448 it is what Linux sends.
    [Test]
    [Rule("H-55", "H-66", "H-73")]
    public void Notification_OfManyLargePackets_MakesABoundedShare(
        [Values(NetLayout.GsoNone, NetLayout.GsoTcp4, NetLayout.GsoTcp6, NetLayout.GsoUdp, NetLayout.GsoUdpL4)] byte type,
        [Values(8, 48, 1448)] int size, [Values] bool indirect, [Values] bool hasReceiver)
    {
        var driver = MakeDriver(new GuestRam(8 << 20)).Start(OffloadTests.Everything);
        var network = new Outlet(driver.Machine, hasReceiver);
        var framesOfEach = Offer(driver, type, size, indirect);
        var (mostFrames, mostBytes, mostAllocated) = (0, 0L, 0L);

        var isWorking = true;
        for(var step = 0; isWorking; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            if(step == 0)
            {
                driver.Kick(driver.TransmitRing);
            }
            else
            {
                isWorking = driver.Machine.RunDeferredOnce();
            }
            var (frames, bytes) = network.Deliver();
            mostAllocated = Math.Max(mostAllocated, GC.GetAllocatedBytesForCurrentThread() - before);
            mostFrames = Math.Max(mostFrames, frames);
            mostBytes = Math.Max(mostBytes, bytes);
            Take(driver.TransmitRing);
        }

        // The packet that uses up a share is still sent whole.
        Assert.That(mostFrames, Is.LessThanOrEqualTo(1024 + 1366));
        Assert.That(mostBytes, Is.LessThanOrEqualTo((4 << 20) + 200_000));
        Assert.That(mostAllocated, Is.LessThan(20 << 20));
        Assert.That((network.Frames, driver.Counters.TxFrames), Is.EqualTo((framesOfEach * Chains, (ulong)(framesOfEach * Chains))), "and nothing is lost");
        Assert.That(driver.Counters.TxDropOffload, Is.EqualTo(framesOfEach == 0 ? Chains : 0));
        Assert.That((driver.TransmitRing.FreeDescriptors, driver.NeedsReset), Is.EqualTo((driver.TransmitRing.Size, false)));
    }

    // A packet that is dropped costs work, too: it is copied before its headers are checked.
    [Test]
    [Rule("H-55")]
    public void Notification_OfManyLargePacketsToBeDropped_ReadsABoundedShare()
    {
        var driver = MakeDriver(new GuestRam(8 << 20)).Start(OffloadTests.Everything);
        Offer(driver, NetLayout.GsoTcp4, 8, false);

        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Counters.TxDropOffload, Is.InRange(64UL, 65UL), "a share is 4 MiB");
        Assert.That(driver.Machine.WorkPending, Is.True);
        driver.Machine.RunDeferred();
        Assert.That(driver.Counters.TxDropOffload, Is.EqualTo(Chains));
    }

    // Chains of many empty descriptors have no bytes, but have to be read.
    [Test]
    [Rule("H-09", "H-55")]
    public void Notification_OfLongChainsWithoutBytes_ReadsABoundedShare()
    {
        const int Size = 1024;
        var driver = MakeDriver(new GuestRam(24 << 20), Size).Start();
        var nothing = Enumerable.Repeat(new Piece(driver.Ram.Base, 0, false), Size).ToArray();
        for(var i = 0; i < Size; i++)
        {
            driver.TransmitRing.AddIndirect(nothing);
        }
        var accesses = driver.Ram.Accesses;

        driver.Kick(driver.TransmitRing);

        // 256 tables of 16 KiB use up the share; at most one batch of chains more is read.
        Assert.That(driver.Counters.TxDropMalformed, Is.EqualTo(256));
        Assert.That(driver.Ram.Accesses - accesses, Is.LessThan((256 + 64) * (Size + 10)));
        driver.Machine.RunDeferred();
        Assert.That(driver.Counters.TxDropMalformed, Is.EqualTo(Size));
    }

    private static int Offer(RawDriver driver, byte type, int size, bool indirect)
    {
        var ipv6 = type == NetLayout.GsoTcp6;
        var packets = new OffloadPackets(ipv6, type is NetLayout.GsoTcp4 or NetLayout.GsoTcp6);
        var packet = packets.Make(65_466 - packets.Payload);
        var message = packets.Message(packet, type, type == NetLayout.GsoNone ? 0 : size);
        var at = driver.Place(message);
        var pieces = indirect
            ? Enumerable.Range(0, 256).Select(x => new Piece(at + (uint)(x * 256), (uint)Math.Clamp(message.Length - x * 256, 0, 256), false)).ToArray()
            : new[] { new Piece(at, (uint)message.Length, false) };
        for(var i = 0; i < Chains; i++)
        {
            if(indirect)
            {
                driver.TransmitRing.AddIndirect(pieces);
            }
            else
            {
                driver.TransmitRing.Add(pieces);
            }
        }
        var cut = type == NetLayout.GsoUdp ? packets.Transport : packets.Payload;
        return type == NetLayout.GsoNone ? 1 : size == 8 ? 0 : (packet.Length - cut + size - 1) / size;
    }

    private static void Take(IDriverRing ring)
    {
        while(ring.TryTakeUsed(out _))
        {
        }
    }

    private const int Chains = 256;

    // What follows the card in an emulator: an outbox, which is emptied once the card's lock is released, and a switch with the
    // card and perhaps a second one.
    private sealed class Outlet : IPacketSink
    {
        public Outlet(PciMachine machine, bool hasReceiver)
        {
            machine.Network = outbox;
            wire = network.Connect("card", machine.Device);
            if(hasReceiver)
            {
                receiver = new RawDriver(new PciMachine()).Start();
                network.Connect("receiver", receiver.Machine.Device);
            }
        }

        // Empties the outbox into the switch, and counts the frames and bytes that a network has to carry.
        public (int Frames, long Bytes) Deliver()
        {
            share = default;
            outbox.Empty(this);
            Frames += share.Frames;
            return share;
        }

        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            share = (share.Frames + offload.CountFrames(packet.Length), share.Bytes + offload.CountBytes(packet.Length));
            Assert.That(wire.TrySend(packet, offload), Is.True);
            network.Run(0);
            return true;
        }

        public int Frames { get; private set; }

        private (int Frames, long Bytes) share;
        private readonly PacketOutbox outbox = new();
        private readonly VirtualNetwork network = new("lan", 1);
        private readonly IPacketSink wire;
        private readonly RawDriver? receiver;
    }
}
