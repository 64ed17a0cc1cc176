// renode-virtio-net, MIT licence: see LICENSE.
// Rings that are started and enabled, in any order. Nothing that a guest has sent is thrown away in between.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.VhostUser;

public sealed class EnableTests
{
    // The guest goes on sending while there is no connection, and kicks.
    [Test]
    [Rule("F-22")]
    public void Frame_ThatWaitsAtAReconnect_IsSentWhenItsRingIsEnabled([Values] bool packed, [Values(0UL, 0x9UL, VhostUserDriver.AllProtocolFeatures)] ulong protocol, [Values] bool kicked, [Values] bool enabledFirst)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path, protocol);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(packed, true, false), 16);
        TrafficTests.Exchange(rig, driver, 100);
        var bases = new[] { transport.StopRing(0), transport.StopRing(1) };
        transport.FrontEnd.Dispose();
        rig.WaitUntil(x => !x.IsConnected, "disconnected");
        var frame = Queue(transport, driver);
        if(kicked)
        {
            Linux.Signal(transport.Kick(NetLayout.TransmitQueue));
        }

        transport.Reconnect();
        transport.Status = DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
        if(enabledFirst && protocol != 0)
        {
            transport.Enable(NetLayout.TransmitQueue, true);
        }
        transport.StartRing(driver.ReceiveRing, bases[0], false);
        transport.StartRing(driver.TransmitRing, bases[1], false);
        transport.FrontEnd.Settle();
        Assert.That(rig.Sent, Has.Count.EqualTo(enabledFirst || protocol == 0 ? 2 : 1));
        if(protocol != 0)
        {
            transport.Enable(NetLayout.ReceiveQueue, true);
            transport.Enable(NetLayout.TransmitQueue, true);
            transport.FrontEnd.Settle();
        }
        Assert.That(rig.Sent.Skip(1), Is.EqualTo(new[] { frame }));
        Assert.That(rig.Backend.Counters.TxDropLinkDown, Is.Zero);
        // Takes back the buffer of Queue, which NetDriver does not know.
        while(driver.TransmitRing.TryTakeUsed(out _))
        {
        }
        TrafficTests.Exchange(rig, driver, 200);
        Assert.That(rig.Reports, Is.Empty);
    }

    // DPDK's driver stops and starts its rings in this order.
    [Test]
    [Rule("F-22")]
    public void Frame_InARingThatWasDisabledAndStopped_IsSentWhenItIsStartedAndEnabled()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path, 0x9);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, false), 16);
        transport.Enable(NetLayout.TransmitQueue, false);
        var position = transport.StopRing(NetLayout.TransmitQueue);
        var frame = Queue(transport, driver);
        transport.StartRing(driver.TransmitRing, position, false);
        Linux.Signal(transport.Kick(NetLayout.TransmitQueue));
        transport.FrontEnd.Settle();
        Assert.That(rig.Sent, Is.Empty);
        transport.Enable(NetLayout.TransmitQueue, true);
        transport.FrontEnd.Settle();
        Assert.That(rig.Sent, Is.EqualTo(new[] { frame }));
    }

    [Test]
    public void Rings_DisabledWhileTheyRun_AreEmptied_AndNothingPasses()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, false), 16);
        transport.Enable(NetLayout.ReceiveQueue, false);
        transport.Enable(NetLayout.TransmitQueue, false);
        transport.FrontEnd.Settle();
        Queue(transport, driver);
        transport.Notify(NetLayout.TransmitQueue);
        rig.Backend.Receive(Frames.Make(100, 2));
        Assert.That(driver.TransmitRing.TryTakeUsed(out _), Is.True);
        Assert.That(driver.TryReceive(out _), Is.False);
        Assert.That(rig.Sent, Is.Empty);
        Assert.That(rig.Backend.Counters.TxDropLinkDown, Is.EqualTo(1));
        Assert.That(rig.Backend.Counters.RxDropLinkDown, Is.EqualTo(1));
        transport.Enable(NetLayout.ReceiveQueue, true);
        transport.Enable(NetLayout.TransmitQueue, true);
        transport.FrontEnd.Settle();
        TrafficTests.Exchange(rig, driver, 100);
    }

    [TestCase(Request.ResetOwner)]
    [TestCase(Request.ResetDevice)]
    public void Rings_AfterAResetByMessage_AreDisabled_UntilTheyAreEnabled(Request reset)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, false), 16);
        transport.FrontEnd.Send(reset, default);
        transport.FrontEnd.Settle();
        rig.Backend.Receive(Frames.Make(100, 2));
        Assert.That(rig.Backend.Counters.RxDropLinkDown + rig.Backend.Counters.RxDropNotReady, Is.EqualTo(1));
        driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, false), 16);
        TrafficTests.Exchange(rig, driver, 100);
    }

    // A front end without protocol features has no message that enables rings, so they are enabled with its features.
    [Test]
    public void Rings_WhenFeaturesComeWithoutProtocolFeatures_AreEnabledAtOnce()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, false), 16);
        transport.Enable(NetLayout.TransmitQueue, false);
        transport.FrontEnd.Send(Request.SetFeatures, FrontEnd.Number(transport.Features.Low));
        transport.FrontEnd.Settle();
        TrafficTests.Exchange(rig, driver, 100);
    }

    // With protocol feature STATUS rings run only from DRIVER_OK on.
    [Test]
    public void Rings_OfAFrontEndWithStatus_RunFromDriverOkOn()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        transport.Probe();
        transport.Negotiate(TrafficTests.Wanted(false, true, false));
        var ring = transport.SetupRing(NetLayout.TransmitQueue, 16);
        ring.Add(new Piece(transport.Ram.Allocate(112), 112, false));
        transport.Notify(NetLayout.TransmitQueue);
        Assert.That(rig.Sent, Is.Empty);
        transport.Status = DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
        transport.FrontEnd.Settle();
        Assert.That(rig.Sent, Has.Count.EqualTo(1));
    }

    private static byte[] Queue(VhostUserDriver transport, NetDriver driver)
    {
        var frame = Frames.Make(300, 7);
        var buffer = transport.Ram.Allocate(400);
        transport.Ram.Write(buffer + 12, frame);
        driver.TransmitRing.Add(new Piece(buffer, 312, false));
        return frame;
    }
}
