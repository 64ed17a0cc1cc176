// renode-virtio-net, MIT licence: see LICENSE.
// Where the switch sends a packet, when, and in which shape.

using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class SwitchTests
{
    [SetUp]
    public void Connect()
    {
        sut = new VirtualNetwork("lan", 1);
        ports = new TestPort[3];
        wires = new NetworkPort[3];
        for(var i = 0; i < ports.Length; i++)
        {
            ports[i] = new TestPort();
            wires[i] = sut.Connect($"net{i}", ports[i]);
        }
    }

    [Test]
    public void Send_UnknownTarget_FloodsTheOtherPortsWithOneSharedPacket()
    {
        Send(0, from: 0xA, to: 0xB);

        Assert.That(Counts(), Is.EqualTo("0 1 1"));
        Assert.That(ports[1].Received[0], Is.SameAs(ports[2].Received[0]));
    }

    [Test]
    public void Send_TargetThatHasSent_GoesToItsPortOnly()
    {
        Send(1, from: 0xB, to: 0xA);
        Send(0, from: 0xA, to: 0xB);

        Assert.That(Counts(), Is.EqualTo("1 1 1"));
        Assert.That((sut.Flooded, sut.Forwarded), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public void Send_TargetThatHasMoved_GoesToItsNewPort()
    {
        Send(1, from: 0xB, to: 0xF);
        Send(2, from: 0xB, to: 0xF);
        Clear();

        Send(0, from: 0xA, to: 0xB);

        Assert.That(Counts(), Is.EqualTo("0 0 1"));
    }

    [Test]
    public void Send_GroupTarget_FloodsThoughAGroupAddressHasSent()
    {
        Send(1, from: Broadcast, to: 0xF);
        Clear();

        Send(0, from: 0xA, to: Broadcast);

        Assert.That(Counts(), Is.EqualTo("0 1 1"));
    }

    [Test]
    public void Send_TargetAtTheSendingPort_GoesNowhere()
    {
        Send(0, from: 0xA, to: 0xF);
        Clear();

        Send(0, from: 0xC, to: 0xA);

        Assert.That(Counts(), Is.EqualTo("0 0 0"));
    }

    [Test]
    public void Send_TooShortForAddresses_GoesNowhere([Values(0, 13)] int length)
    {
        wires[0].TrySend(new byte[length], default);
        sut.Run(sut.Now);

        Assert.That(Counts(), Is.EqualTo("0 0 0"));
    }

    [Test]
    [Rule("H-75")]
    public void Send_FromWithinDelivery_WaitsForNextRound()
    {
        var depth = 0;
        var deepest = 0;
        var echo = new VirtualNetwork("lan", 1);
        var device = new TestPort();
        echo.Connect("echo", device);
        var other = echo.Connect("other", new TestPort());
        device.Receiving = packet =>
        {
            depth++;
            deepest = Math.Max(deepest, depth);
            other.TrySend(packet.Bytes, packet.Offload);
            depth--;
        };

        other.TrySend(Frame(from: 0xA, to: Broadcast), default);
        for(var i = 0; i < 10; i++)
        {
            Assert.That(echo.Run(0), Is.True);
        }

        Assert.That(deepest, Is.EqualTo(1));
        Assert.That(echo.Flooded, Is.EqualTo(10));
    }

    // One port takes the packet whole, one takes only what is finished, one takes other types.
    [Test]
    public void Send_UnfinishedPacket_IsFinishedOnceForThoseWhoDoNotTakeIt()
    {
        var whole = new TestPort { Offloads = new PortOffloads { Segmentation = Segmentation.Tso4, LargestPacket = 65535, Checksum = true } };
        var plain = new TestPort();
        var other = new TestPort { Offloads = new PortOffloads { Segmentation = Segmentation.Tso6 | Segmentation.Ufo4, LargestPacket = 65535, Checksum = true } };
        var short4 = new TestPort { Offloads = new PortOffloads { Segmentation = Segmentation.Tso4, LargestPacket = 3000 } };
        var network = new VirtualNetwork("lan", 1);
        foreach(var port in new[] { whole, plain, other, short4 })
        {
            network.Connect($"net{network.Ports.Count}", port);
        }
        var packets = new OffloadPackets(false, true);
        var bytes = packets.Make(4000);
        var offload = OffloadPackets.Offload(bytes, Segmentation.Tso4, 1448);

        network.Connect("from", new TestPort()).TrySend(bytes, offload);
        network.Run(0);

        Assert.That(whole.Received, Has.Count.EqualTo(1));
        Assert.That(whole.Received[0].Bytes.ToArray(), Is.EqualTo(bytes));
        Assert.That(whole.Received[0].Offload, Is.EqualTo(offload));
        Assert.That(plain.Received.Select(x => packets.Fault(x.Bytes.ToArray())), Is.EqualTo(new string?[3]));
        Assert.That(plain.Received.Select(x => x.Offload.ChecksumIsGood && !x.Offload.NeedsChecksum), Is.All.True);
        Assert.That(other.Received, Is.EqualTo(plain.Received), "the same objects: finished once for all");
        Assert.That(short4.Received, Is.EqualTo(plain.Received));
    }

    [Test]
    public void Send_ChecksumLeft_IsCompletedForThoseWhoDoNotTakeIt()
    {
        var whole = new TestPort { Offloads = new PortOffloads { Checksum = true } };
        var plain = new TestPort();
        var network = new VirtualNetwork("lan", 1);
        network.Connect("whole", whole);
        network.Connect("plain", plain);
        var packets = new OffloadPackets(true, false);
        var bytes = packets.Make(100);

        network.Connect("from", new TestPort()).TrySend(bytes, PacketOffload.Checksum((ushort)packets.Transport, 6));
        network.Run(0);

        Assert.That(whole.Received.Single().Bytes.ToArray(), Is.EqualTo(bytes));
        Assert.That(packets.Fault(plain.Received.Single().Bytes.ToArray()), Is.Null);
    }

    [Test]
    public void Send_ToAFullSwitch_IsRefusedUntilItHasDelivered()
    {
        var network = new VirtualNetwork("lan", 1, maxFrames: 2, maxBytes: 1000);
        var device = new TestPort();
        var wire = network.Connect("wire", new TestPort());
        var other = network.Connect("other", device);

        var taken = Enumerable.Range(0, 3).Select(x => wire.TrySend(Frame(1, 2), default)).ToArray();
        var large = other.TrySend(new byte[2000], default) && !other.TrySend(Frame(3, 4), default);
        network.Run(0);

        Assert.That(taken, Is.EqualTo(new[] { true, true, false }));
        Assert.That(large, Is.True, "each port has room of its own, and an empty one takes any packet");
        Assert.That(device.Received, Has.Count.EqualTo(2));
        Assert.That(wire.TrySend(Frame(1, 2), default) && other.TrySend(Frame(3, 4), default), Is.True);
    }

    private void Send(int port, ulong from, ulong to)
    {
        var before = Counts();
        Assert.That(wires[port].TrySend(Frame(from, to), default), Is.True);
        Assert.That(Counts(), Is.EqualTo(before), "nothing is delivered while a device sends (H-75)");
        sut.Run(sut.Now);
    }

    private static byte[] Frame(ulong from, ulong to)
    {
        return Ethernet.Frame(new MacAddress(to), new MacAddress(from), Ethernet.Experimental, 46);
    }

    // Packets received so far at each port.
    private string Counts() => string.Join(' ', ports.Select(x => x.Received.Count));

    private void Clear()
    {
        foreach(var port in ports)
        {
            port.Received.Clear();
        }
    }

    private VirtualNetwork sut = null!;
    private TestPort[] ports = null!;
    private NetworkPort[] wires = null!;

    private const ulong Broadcast = 0xFFFF_FFFF_FFFF;
}
