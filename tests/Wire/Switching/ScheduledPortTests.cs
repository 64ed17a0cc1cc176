// renode-virtio-net, MIT licence: see LICENSE.
// Delivery at the exact time, between two runs.

using NUnit.Framework;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class ScheduledPortTests
{
    [SetUp]
    public void Connect()
    {
        rig = new NetworkRig(1);
        device = new ScheduledDevice();
        rig.Add(device);
        rig.Ports[1].Out.Settings = Words("delay 10ms");
    }

    [Test]
    public void Announce_DueBeforeTheHorizon_IsDeliveredAtItsTime()
    {
        rig.Send(0, 1, time: 3, mark: 1);
        rig.Send(0, 1, time: 4, mark: 2);

        rig.Network.Run(5 * Ms, horizon: 10 * Ms);
        Assert.That((device.Alarm, rig.Ports[1].Announced), Is.EqualTo(((ulong?)null, (ulong?)null)));
        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        Assert.That((device.Alarm, rig.Ports[1].Announced), Is.EqualTo(((ulong?)(10 * Ms + 3), (ulong?)(10 * Ms + 3))));
        device.RunUntil(rig.Ports[1], 15 * Ms);
        Assert.That(device.Marks, Is.EqualTo($"{10 * Ms + 3}:1 {10 * Ms + 4}:2"));
        Assert.That(rig.Ports[1].Announced, Is.Null);
        rig.Network.Run(15 * Ms, horizon: 20 * Ms);

        Assert.That(device.Received, Has.Count.EqualTo(2), "nothing is delivered twice");
        Assert.That(rig.Ports[1].Received.Packets, Is.EqualTo(2));
    }

    [Test]
    public void Run_DeviceDidNotTake_DeliversInItsPlace()
    {
        rig.Send(0, 1, time: 3, mark: 1);
        rig.Send(0, 1, time: 5, mark: 2);
        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        device.RunUntil(rig.Ports[1], 10 * Ms + 3);

        rig.Network.Run(15 * Ms, horizon: 20 * Ms);
        Assert.That(device.Marks, Is.EqualTo($"{10 * Ms + 3}:1 {10 * Ms + 5}:2"));
        rig.Ports[1].Deliver(16 * Ms);

        Assert.That(device.Received, Has.Count.EqualTo(2), "an alarm that comes late delivers nothing twice");
    }

    [Test]
    public void Deliver_BeforeItsTimeOrAfterTheHorizon_GivesNothing()
    {
        rig.Send(0, 1, time: 3);
        rig.Network.Run(5 * Ms, horizon: 10 * Ms);
        rig.Ports[1].Deliver(12 * Ms);
        Assert.That(device.Received, Is.Empty, "after the horizon");
        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        rig.Ports[1].Deliver(10 * Ms + 2);
        Assert.That(device.Received, Is.Empty, "before its time");
        Assert.That(device.Alarm, Is.EqualTo(10 * Ms + 3));
    }

    [Test]
    public void Run_DueInTheRunItself_IsDeliveredByIt()
    {
        rig.Send(0, 1, time: 3, mark: 1);

        rig.Network.Run(30 * Ms, horizon: 40 * Ms);

        Assert.That(device.Marks, Is.EqualTo($"{10 * Ms + 3}:1"));
        Assert.That(device.Alarm, Is.Null);
    }

    [Test]
    public void Run_ShorterDelaySince_DeliversInTheOrderOfTimes()
    {
        rig.Send(0, 1, time: 0, mark: 1);
        rig.Network.Run(Ms, horizon: 2 * Ms);
        rig.Ports[1].Out.Settings = Words("delay 3ms");
        rig.Send(0, 1, time: 6 * Ms, mark: 2);

        rig.Network.Run(8 * Ms, horizon: 12 * Ms);
        device.RunUntil(rig.Ports[1], 12 * Ms);

        Assert.That(device.Marks, Is.EqualTo($"{9 * Ms}:2 {10 * Ms}:1"));
    }

    [Test]
    public void Disconnect_OnTheWay_IsNeverDelivered()
    {
        rig.Send(0, 1, time: 0);
        rig.Network.Run(8 * Ms, horizon: 12 * Ms);

        rig.Network.Disconnect(rig.Ports[1]);
        device.RunUntil(rig.Ports[1], 12 * Ms);
        rig.Network.Run(20 * Ms, horizon: 30 * Ms);

        Assert.That(device.Received, Is.Empty);
        Assert.That(rig.Ports[1].Received.DroppedBy(DropReason.NoPort), Is.EqualTo(1));
    }

    private NetworkRig rig = null!;
    private ScheduledDevice device = null!;
}
