// renode-virtio-net, MIT licence: see LICENSE.
// What comes to the switch before the next run is sent on already, so that it is at its receiver in time.

using NUnit.Framework;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class LookAheadTests
{
    // The first one's link to the switch takes 10 ms; the second one schedules; the third may send at any time, and sends at once.
    [SetUp]
    public void Connect()
    {
        rig = new NetworkRig(1);
        device = new ScheduledDevice();
        rig.Add(device);
        rig.Add();
        rig.Learn();
        device.Alarm = null;
        rig.Ports[0].In.Settings = Words("delay 10ms");
    }

    [Test]
    public void Run_NothingOnTheLinkOut_DeliversAtTheExactTime()
    {
        DeliverTwoExactly(0);
    }

    [Test]
    public void Run_BroadcastOfASenderThatIsNotKnown_DeliversAtTheExactTime()
    {
        rig.Send(0, Frame(7, Everybody, 1), time: 3);

        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        device.RunUntil(rig.Ports[1], 15 * Ms);

        Assert.That(device.Marks, Is.EqualTo($"{10 * Ms + 3}:1"));
    }

    // A frame of 60 bytes takes 480 ns to send.
    [Test]
    public void Run_AllLinksInAreSlow_DeliversAtTheExactTimeWhateverTheLinkOutDoes()
    {
        foreach(var port in rig.Ports)
        {
            port.In.Settings = Words("delay 10ms");
        }
        rig.Ports[1].Out.Settings = Words("rate 1gbit");
        DeliverTwoExactly(480);
    }

    // Each of these may change where the packet goes, or when it is there, before it comes to the switch. It waits for the next run.
    [TestCase("a link out with a rate", "Out rate 1gbit")]
    [TestCase("a link in on which others may pass", "In delay 10ms reorder 1%")]
    [TestCase("a mirror of the sender", "mirror 0")]
    [TestCase("a mirror of the receiver", "mirror 1")]
    [TestCase("a receiver that is not known", "unknown")]
    [TestCase("a sender that is at another port", "elsewhere")]
    [TestCase("a broadcast, and a link out with a rate", "Out rate 1gbit", Everybody)]
    [TestCase("a broadcast, and a mirror of the sender", "mirror 0", Everybody)]
    [TestCase("a broadcast, and a mirror of a receiver", "mirror 1", Everybody)]
    [TestCase("a change", "unchanged")]
    public void Run_WhatIsNotSentYetMayMatter_WaitsForIt(string what, string change, int to = 1)
    {
        var words = change[(change.IndexOf(' ') + 1)..];
        switch(change.Split(' ')[0])
        {
        case "Out":
            rig.Ports[1].Out.Settings = Words(words);
            break;
        case "In":
            rig.Ports[0].In.Settings = Words(words);
            break;
        case "mirror":
            rig.Ports[words[0] - '0'].MirroredTo = rig.Ports[2];
            break;
        }
        var frame = Frame(change == "elsewhere" ? 2 : 0, change == "unknown" ? 8 : to);
        rig.Send(0, frame, time: 3);
        rig.Network.Run(10 * Ms, 15 * Ms, change == "unchanged" ? 10 * Ms + 2 : ulong.MaxValue);
        Assert.That(device.Alarm, Is.Null, what);
    }

    [Test]
    public void Run_AllPortsDisconnectedMeanwhile_DropsWhatIsOnItsWay()
    {
        rig.Send(0, 1, time: 3);
        rig.Network.Run(Ms);
        var sender = rig.Ports[0];
        rig.Ports.ForEach(rig.Network.Disconnect);

        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        rig.Network.Run(15 * Ms, horizon: 20 * Ms);

        Assert.That(sender.Sent.DroppedBy(DropReason.NoPort), Is.EqualTo(1));
        Assert.That(rig.Network.NextEvent, Is.Null);
    }

    [Test]
    public void LookAhead_OneThatMustWait_HoldsBackThoseBehindIt()
    {
        rig.Send(0, 8, time: 3, mark: 1);
        rig.Send(0, 1, time: 4, mark: 2);

        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        Assert.That(device.Alarm, Is.Null);
        rig.Network.Run(15 * Ms, horizon: 20 * Ms);

        Assert.That(device.Marks, Is.EqualTo($"{10 * Ms + 3}:1 {10 * Ms + 4}:2"));
    }

    [Test]
    public void LookAhead_SentMeanwhileBeforeIt_IsDeliveredInTheNextRun()
    {
        rig.Send(0, 1, time: 3, mark: 1);
        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        device.RunUntil(rig.Ports[1], 15 * Ms);

        // Two ports that send at once, before and after what went ahead.
        rig.Send(2, 1, time: 10 * Ms + 1, mark: 2);
        rig.Send(2, 1, time: 10 * Ms + 5, mark: 3);
        // To the one who is known to have sent later than this.
        rig.Send(2, 0, time: 10 * Ms + 2, mark: 4);
        rig.Network.Run(15 * Ms, horizon: 20 * Ms);

        Assert.That(device.Marks, Is.EqualTo($"{10 * Ms + 3}:1 {10 * Ms + 1}:2 {10 * Ms + 5}:3"));
        Assert.That(rig.Devices[0].Marks, Is.EqualTo($"{10 * Ms + 2}:4"));
        Assert.That((rig.Ports[1].Received.Packets, rig.Ports[1].Received.Dropped), Is.EqualTo((3UL, 0UL)));
    }

    private void DeliverTwoExactly(ulong later)
    {
        rig.Send(0, 1, time: 3, mark: 1);
        rig.Send(0, 1, time: 1000, mark: 2);

        rig.Network.Run(5 * Ms, horizon: 10 * Ms);
        Assert.That(device.Alarm, Is.Null);
        rig.Network.Run(10 * Ms, horizon: 15 * Ms);
        Assert.That(device.Received, Is.Empty, "its time has not come");
        device.RunUntil(rig.Ports[1], 15 * Ms);
        Assert.That(device.Marks, Is.EqualTo($"{10 * Ms + 3 + later}:1 {10 * Ms + 1000 + later}:2"));
        rig.Network.Run(15 * Ms, horizon: 20 * Ms);

        Assert.That(device.Received, Has.Count.EqualTo(2), "nothing is delivered twice");
        Assert.That(rig.Network.Now, Is.EqualTo(15 * Ms));
    }

    private NetworkRig rig = null!;
    private ScheduledDevice device = null!;
}
