// renode-virtio-net, MIT licence: see LICENSE.
// Partners that break the framing, vanish, flood, or come and go without end: each costs itself its connection, with one
// line, and nothing grows.

using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NUnit.Framework;
using VirtioNet.Outside;
using VirtioNet.Outside.Sockets;
using VirtioNet.Tests.VhostUser;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Sockets;

[NonParallelizable]
public sealed class HostilePartnerTests
{
    [TestCase(0u)]
    [TestCase((uint)Ethernet.MaxFrameSize + 1)]
    [TestCase(0x8000_0000u)]
    [TestCase(0xFFFF_FFFFu)]
    public void Length_ThatNoFrameHas_EndsTheConnectionWithOneLine(uint length)
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using(var partner = Partner.Connect(rig, port))
        {
            // The frame before it arrives, what comes after it does not.
            partner.SendRaw([.. Partner.Framed(Partner.Frame(60, 1)), .. Partner.Length(length), .. Partner.Framed(Partner.Frame(60, 2))]);
            partner.WaitForEnd();
        }
        AssertServes(rig, port, 3);
        Assert.That(rig.Received, Is.EqualTo(new[] { Partner.Frame(60, 1), Partner.Frame(61, 3) }));
        Assert.That(rig.Reports, Is.EqualTo(new[] { new SocketRig.Report(length == 0 ? SocketRules.LengthZero : SocketRules.LengthTooLong, "", (ulong)Ethernet.MaxFrameSize, length) }));
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(63)]
    public void Partner_ThatVanishesInTheMiddleOfAFrame_IsToldOnce(int bytes)
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using(var partner = Partner.Connect(rig, port))
        {
            partner.SendRaw([.. Partner.Framed(Partner.Frame(60, 1)), .. Partner.Framed(Partner.Frame(60))[..bytes]]);
        }
        rig.WaitForReports(1);
        AssertServes(rig, port, 2);
        Assert.That(rig.Reports, Is.EqualTo(new[] { new SocketRig.Report(SocketRules.FrameCutOff, "", (ulong)bytes, 0) }));
        Assert.That(rig.Received, Is.EqualTo(new[] { Partner.Frame(60, 1), Partner.Frame(61, 2) }));
    }

    [Test]
    public void Partner_ThatGoesBetweenFrames_BreaksNoRule()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        for(var i = 0; i < 3; i++)
        {
            AssertServes(rig, port, i);
            rig.WaitForEnd(port);
        }
        Assert.That(rig.Reports, Is.Empty);
    }

    // TCP tells it by a reset, if its partner asks for that.
    [Test]
    public void Partner_ThatResetsItsConnection_IsGone()
    {
        using var rig = new SocketRig();
        var port = rig.Serve(tcp: true);
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        partner.Socket.LingerState = new LingerOption(true, 0);
        partner.Dispose();
        rig.WaitForEnd(port);
        AssertServes(rig, port, 1);
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Partner_ThatStopsInTheMiddleOfAFrame_KeepsItsConnection_AndOthersAreTurnedAway()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        var stream = Partner.Framed(Partner.Frame(100, 1));
        partner.SendRaw(stream.AsSpan(0, 50));
        rig.WaitForConnection(port);
        using(var second = Partner.Connect(rig, port))
        {
            second.WaitForEnd();
        }
        rig.WaitForReports(1);
        partner.SendRaw(stream.AsSpan(50));
        rig.WaitForFrames(1);
        Assert.That(rig.Received[0], Is.EqualTo(Partner.Frame(100, 1)));
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { SocketRules.OnePartner }));
    }

    // The old connection is full of frames that the network has no room for, so its end is not read: it is seen all the same.
    [Test]
    public void Partner_ThatComesBackWhileTheNetworkIsFull_IsNotTurnedAway([Values] bool tcp)
    {
        using var rig = new SocketRig();
        var port = rig.Serve(tcp);
        var (hasRoom, asked) = (false, false);
        rig.OnSend = () =>
        {
            asked = true;
            rig.Pulse();
            return Volatile.Read(ref hasRoom);
        };
        using(var partner = Partner.Connect(rig, port))
        {
            partner.Send(Partner.Frame(60, 1));
            rig.WaitUntil(() => asked, "the network was asked");
        }
        using var second = Partner.Connect(rig, port);
        port.Receive(Partner.Packet(60, 2));
        Volatile.Write(ref hasRoom, true);
        second.Send(Partner.Frame(60, 3));
        rig.WaitUntil(() => rig.Received.Any(x => x.SequenceEqual(Partner.Frame(60, 3))), "the second partner is served");
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Frames_ShorterThanAHeader_AreDropped_AndTheConnectionGoesOn()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        for(var length = 1; length < Ethernet.HeaderSize; length++)
        {
            partner.SendRaw([.. Partner.Length((uint)length), .. new byte[length]]);
        }
        partner.Send(Partner.Frame(14, 1));
        rig.WaitForFrames(1);
        Assert.That(port.Counters.Dropped(PartnerDrop.ReceivedTooShort), Is.EqualTo(13));
        Assert.That(rig.Reports.Select(x => x.Rule).Distinct(), Is.EqualTo(new[] { PartnerRules.ReceivedTooShort }));
        Assert.That(rig.Received, Is.EqualTo(new[] { Partner.Frame(14, 1) }));
    }

    [TestCase(14)]
    [TestCase(1514)]
    [TestCase(Ethernet.MaxFrameSize)]
    public void Flood_AllocatesNothing(int length)
    {
        using var rig = new SocketRig { KeepsFrames = false };
        var port = rig.Serve();
        var (before, after) = (0L, 0L);
        rig.OnSend = () =>
        {
            // On the port's thread.
            before = rig.Frames == Warm ? GC.GetAllocatedBytesForCurrentThread() : before;
            after = GC.GetAllocatedBytesForCurrentThread();
            return true;
        };
        using var partner = Partner.Connect(rig, port);
        var frames = Enumerable.Repeat(Partner.Framed(Partner.Frame(length)), 100).SelectMany(x => x).ToArray();
        var rounds = length > 2000 ? 20 : 500;
        for(var i = 0; i < rounds; i++)
        {
            partner.SendRaw(frames);
        }
        rig.WaitForFrames(100 * rounds);
        Assert.That(before, Is.Not.Zero);
        // What a socket of .NET's may allocate once in a while.
        Assert.That(after - before, Is.LessThan(10_000));
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Dispose_WhileAPartnerFloods_ComesBack()
    {
        using var rig = new SocketRig { KeepsFrames = false };
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        var frames = Enumerable.Repeat(Partner.Framed(Partner.Frame(14)), 1000).SelectMany(x => x).ToArray();
        var flood = Task.Run(() =>
        {
            try
            {
                for(; ; )
                {
                    partner.SendRaw(frames);
                }
            }
            catch(SocketException)
            {
                // The connection has ended.
            }
        });
        rig.WaitForFrames(10_000);
        port.Dispose();
        Assert.That(flood.Wait(FrontEnd.Limit), Is.True);
        Assert.That(port.IsConnected, Is.False);
    }

    // Each breaks a rule in another way, or none.
    [Test]
    public void Reconnects_ByThousands_LeaveNothing([Values] bool tcp)
    {
        using var rig = new SocketRig { KeepsFrames = false };
        var port = rig.Serve(tcp);
        var allocated = new List<long>();
        port.Changed += () => allocated.Add(GC.GetAllocatedBytesForCurrentThread());
        byte[][] openings = [[], Partner.Length(0), Partner.Length(uint.MaxValue), [0, 0], Partner.Framed(Partner.Frame(60))];
        Come(100);
        var before = Resources.Count();
        allocated.Clear();
        const int Count = 3000;
        Come(Count);
        Assert.That(Resources.Count().Descriptors, Is.EqualTo(before.Descriptors));
        Assert.That(allocated, Has.Count.EqualTo(2 * Count), "each has come and gone");
        // Sockets, and what is told: no buffers.
        Assert.That((allocated[^1] - allocated[0]) / Count, Is.LessThan(5000));
        AssertServes(rig, port, 1);

        void Come(int count)
        {
            for(var i = 0; i < count; i++)
            {
                using var partner = Partner.Connect(rig, port);
                rig.WaitForConnection(port);
                partner.SendRaw(openings[i % openings.Length]);
                partner.Socket.Shutdown(SocketShutdown.Send);
                partner.WaitForEnd();
                rig.WaitForEnd(port);
            }
        }
    }

    [Test]
    public void Descriptors_ThatComeAlong_AreNotKept()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        using var first = Linux.EventFd();
        rig.WaitForConnection(port);
        var before = Resources.Count();
        for(var i = 0; i < 100; i++)
        {
            Linux.Send(partner.Socket, Partner.Framed(Partner.Frame(60, i)), new SafeHandle[] { first, first, first });
        }
        rig.WaitForFrames(100);
        Assert.That(Resources.Count(), Is.EqualTo(before));
    }

    // It accepts, and hangs up at once, on everybody. The pauses grow, though the connection comes about each time: ten take
    // 10 + 20 + 40 + ... ms, with a longest pause of 50.
    [Test]
    public void Server_ThatHangsUpOnEverybody_IsNotCalledWithoutEnd()
    {
        using var rig = new SocketRig();
        using var listener = Partner.Listen(rig.Path);
        rig.Start($"addr.type=unix,addr.path={rig.Path},reconnect-ms=50");
        Partner.Accept(listener).Dispose();
        var start = Stopwatch.GetTimestamp();
        for(var i = 0; i < 5; i++)
        {
            Partner.Accept(listener).Dispose();
        }
        Assert.That(Stopwatch.GetElapsedTime(start).TotalMilliseconds, Is.GreaterThanOrEqualTo(10 + 20 + 40 + 50 + 50 - Rounding));
    }

    [TestCase("the network")]
    [TestCase("Changed")]
    public void Defect_OnThePortsThread_CostsTheConnectionAndNothingElse(string where)
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        var isThrown = false;
        Action defect = () =>
        {
            if(!isThrown)
            {
                isThrown = true;
                throw new InvalidOperationException("a defect");
            }
        };
        if(where == "Changed")
        {
            port.Changed += defect;
        }
        else
        {
            rig.OnSend = () =>
            {
                defect();
                return true;
            };
        }
        using(var first = Partner.Connect(rig, port))
        {
            if(where == "the network")
            {
                first.Send(Partner.Frame(60, 1));
            }
            first.WaitForEnd();
        }
        AssertServes(rig, port, 2);
        Assert.That(rig.Reports, Is.EqualTo(new[] { new SocketRig.Report(HostRules.Defect, "InvalidOperationException: a defect", 0, 0) }));
    }

    private static void AssertServes(SocketRig rig, StreamSocketPort port, int number)
    {
        using var partner = Partner.Connect(rig, port);
        // Once its own frame has come, and none of its predecessors', the port is connected to it.
        partner.Send(Partner.Frame(61, number));
        rig.WaitUntil(() => rig.Last?.SequenceEqual(Partner.Frame(61, number)) == true, "another partner is served");
        port.Receive(Partner.Packet(80, number));
        Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(80, number)));
    }

    // Frames until all code was compiled and all buffers have their size.
    private const int Warm = 200;
    // poll(2) counts whole milliseconds.
    private const int Rounding = 5;
}
