// renode-virtio-net, MIT licence: see LICENSE.
// The network brings packets whose checksum or segmentation is still to be done. The driver has negotiated no offload for
// receiving, so the device finishes them. virtio v1.4-cs01: 5.1.9.4.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Wire;
using VirtioNet.Wire;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Tests.Net;

public sealed class UnfinishedPacketTests
{
    [Test]
    [Rule("NET-43", "NET-42", "NET-44", "NET-46")]
    public void Receive_PacketToBeCut_ArrivesAsFinishedFrames([Values] bool ipv6)
    {
        var packets = new OffloadPackets(ipv6, true);
        var packet = packets.Make(4000);
        var driver = new RawDriver().Start();
        var buffers = Enumerable.Range(0, 4).Select(x => driver.OfferReceive(2000)).ToArray();

        driver.Machine.Device.Receive(new Packet(packet, OffloadPackets.Offload(packet, Segmentation.Tso4 | Segmentation.Tso6, 1400)));

        var frames = Take(driver, buffers);
        Assert.That(frames, Has.Count.EqualTo(3));
        Assert.That(frames.Select(packets.Fault), Is.All.Null);
        Assert.That(frames.SelectMany(x => packets.Trimmed(x)[packets.Payload..]), Is.EqualTo(packet[packets.Payload..]));
    }

    [Test]
    [Rule("NET-43", "NET-42")]
    public void Receive_ChecksumLeft_ArrivesComplete([Values] bool ipv6, [Values] bool tcp)
    {
        var packets = new OffloadPackets(ipv6, tcp);
        var driver = new RawDriver().Start();
        var buffer = driver.OfferReceive(2000);

        driver.Machine.Device.Receive(new Packet(packets.Make(100), PacketOffload.Checksum((ushort)packets.Transport, (ushort)packets.ChecksumOffset)));

        Assert.That(packets.Fault(Take(driver, buffer).Single()), Is.Null);
    }

    // Over a switch: one driver leaves checksum and segmentation to its device, and the other driver gets finished frames.
    [Test]
    [Rule("NET-43", "NET-32", "NET-45", "NET-47")]
    public void Packet_FromCardToCard_ArrivesAsFinishedFrames([Values(NetLayout.GsoNone, NetLayout.GsoUdp, NetLayout.GsoUdpL4)] byte type)
    {
        var network = new VirtualNetwork("lan", 1);
        var (left, right) = (new RawDriver().Start(OffloadTests.Everything), new RawDriver().Start());
        left.Machine.Network = network.Connect("left", left.Machine.Device);
        network.Connect("right", right.Machine.Device);
        var packets = new OffloadPackets(false, false);
        var packet = packets.Make(type == NetLayout.GsoNone ? 1000 : 3000);
        var buffers = Enumerable.Range(0, 4).Select(x => right.OfferReceive(2000)).ToArray();
        left.Offer(packets.Message(packet, type, 1448));

        left.Kick(left.Transmit);
        network.Run(0);

        var frames = Take(right, buffers);
        if(type == NetLayout.GsoUdp)
        {
            var whole = new Reassembly(frames, packets.Network, false);
            frames = new List<byte[]> { packet[..packets.Transport].Concat(whole.Datagram).ToArray() };
        }
        Assert.That(frames.Select(packets.Fault), Is.All.Null);
        Assert.That(frames.SelectMany(x => packets.Trimmed(x)[packets.Payload..]), Is.EqualTo(packet[packets.Payload..]));
    }

    // The headers must not change between the check and the making of frames, so a packet to be segmented is copied out of guest
    // memory.
    [Test]
    [Rule("H-18")]
    public void Send_PacketToBeCut_IsOutOfTheGuestsReach([Values(NetLayout.GsoTcp4, NetLayout.GsoNone)] byte type)
    {
        var driver = new RawDriver().Start(OffloadTests.Everything);
        var wire = new Overlap(driver.Ram);
        driver.Machine.Network = wire;
        var packets = new OffloadPackets(false, true);
        driver.Offer(packets.Message(packets.Make(3000), type, 1448));

        driver.Kick(driver.Transmit);

        Assert.That(wire.IsInGuestMemory, Is.EqualTo(type == NetLayout.GsoNone));
    }

    private static List<byte[]> Take(RawDriver driver, params ulong[] buffers)
    {
        var frames = new List<byte[]>();
        while(driver.ReceiveRing.TryTakeUsed(out var used))
        {
            var message = driver.Ram.At(buffers[frames.Count], (int)used.Length);
            Assert.That(message[..10].ToArray(), Is.All.Zero, "the header leaves no work to the driver");
            frames.Add(message[NetLayout.HeaderSize..].ToArray());
        }
        return frames;
    }

    private sealed class Overlap(GuestRam ram) : IPacketSink
    {
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            IsInGuestMemory = packet.Overlaps(ram.At(ram.Base, 1 << 20));
            return true;
        }

        public bool? IsInGuestMemory { get; private set; }
    }
}
