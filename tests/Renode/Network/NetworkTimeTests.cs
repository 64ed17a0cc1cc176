// renode-virtio-net, MIT licence: see LICENSE.
// When packets arrive, and that their order does not depend on the host.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Time;
using Antmicro.Renode.UserInterface;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Renode.Network;

public sealed class NetworkTimeTests : NetworkFixture
{
    // Sent at 30 us, and synchronised each 100 us.
    [TestCase("out", 70_000UL)]
    [TestCase("out", 100_000UL)]
    [TestCase("out", 123_456UL)]
    [TestCase("out", 1_000_001UL)]
    // The receiver may send at any time, and what it sends may come to the switch before.
    [TestCase("in", 100_000UL)]
    [TestCase("in", 123_456UL)]
    [TestCase("in", 1_000_001UL)]
    public void Packet_DelayedOverTheNextSynchronisation_ArrivesAtItsExactTime(string direction, ulong delay)
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var machine = new RenodeMachine("right", "02:00:00:00:00:02", hasOwnTime: true);
        var other = new OtherCard(machine);
        Plug(network, left.Card, other);
        if(direction == "in")
        {
            network.SetLinkIn("left", $"delay {delay}ns");
        }
        else
        {
            network.SetLinkOut("other", $"delay {delay}ns");
        }
        At(30, () => sender.TrySend(Ethernet.Frame(MacAddress.Broadcast, new MacAddress(0x02_00_00_00_00_01), Ethernet.Experimental, 46)));
        var due = 30_000 + delay;
        machine.Machine.ScheduleAction(TimeInterval.FromNanoseconds(due - 1), _ => other.Log.Add("before"));
        machine.Machine.ScheduleAction(TimeInterval.FromNanoseconds(due + 1), _ => other.Log.Add("after"));
        GoFor(2000);
        Assert.That(other.Log, Is.EqualTo(new[] { "before", "frame", "after" }));
    }

    // When a guest on such a machine sees what is on its schedule depends on the host's threads.
    [Test]
    public void Packet_ForAMachineThatSharesItsTime_ArrivesAtTheNextSynchronisation()
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var machine = new RenodeMachine("right", "02:00:00:00:00:02");
        var other = new OtherCard(machine);
        Plug(network, left.Card, other);
        network.SetLinkOut("other", "delay 123us");
        At(30, () => sender.TrySend(FrameTo(9, 1)));
        machine.Machine.ScheduleAction(TimeInterval.FromMicroseconds(199), _ => other.Log.Add("before"));
        machine.Machine.ScheduleAction(TimeInterval.FromMicroseconds(201), _ => other.Log.Add("after"));
        GoFor(1000);
        Assert.That(other.Log, Is.EqualTo(new[] { "before", "frame", "after" }));
    }

    // The one machine of an emulation shares its time with nobody.
    [Test]
    public void Packet_ForTheOnlyMachine_ArrivesAtItsExactTime()
    {
        var network = MakeNetwork();
        var machine = new RenodeMachine("right", "02:00:00:00:00:02");
        var other = new OtherCard(machine);
        var outside = new NetworkUplink();
        Emulation.ExternalsManager.AddExternal(outside, "outside");
        Plug(network, other, outside.Other);
        network.SetLinkOut("other", "delay 123us");
        outside.ReceiveFrame(Wrap(FrameTo(9, 1)));
        machine.Machine.ScheduleAction(TimeInterval.FromMicroseconds(122), _ => other.Log.Add("before"));
        machine.Machine.ScheduleAction(TimeInterval.FromMicroseconds(124), _ => other.Log.Add("after"));
        GoFor(1000);
        Assert.That(other.Log, Is.EqualTo(new[] { "before", "frame", "after" }));
    }

    [Test]
    public void Node_HasATimeOfItsOwnAndTheEmulationsSettings()
    {
        Emulation.SetGlobalQuantum(TimeInterval.FromMilliseconds(2));
        Emulation.SetGlobalSerialExecution(true);
        Emulation.SetGlobalAdvanceImmediately(true);
        Emulation.CreateNode("node1");
        Assert.That(Emulation.TryGetMachineByName("node1", out var machine), Is.True);
        Assert.That(machine.LocalTimeSource, Is.Not.SameAs(Emulation.MasterTimeSource));
        Assert.That(machine.LocalTimeSource.Quantum, Is.EqualTo(TimeInterval.FromMilliseconds(2)));
        Assert.That((machine.LocalTimeSource.ExecuteInSerial, machine.LocalTimeSource.AdvanceImmediately), Is.EqualTo((true, true)));
        GoFor(6000);
        Assert.That(machine.ElapsedVirtualTime.TimeElapsed, Is.EqualTo(TimeInterval.FromMilliseconds(6)));
    }

    // Renode by itself gives each machine the new quantum in the middle of what it has been granted, and ends sooner or later.
    [Test]
    public void Nodes_GetANewQuantumWhileTheyRun([Values] bool afterLoad)
    {
        Emulation.CreateNode("node1");
        Emulation.CreateNode("node2");
        Emulation.SetGlobalAdvanceImmediately(true);
        if(afterLoad)
        {
            Reload();
        }
        var times = Emulation.Machines.Select(x => (TimeSourceBase)x.LocalTimeSource).Append(Emulation.MasterTimeSource).ToArray();
        Emulation.StartAll();
        for(var i = 0; i < 300; i++)
        {
            var quantum = TimeInterval.FromMicroseconds(i % 3 == 0 ? 1000u : i % 3 == 1 ? 100u : 70u);
            Emulation.SetGlobalQuantum(quantum);
            Assert.That(times.Select(x => x.Quantum), Is.All.EqualTo(quantum));
            using var isSynced = new ManualResetEventSlim();
            TimeInterval[] reached = [];
            Emulation.MasterTimeSource.ExecuteInNearestSyncedState(_ =>
            {
                reached = times.Select(x => x.ElapsedVirtualTime).ToArray();
                isSynced.Set();
            });
            Assert.That(isSynced.Wait(TimeSpan.FromSeconds(60)), Is.True);
            Assert.That(reached[0], Is.EqualTo(reached[1]), $"round {i}: the machines have not come equally far");
            // On a busy host, both may keep a part of a quantum that they were granted before it was changed.
            Assert.That(reached[2].TotalMicroseconds - reached[0].TotalMicroseconds, Is.InRange(0, 1000), $"round {i}: the machines are behind the emulation");
        }
        Emulation.PauseAll();
    }

    [Test]
    public void Nodes_GetANewQuantumFromAnActionAtASynchronisation()
    {
        Emulation.CreateNode("node1");
        using var isSet = new ManualResetEventSlim();
        Emulation.MasterTimeSource.ExecuteInNearestSyncedState(_ =>
        {
            Emulation.SetGlobalQuantum(TimeInterval.FromMicroseconds(500));
            isSet.Set();
        });
        Emulation.StartAll();
        Assert.That(isSet.Wait(TimeSpan.FromSeconds(60)), Is.True);
        Emulation.PauseAll();
        Assert.That(Emulation.Machines.Select(x => x.LocalTimeSource.Quantum), Is.All.EqualTo(TimeInterval.FromMicroseconds(500)));
    }

    [TestCase(null, "name is \"\"; it must be a word")]
    [TestCase(" ", "name is \" \"; it must be a word")]
    [TestCase("node1", "name is \"node1\", which another machine has; it must be a new one")]
    public void Node_WithAWrongName_IsNotMade(string? name, string answer)
    {
        Emulation.CreateNode("node1");
        Assert.That((Action)(() => Emulation.CreateNode(name!)), Throws.InstanceOf<RecoverableException>().With.Message.Contains(answer));
        Assert.That(Emulation.Machines.Count(), Is.EqualTo(1));
    }

    [Test]
    public void Packets_OfOneQuantum_ArriveEachAtItsTime()
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var machine = new RenodeMachine("right", "02:00:00:00:00:02", hasOwnTime: true);
        var other = new OtherCard(machine);
        Plug(network, left.Card, other);
        network.SetLinkOut("other", "delay 1ms");
        for(var i = 1; i < 9; i++)
        {
            var time = 10 * (ulong)i;
            At(time, () => sender.TrySend(FrameTo(9, 1)));
            machine.Machine.ScheduleAction(TimeInterval.FromMicroseconds(1000 + time + 5), _ => other.Log.Add($"{time}"));
        }
        GoFor(2000);
        Assert.That(other.Log, Is.EqualTo(Enumerable.Range(1, 8).SelectMany(x => new[] { "frame", $"{10 * x}" })));
    }

    [Test]
    public void Packets_OfSeveralCards_ArriveInTheOrderOfTheirTimesAndPorts([Values(0, 1, 2, 3)] int seed)
    {
        var network = MakeNetwork();
        var drivers = Enumerable.Range(1, 4).Select(x => StartCard($"machine{x}", $"02:00:00:00:00:0{x}")).ToArray();
        Plug(network, drivers.Select(x => x.Machine.Card).ToArray());
        // Three machines send to the fourth: 12 frames, handed over in another order each time. Those of one card keep their order.
        var sends = Enumerable.Range(0, 12).Select(x => (Card: x % 3, Time: 10 * (ulong)(1 + x / 6), Number: x)).ToArray();
        var random = new Random(seed);
        foreach(var group in sends.GroupBy(x => x.Card).OrderBy(_ => random.Next()))
        {
            foreach(var send in group)
            {
                At(send.Time, () => drivers[send.Card].Driver.TrySend(FrameTo(4, send.Card + 1, send.Number)));
            }
        }
        Go();
        var expected = sends.OrderBy(x => x.Time).ThenBy(x => x.Card).Select(x => x.Number);
        Assert.That(Received(drivers[3].Driver).Select(NumberOf), Is.EqualTo(expected));
    }

    [Test]
    public void Loss_InSerialAndInParallel_TakesTheSameFrames()
    {
        var serial = RunLossy(true);
        EmulationManager.Instance.Clear();
        var parallel = RunLossy(false);
        Assert.That(serial, Has.Count.InRange(100, 300));
        Assert.That(parallel, Is.EqualTo(serial));
    }

    [Test]
    public void Frames_InARunThatEndsInsideAQuantum_StillArriveAtTheirTimes()
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var machine = new RenodeMachine("right", "02:00:00:00:00:02", hasOwnTime: true);
        var other = new OtherCard(machine);
        Plug(network, left.Card, other);
        network.SetLinkOut("other", "delay 150us");
        sender.TrySend(FrameTo(9, 1));
        GoFor(100);
        GoFor(20);
        GoFor(20);
        Assert.That(other.Frames, Is.Empty);
        GoFor(20);
        Assert.That(other.Frames, Has.Count.EqualTo(1));
        GoFor(1000);
        Assert.That(other.Frames, Has.Count.EqualTo(1));
    }

    [Test]
    public void Command_AtATime_ChangesWhatIsSentAfterIt()
    {
        var (network, left, right) = StartTwo();
        network.At("0.00005", "SetLink left down");
        network.At("0.00007", "SetLink left up");
        for(var i = 0; i < 10; i++)
        {
            var number = i;
            At(10 * (ulong)i, () => left.TrySend(FrameTo(2, 1, number)));
        }
        Go();
        // Down from 50 us on; the frame that is sent at the very time of a command is handled before it.
        Assert.That(Received(right).Select(NumberOf), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5, 8, 9 }));
    }

    [Test]
    [Rule("H-121")]
    public void Packets_OnTheirWay_GoOnAfterASnapshotAsWithoutOne()
    {
        var uninterrupted = RunDelayed(interrupted: false);
        EmulationManager.Instance.Clear();
        var interrupted = RunDelayed(interrupted: true);
        Assert.That(uninterrupted, Has.Count.InRange(30, 79));
        Assert.That(interrupted, Is.EqualTo(uninterrupted));
    }

    private static List<int> RunLossy(bool isSerial)
    {
        Emulation.SetGlobalSerialExecution(isSerial);
        var (network, left, right) = StartTwo();
        network.SetLink("left", "loss 50%");
        var numbers = new List<int>();
        for(var i = 0; i < 400; i++)
        {
            left.TrySend(FrameTo(2, 1, i));
            if(i % 50 == 49)
            {
                Go();
                numbers.AddRange(Received(right).Select(NumberOf));
            }
        }
        return numbers;
    }

    // Frames are on their way for several quanta, and more are sent meanwhile. If interrupted, there is a snapshot in each quantum. Returns
    // what has arrived, after each quantum.
    private static List<string> RunDelayed(bool interrupted)
    {
        var network = MakeNetwork();
        var machines = new[] { new RenodeMachine("left", "02:00:00:00:00:01"), new RenodeMachine("right", "02:00:00:00:00:02") };
        var drivers = machines.Select(x => new NetDriver(x)).ToArray();
        foreach(var driver in drivers)
        {
            driver.Start();
        }
        Plug(network, machines.Select(x => x.Card).ToArray());
        network.SetLink("left", "delay 350us 200us loss 30%");
        network.At("0.0005", "SetLink right delay 130us");
        var arrived = new List<string>();
        for(var i = 0; i < 20; i++)
        {
            if(i < 10)
            {
                for(var side = 0; side < 2; side++)
                {
                    var (driver, frame) = (drivers[side], FrameTo(2 - side, 1 + side, i));
                    At(100 * (ulong)i + 20, () => driver.TrySend(frame));
                    At(100 * (ulong)i + 40, () => driver.TrySend(frame));
                    At(100 * (ulong)i + 60, () => driver.TrySend(frame));
                    At(100 * (ulong)i + 80, () => driver.TrySend(frame));
                }
            }
            if(interrupted)
            {
                Reload();
                machines[0].GoOnWith(Emulation["left"]);
                machines[1].GoOnWith(Emulation["right"]);
            }
            Go();
            arrived.AddRange(drivers.SelectMany((x, side) => Received(x).Select(y => $"{i} {side} {NumberOf(y)}")));
        }
        arrived.AddRange(Rows(Find("net").Counters()));
        return arrived;
    }
}
