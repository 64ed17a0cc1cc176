// renode-virtio-net, MIT licence: see LICENSE.
// Frames over vhost-user, with the driver that also drives the PCI card.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.VhostUser;

public sealed class TrafficTests
{
    [Test]
    public void Frames_BothWays_ArriveUnchanged([Values] bool packed, [Values] bool mergeable, [Values] bool eventIdx, [Values(0UL, 0x9UL, VhostUserDriver.AllProtocolFeatures)] ulong protocol)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path, protocol);
        var driver = new NetDriver(transport, receiveBufferSize: mergeable ? 256 : 2048);
        driver.Start(Wanted(packed, mergeable, eventIdx), 16);
        for(var i = 0; i < 100; i++)
        {
            Exchange(rig, driver, 60 + 14 * i);
        }
        Assert.That(rig.Reports, Is.Empty);
        Assert.That(rig.Backend.Counters.TxFrames, Is.EqualTo(100));
        Assert.That(rig.Backend.Counters.RxFrames, Is.EqualTo(100));
    }

    [Test]
    public void Frame_OfLegacyDriver_HasShortHeader()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(new FeatureSet(), 16);
        Exchange(rig, driver, 100);
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Frame_DescribedByTable_Arrives([Values] bool packed)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(Wanted(packed, true, true), 16);
        var frame = Frames.Make(500, 1);
        var buffer = transport.Ram.Allocate(600);
        transport.Ram.Write(buffer + 12, frame);
        driver.TransmitRing.AddIndirect(new Piece(buffer, 12, false), new Piece(buffer + 12, 500, false));
        transport.Notify(NetLayout.TransmitQueue);
        Assert.That(rig.Sent, Is.EqualTo(new[] { frame }));
    }

    [Test]
    public void Call_WhenFrameIsReceived_IsSignalled([Values] bool wanted)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(Wanted(false, true, false), 16);
        driver.ReceiveRing.WantsNotifications = wanted;
        Linux.Take(transport.Call(NetLayout.ReceiveQueue));
        rig.Backend.Receive(Frames.Make(100, 1));
        Assert.That(Linux.Take(transport.Call(NetLayout.ReceiveQueue)), Is.EqualTo(wanted ? 1 : 0));
    }

    [Test]
    public void Ring_WithoutKick_IsPolled()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(Wanted(false, true, false), 16);
        transport.FrontEnd.Do(Request.SetVringKick, FrontEnd.Number(NetLayout.TransmitQueue | 0x100));
        var frame = Frames.Make(100, 1);
        var buffer = transport.Ram.Allocate(200);
        transport.Ram.Write(buffer + 12, frame);
        driver.TransmitRing.Add(new Piece(buffer, 112, false));
        Linux.Wait(transport.Call(NetLayout.TransmitQueue));
        transport.FrontEnd.Settle();
        Assert.That(rig.Sent, Is.EqualTo(new[] { frame }));
    }

    [Test]
    public void Answer_OfAFlow_ComesToThePairThatSentIt([Range(0, 3)] int pair)
    {
        using var rig = new BackendRig(queuePairs: 4);
        using var transport = new VhostUserDriver(rig.Path);
        transport.Probe();
        Assert.That(transport.FrontEnd.AskNumber(Request.GetQueueNum), Is.EqualTo(4));
        transport.Negotiate(Wanted(false, true, false).With(Feature.Mq));
        var rings = Enumerable.Range(0, 8).Select(x => transport.SetupRing(x, 16)).ToArray();
        transport.Status = DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
        foreach(var ring in rings.Where(x => x.Index % 2 == 0))
        {
            ring.Add(new Piece(transport.Ram.Allocate(2048), 2048, true));
        }
        var frame = new OffloadPackets(false, false).Make(100);
        var buffer = transport.Ram.Allocate(2048);
        transport.Ram.Write(buffer + 12, frame);
        rings[2 * pair + 1].Add(new Piece(buffer, (uint)frame.Length + 12, false));
        transport.Notify(2 * pair + 1);
        rig.Backend.Receive((byte[])frame.Clone());
        Assert.That(rings.Where(x => x.Index % 2 == 0).Select(x => x.TryTakeUsed(out _)), Is.EqualTo(Enumerable.Range(0, 4).Select(x => x == pair)));
        // The pair is taken away: its frames go to another one.
        transport.StopRing(2 * pair);
        rig.Backend.Receive((byte[])frame.Clone());
        Assert.That(rings.Count(x => x.Index % 2 == 0 && x.TryTakeUsed(out _)), Is.EqualTo(1));
    }

    internal static FeatureSet Wanted(bool packed, bool mergeable, bool eventIdx)
    {
        var wanted = new FeatureSet().With(Feature.Version1).With(Feature.IndirectDesc);
        wanted = packed ? wanted.With(Feature.RingPacked) : wanted;
        wanted = mergeable ? wanted.With(Feature.MrgRxbuf) : wanted;
        return eventIdx ? wanted.With(Feature.EventIdx) : wanted;
    }

    internal static void Exchange(BackendRig rig, NetDriver driver, int length)
    {
        var frame = Frames.Make(length, length);
        Assert.That(driver.TrySend(frame), Is.True);
        Assert.That(rig.Sent.Last(), Is.EqualTo(frame));
        rig.Backend.Receive((byte[])frame.Clone());
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(frame));
    }
}
