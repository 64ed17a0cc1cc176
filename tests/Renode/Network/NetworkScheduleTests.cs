// renode-virtio-net, MIT licence: see LICENSE.
// Commands that wait for a packet, and what the monitor tells of all that waits.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode.Network;

public sealed class NetworkScheduleTests : NetworkFixture
{
    [Test]
    public void Command_OnThe3rdPacket_MeetsThisPacketAndIsDoneOnce()
    {
        var (network, left, right) = StartTwo();
        network.On("left in 3", "SetLinkIn left down");
        Send(left, 2, 1, 5);
        var lines = LinesOf(LogLevel.Info, Go);
        Assert.That(Received(right).Select(NumberOf), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(lines, Has.Some.EqualTo("SetLinkIn left down"));
        network.SetLinkIn("left", "up");
        Send(left, 2, 1, 5);
        Go();
        Assert.That(Received(right), Has.Count.EqualTo(5));
    }

    // Delivered by the machine itself, at its exact time; the network sees that when it runs next.
    [Test]
    public void Command_OnADeliveredPacket_ActsFromTheTimeOfItsArrival()
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var other = new OtherCard(new RenodeMachine("right", "02:00:00:00:00:02", hasOwnTime: true));
        Plug(network, left.Card, other);
        network.SetLinkOut("other", "delay 150us");
        network.On("other out 2", "SetLinkIn left down");
        // Sent at 10, 20, and so on; the second one arrives at 170. What the first port sends at this time comes before.
        for(ulong time = 10; time < 250; time += 10)
        {
            At(time, () => sender.TrySend(FrameTo(9, 1)));
            if(time % 100 == 90)
            {
                Go();
            }
        }
        GoFor(1000);
        Assert.That(Rows(network.Drops()), Is.EqualTo(new[] { "left:sysbus.pcie.net0 | in | Down | 7" }));
        Assert.That(other.Frames, Has.Count.EqualTo(17));
    }

    // At the synchronisation at 200 us the network does not yet send on what comes to it at 260 us by the slow link, because the packet that
    // is delivered at 240 us has something changed.
    [Test]
    public void Command_OnADeliveredPacket_MeetsWhatASlowLinkBringsLater()
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var (middle, quick) = StartCard("middle", "02:00:00:00:00:02");
        var others = new[] { "right", "far" }.Select((x, i) => new OtherCard(new RenodeMachine(x, $"02:00:00:00:00:0{3 + i}", hasOwnTime: true))).ToArray();
        Plug(network, left.Card, middle.Card, others[0], others[1]);
        network.SetLinkIn("left", "delay 150us");
        network.SetLinkOut("far", "delay 120us");
        // The network learns where they are. What the first of them sends comes to the second, too.
        others[0].Send(FrameTo(1, 8));
        others[1].Send(FrameTo(1, 9));
        Go();
        network.On("far out 2", "SetLinkOut right down");
        At(110, () => sender.TrySend(FrameTo(8, 1)));
        At(120, () => quick.TrySend(FrameTo(9, 2)));
        GoFor(1000);
        Assert.That(others[1].Frames, Has.Count.EqualTo(2));
        Assert.That(Rows(network.Drops()), Is.EqualTo(new[] { "right:sysbus.other | out | Down | 1" }));
    }

    [Test]
    public void Commands_OfOnePacket_AreDoneInTheOrderInWhichTheyWereGiven()
    {
        var (network, left, _) = StartTwo();
        network.On("any in type 0x88b5", "SetLink left 'delay 1ms'");
        network.On("left in", "SetLink left delay 2ms loss 1%");
        network.On("any in arp", "SetLink left delay 9ms");
        Send(left, 2, 1, 1);
        Go();
        Assert.That(network.GetLink("left"), Does.StartWith("in: delay 2ms loss 1%"));
        Assert.That(Rows(network.Schedule()), Is.EqualTo(new[] { "3 | on any in 1 arp | 0 | SetLink left delay 9ms" }));
    }

    [Test]
    public void Capture_OnAPacket_BeginsWithIt()
    {
        var folder = Directory.CreateTempSubdirectory("virtio-net-schedule-").FullName;
        var (network, left, _) = StartTwo();
        network.On("left in 3", $"CaptureTo @{folder}/a.pcapng ports left");
        network.On("left in 5", "StopCapture");
        Send(left, 2, 1, 7);
        Go();
        Assert.That(Tests.Wire.Captures.PcapngReader.Read($"{folder}/a.pcapng").Packets.Select(x => NumberOf(x.Bytes)), Is.EqualTo(new[] { 2, 3 }));
        Directory.Delete(folder, true);
    }

    [Test]
    public void Schedule_ShowsWhatWaits_AndCancelTakesItBack()
    {
        var (network, left, right) = StartTwo();
        network.At("1.5", "Heal");
        network.At("0.0003", "SetLink left down");
        network.On("left in 2", "SetLink left down");
        network.On("right out 3 type 0x88b5 unicast", "SetLink left down");
        Send(left, 2, 1, 1);
        Go();
        Assert.That(Rows(network.Schedule()), Is.EqualTo(new[]
        {
            "2 | at 0.0003 s | - | SetLink left down", "1 | at 1.5 s | - | Heal",
            "3 | on left:sysbus.pcie.net0 in 2 | 1 | SetLink left down", "4 | on right:sysbus.pcie.net0 out 3 type 0x88b5 unicast | 1 | SetLink left down",
        }));
        network.Cancel(3);
        network.Cancel(2);
        Assert.That((Action)(() => network.Cancel(2)), Throws.InstanceOf<RecoverableException>().With.Message.EqualTo("number is 2; it must be one of 1, 4, which Schedule shows"));
        network.CancelAll();
        Assert.That(Rows(network.Schedule()), Is.Empty);
        Assert.That((Action)(() => network.Cancel(1)), Throws.InstanceOf<RecoverableException>().With.Message.EqualTo("number is 1, and nothing is on the schedule"));
        Send(left, 2, 1, 5);
        GoFor(1000);
        Assert.That(Received(right), Has.Count.EqualTo(6));
    }

    [Test]
    public void WrongWords_AreRefusedInTheUsersWordsAndWaitForNothing()
    {
        var (network, _, _) = StartTwo();
        AssertRefused(() => network.On(null!, "Heal"), "packet is \"\"; it must be a port or any, in or out, and perhaps a number and a kind, such as \"node1 in 100\" or \"any out tcp port 80\"");
        AssertRefused(() => network.On("left", "Heal"), "direction is \"\"; it must be in (from the device) or out (to it)");
        AssertRefused(() => network.On("x in", "Heal"), "packet is \"x\"; it must be one of left:sysbus.pcie.net0, right");
        AssertRefused(() => network.On("net0 in", "Heal"), "packet is \"net0\", which fits several");
        AssertRefused(() => network.On("left in 0", "Heal"), "number is \"0\"; it must be 1");
        AssertRefused(() => network.On("left in http", "Heal"), "\"http\" is no kind of packet");
        AssertRefused(() => network.On("left in", null!), "command is \"\"; it must begin with one of SetLink");
        AssertRefused(() => network.On("left in", "SetLink left fast"), "fast");
        Assert.That(Rows(network.Schedule()), Is.Empty);
    }

    [Test]
    public void Command_WhosePortIsGone_IsNotDoneAndSaid()
    {
        var (network, left, _) = StartTwo();
        network.On("left in", "SetLink right down");
        Emulation.Connector.Disconnect(Emulation["right"].GetPeripheralsOfType<VirtioNetPci>().Single(), network);
        Send(left, 2, 1, 1);
        Assert.That(LinesOf(LogLevel.Warning, Go), Has.Count.EqualTo(1).And.Some.Contains("SetLink right down is not done: port is \"right\"; it must be one of left:sysbus.pcie.net0"));
    }

    [Test]
    [Rule("H-121")]
    public void Command_WithASnapshotBefore_IsDoneOnTheSamePacket()
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        Plug(network, left.Card, StartCard("right", "02:00:00:00:00:02").Machine.Card);
        network.On("left in 5", "SetLink left down");
        network.At("0.0005", "SetLink left up");
        Send(sender, 2, 1, 3);
        Go();
        sender.TrySend(FrameTo(2, 1, 3));
        Reload();
        Assert.That(Rows(Find("net").Schedule()), Is.EqualTo(new[] { "2 | at 0.0005 s | - | SetLink left up", "1 | on left:sysbus.pcie.net0 in 5 | 3 | SetLink left down" }));
        left.GoOnWith(Emulation["left"]);
        Send(sender, 2, 1, 3);
        Go();
        Assert.That(Rows(Find("net").Drops()), Is.EqualTo(new[] { "left:sysbus.pcie.net0 | in | Down | 3" }));
        GoFor(1000);
        Assert.That(Find("net").GetLink("left"), Does.StartWith("in: passes everything"));
        Assert.That(Rows(Find("net").Schedule()), Is.Empty);
    }

    private static void Send(NetDriver driver, int to, int from, int count)
    {
        for(var i = 0; i < count; i++)
        {
            Assert.That(driver.TrySend(FrameTo(to, from, i)), Is.True);
        }
    }

    private static void AssertRefused(Action command, string sentence)
    {
        Assert.That(command, Throws.InstanceOf<RecoverableException>().With.Message.Contains(sentence));
    }
}
