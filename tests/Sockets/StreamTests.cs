// renode-virtio-net, MIT licence: see LICENSE.
// Frames over stream sockets, in both roles and over both kinds of address.

using NUnit.Framework;
using VirtioNet.Outside;
using VirtioNet.Outside.Sockets;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Sockets;

[NonParallelizable]
public sealed class StreamTests
{
    [Test]
    public void Padding_OfAShortPacket_GoesToThePartner()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        var frame = Partner.PaddedPacket();
        port.Receive(new(frame));
        Assert.That(partner.Receive(), Is.EqualTo(frame));
    }

    [Test]
    public void Frames_OfEveryLength_PassUnchangedInBothDirections([Values] bool tcp)
    {
        using var rig = new SocketRig();
        var port = rig.Serve(tcp);
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        int[] lengths = [14, 15, 59, 60, 61, 1514, 1518, 9014, 65535, Ethernet.MaxFrameSize];
        foreach(var length in lengths)
        {
            partner.Send(Partner.Frame(length, length));
            port.Receive(Partner.Packet(length, length + 1));
            Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(length, length + 1)));
        }
        rig.WaitForFrames(lengths.Length);
        Assert.That(rig.Received, Is.EqualTo(lengths.Select(x => Partner.Frame(x, x))));
        Assert.That(rig.Reports, Is.Empty);
        Assert.That((port.Counters.Received, port.Counters.ReceivedBytes), Is.EqualTo((lengths.Length, lengths.Sum())));
        Assert.That((port.Counters.Sent, port.Counters.SentBytes), Is.EqualTo((lengths.Length, lengths.Sum())));
    }

    // QEMU's own words for it, by hand: 60 is 00 00 00 3C.
    [Test]
    public void Length_IsBigEndianAndInFrontOfTheFrame()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        port.Receive(Partner.Packet(60));
        Assert.That(partner.ReceiveRaw(64), Is.EqualTo(new byte[] { 0, 0, 0, 60 }.Concat(Partner.Frame(60))));
    }

    [Test]
    public void Frames_CutAnywhere_AreJoined()
    {
        using var rig = new SocketRig();
        var port = rig.Serve(tcp: true);
        using var partner = Partner.Connect(rig, port);
        var random = new Random(1);
        byte[][] frames = [.. Enumerable.Range(0, 300).Select(x => Partner.Frame(random.Next(14, 600), x))];
        var stream = frames.SelectMany(x => Partner.Framed(x)).ToArray();
        for(var at = 0; at < stream.Length;)
        {
            var piece = Math.Min(stream.Length - at, random.Next(1, 40));
            partner.SendRaw(stream.AsSpan(at, piece));
            at += piece;
        }
        rig.WaitForFrames(frames.Length);
        Assert.That(rig.Received, Is.EqualTo(frames));
    }

    // The partner's socket takes less than the port has to send: what is left goes on where it stopped.
    [Test]
    public void Partner_ThatReadsLate_GetsAllThatFits([Values] bool tcp)
    {
        using var rig = new SocketRig();
        var port = rig.Serve(tcp);
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        const int Count = StreamSocketPort.MaxFrames;
        const int Size = 3000;
        for(var i = 0; i < Count; i++)
        {
            port.Receive(Partner.Packet(Size, i));
        }
        for(var i = 0; i < Count; i++)
        {
            Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(Size, i)));
        }
        Assert.That(port.Counters.Dropped(PartnerDrop.QueueFull), Is.Zero);
    }

    // More than all sockets have room for. TCP takes a part of what it is given, as it does on a real network.
    [Test]
    public void Partner_ThatReadsTooLate_GetsWholeFramesInTheirOrder([Values] bool tcp)
    {
        using var rig = new SocketRig();
        var port = rig.Serve(tcp);
        using var partner = Partner.Connect(rig, port, small: true);
        rig.WaitForConnection(port);
        const int Count = 5_000;
        const int Size = 1490;
        for(var i = 0; i < Count; i++)
        {
            port.Receive(Partner.Packet(Size, i));
        }
        var left = Count - port.Counters.Dropped(PartnerDrop.QueueFull);
        Assert.That(left, Is.LessThan(Count));
        for(var last = -1; left > 0; left--)
        {
            var frame = partner.Receive();
            var number = BitConverter.ToInt32(frame);
            Assert.That(number, Is.InRange(last + 1, Count - 1));
            Assert.That(frame, Is.EqualTo(Partner.Frame(Size, number)));
            last = number;
        }
    }

    [Test]
    public void Partner_ThatDoesNotRead_CostsFramesAndNoMemory()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        var packet = Partner.Packet(1514);
        const int Count = 100_000;
        for(var i = 0; i < Count; i++)
        {
            port.Receive(packet);
        }
        Assert.That(rig.Reports.Select(x => x.Rule).Distinct(), Is.EqualTo(new[] { PartnerRules.QueueFull }));
        // The rest was taken by the sockets, which have room for some hundred.
        Assert.That(port.Counters.Dropped(PartnerDrop.QueueFull), Is.InRange(Count - StreamSocketPort.MaxFrames - 1000, Count));
        partner.Dispose();
        rig.WaitForEnd(port);
        var counters = port.Counters;
        Assert.That(counters.Sent + counters.Dropped(PartnerDrop.QueueFull) + counters.Dropped(PartnerDrop.NotConnected), Is.EqualTo(Count), "each frame is counted once");
    }

    [Test]
    public void Receive_OfAFrame_AllocatesNothing()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        var packet = Partner.Packet(100);
        port.Receive(packet);
        partner.Receive();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for(var i = 0; i < 500; i++)
        {
            port.Receive(packet);
        }
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Frames_WithoutAPartner_AreDroppedAndCounted()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        port.Receive(Partner.Packet(60));
        port.Receive(Partner.Packet(60));
        Assert.That(port.Counters.Dropped(PartnerDrop.NotConnected), Is.EqualTo(2));
        Assert.That(port.IsConnected, Is.False);
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        port.Receive(Partner.Packet(60, 7));
        Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(60, 7)), "what came before the partner is not kept for it");
    }

    [Test]
    public void Network_WithoutRoom_HoldsThePartnerBack_AndLosesNothing()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        var hasRoom = false;
        var attempts = 0;
        rig.OnSend = () =>
        {
            attempts++;
            rig.Pulse();
            return Volatile.Read(ref hasRoom);
        };
        using var partner = Partner.Connect(rig, port);
        const int Count = 2000;
        var sending = Task.Run(() =>
        {
            for(var i = 0; i < Count; i++)
            {
                partner.Send(Partner.Frame(1000, i));
            }
        });
        rig.WaitUntil(() => attempts >= 10, "the network was asked again");
        Assert.That(sending.IsCompleted, Is.False, "the partner is held back");
        Assert.That(port.Counters.Received, Is.Zero);
        // Frames to the partner pass meanwhile.
        rig.WaitForConnection(port);
        port.Receive(Partner.Packet(80, 5));
        Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(80, 5)));
        Volatile.Write(ref hasRoom, true);
        rig.WaitForFrames(Count);
        Assert.That(rig.Received, Is.EqualTo(Enumerable.Range(0, Count).Select(x => Partner.Frame(1000, x))));
    }

    [Test]
    public void Client_FindsAPartnerThatComesLater_AndAgainWhenItComesBack([Values] bool silent)
    {
        using var rig = new SocketRig();
        var port = rig.Start($"addr.type=unix,addr.path={rig.Path},reconnect-ms=20");
        rig.WaitForReports(1);
        Assert.That(rig.Reports[0].Rule, Is.EqualTo(SocketRules.NobodyThere));
        Assert.That(rig.Reports[0].Subject, Does.StartWith($"unix:{rig.Path}: "));
        for(var i = 0; i < 3; i++)
        {
            using(var listener = Partner.Listen(rig.Path))
            using(var partner = Partner.Accept(listener))
            {
                rig.WaitForConnection(port);
                port.Receive(Partner.Packet(100, i));
                Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(100, i)));
                if(!silent)
                {
                    partner.Send(Partner.Frame(100, i));
                    rig.WaitForFrames(i + 1);
                }
            }
            rig.WaitForEnd(port);
            File.Delete(rig.Path);
        }
    }

    [Test]
    public void Client_WhosePartnerIsAway_TellsItOnce()
    {
        using var rig = new SocketRig();
        rig.Start($"addr.type=unix,addr.path={rig.Path},reconnect-ms=1");
        rig.WaitForReports(1);
        using var other = new SocketRig();
        // By then the first one has tried many more times.
        for(var i = 0; i < 20; i++)
        {
            using var port = other.Start($"addr.type=unix,addr.path={other.Path},reconnect-ms=1");
            other.WaitForReports(i + 1);
        }
        Assert.That(rig.Reports, Has.Count.EqualTo(1));
    }

    [Test]
    public void Client_OverTcp_FindsAServer()
    {
        using var rig = new SocketRig();
        var server = rig.Serve(tcp: true);
        using var other = new SocketRig();
        var client = other.Start($"server=off,addr.type=inet,addr.host=localhost,addr.port={server.ListensAt}");
        rig.WaitForConnection(server);
        other.WaitForConnection(client);
        server.Receive(Partner.Packet(700, 1));
        client.Receive(Partner.Packet(800, 2));
        other.WaitForFrames(1);
        rig.WaitForFrames(1);
        Assert.That(other.Received[0], Is.EqualTo(Partner.Frame(700, 1)));
        Assert.That(rig.Received[0], Is.EqualTo(Partner.Frame(800, 2)));
        server.Dispose();
        other.WaitForEnd(client);
    }

    // Another client that does come again is there to tell that there was time enough.
    [Test]
    public void Client_WithReconnect0_DoesNotComeAgain()
    {
        using var rig = new SocketRig();
        using var listener = Partner.Listen(rig.Path);
        var (once, often) = (0, 0);
        var port = rig.Start($"addr.type=unix,addr.path={rig.Path},reconnect=0");
        port.Changed += () => once++;
        port.Changed += rig.Pulse;
        Partner.Accept(listener).Dispose();
        rig.WaitUntil(() => once > 0 && !port.IsConnected, "the partner has gone");
        var again = rig.Start($"addr.type=unix,addr.path={rig.Path},reconnect-ms=1");
        again.Changed += () => often++;
        for(var i = 0; i < 10; i++)
        {
            Partner.Accept(listener).Dispose();
        }
        rig.WaitUntil(() => often >= 8, "the other one has come often");
        Assert.That(once, Is.LessThanOrEqualTo(2), "it came and went once; when it came, nobody may have listened to Changed yet");
    }
}
