// renode-virtio-net, MIT licence: see LICENSE.
// Snapshots, which Renode makes with its serializer Migrant: a loaded card goes on where it was in the middle of its work.

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Time;
using Antmicro.Renode.Utilities;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class SnapshotTests : RenodeFixture
{
    [Test]
    [Rule("H-121")]
    public void Card_SavedAndLoaded_GoesOnWithTheSameRings()
    {
        var (machine, driver) = StartCard();
        for(var i = 0; i < 300; i++)
        {
            Assert.That(driver.TrySend(TestFrame(100, i)), Is.True);
        }
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));

        // The driver's own state is the test's; its memory and its card are those of the snapshot.
        machine.GoOnWith(SaveAndLoad());
        byte[]? seen = null;
        machine.Card.FrameReady += frame => seen = frame.UnderlyingPacket.Bytes;

        Assert.That(machine.Card.TxFrames, Is.EqualTo(300));
        Assert.That(driver.TryReceive(out var waiting), Is.True, "the frame received before the snapshot");
        Assert.That(waiting, Is.EqualTo(TestFrame(90, 1)));
        var sent = TestFrame(120, 300);
        Assert.That(driver.TrySend(sent), Is.True);
        Go();
        Assert.That(seen, Is.EqualTo(sent));
        machine.Card.ReceiveFrame(Wrap(TestFrame(80, 2)));
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(TestFrame(80, 2)));
    }

    [Test]
    [Rule("H-121")]
    public void Backlog_SavedAndLoaded_IsDeliveredToNewBuffers()
    {
        var machine = new RenodeMachine();
        var driver = new NetDriver(machine);
        driver.Start();
        var ring = driver.Receive.Size;
        for(var i = 0; i < ring + 5; i++)
        {
            machine.Card.ReceiveFrame(Wrap(TestFrame(90, i)));
        }
        machine.GoOnWith(SaveAndLoad());
        for(var i = 0; i < ring + 5; i++)
        {
            Assert.That(driver.TryReceive(out var frame), Is.True, $"frame {i}");
            Assert.That(frame, Is.EqualTo(TestFrame(90, i)));
        }
    }

    // What the driver has set by commands, as the monitor shows it, and what comes of it.
    [Test]
    [Rule("H-121")]
    public void Filters_SavedAndLoaded_AreInForce()
    {
        var machine = new RenodeMachine(queuePairs: 2);
        var driver = new VirtioPciDriver(machine);
        driver.Probe();
        driver.Negotiate(NetDriver.AllFeatures.With(Feature.CtrlVq).With(Feature.CtrlRx).With(Feature.CtrlVlan).With(Feature.CtrlMacAddr).With(Feature.Mq).With(Feature.CtrlGuestOffloads).With(Feature.GuestCsum).With(Feature.GuestTso4));
        for(var queue = 0; queue < 4; queue++)
        {
            driver.SetupRing(queue);
        }
        var control = new ControlDriver(driver, 4);
        driver.Status |= DeviceStatus.DriverOk;
        control.Send(ControlLayout.ClassReceive, ControlLayout.AllMulticast, 1);
        control.Send(ControlLayout.ClassMac, ControlLayout.MacTableSet, 1, 0, 0, 0, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0);
        control.Send(ControlLayout.ClassMac, ControlLayout.MacAddressSet, 2, 0, 0, 0, 0, 9);
        control.Send(ControlLayout.ClassVlan, ControlLayout.VlanAdd, 5, 0);
        control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, 2, 0);
        control.Send(ControlLayout.ClassOffloads, ControlLayout.OffloadsSet, 2, 0, 0, 0, 0, 0, 0, 0);
        var rows = Rows(machine);
        Assert.That(rows, Is.EqualTo(new[]
        {
            "Setting|Value", "Receive modes|ALLMULTI", "Address|02:00:00:00:00:09", "Unicast|02:00:00:00:00:07", "Multicast|none", "VLANs|5",
            "Receive offloads|GUEST_CSUM", "Pairs of queues|2 of 2",
        }));

        machine.GoOnWith(SaveAndLoad());

        Assert.That(Rows(machine), Is.EqualTo(rows));
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));
        Assert.That(Counter(machine.Card, "RxDropOtherAddress"), Is.EqualTo("1"), "the frame is for 02:00:00:00:00:02");
        control.Send(ControlLayout.ClassMac, ControlLayout.MacAddressSet, 2, 0, 0, 0, 0, 2);
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));
        Assert.That(Counter(machine.Card, "RxDropOtherAddress"), Is.EqualTo("1"));
    }

    private static string[] Rows(RenodeMachine machine)
    {
        var table = machine.Card.GetFilters();
        return Enumerable.Range(0, table.GetLength(0)).Select(x => $"{table[x, 0]}|{table[x, 1]}").ToArray();
    }

    [Test]
    [Rule("H-121", "H-55")]
    public void DeferredWork_SavedAndLoaded_IsDone()
    {
        var machine = new RenodeMachine();
        var driver = new NetDriver(machine);
        driver.Start(queueSize: 4);
        SendAndDefer(driver);
        Assert.That(machine.Card.TxFrames, Is.EqualTo(4));

        var loaded = new RenodeMachine(SaveAndLoad());
        Assert.That(loaded.Card.TxFrames, Is.EqualTo(4));
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
        Assert.That(loaded.Card.TxFrames, Is.EqualTo(5));
    }

    [Test]
    [Rule("H-121")]
    public void Traffic_InterruptedBySnapshots_IsThatOfAnUninterruptedRun()
    {
        var uninterrupted = Run(interrupted: false);
        EmulationManager.Instance.Clear();
        var interrupted = Run(interrupted: true);
        Assert.That(uninterrupted.Capture, Has.Length.EqualTo(24 + 80 * (16 + 100)));
        Assert.That(interrupted.Capture, Is.EqualTo(uninterrupted.Capture));
        Assert.That(interrupted.Received, Is.EqualTo(uninterrupted.Received));
        Assert.That(interrupted.Received, Has.Count.EqualTo(80));
    }

    // Two machines send each other frames in each quantum, some at once and some by deferred work. If interrupted, a snapshot is made and
    // loaded in the middle of each quantum. Returns the bytes of the capture, and the frames that the drivers received.
    private static (byte[] Capture, List<string> Received) Run(bool interrupted)
    {
        var file = Path.GetTempFileName();
        var received = new List<string>();
        var machines = new[] { Make("left", 1), Make("right", 2) };
        var drivers = machines.Select(x => new NetDriver(x)).ToArray();
        foreach(var driver in drivers)
        {
            driver.Start(queueSize: 4);
        }
        Connect(machines[0].Card, machines[1].Card).CaptureTo(new WriteFilePath(file));
        for(var i = 0; i < 8; i++)
        {
            var now = 100 * (ulong)i;
            for(var side = 0; side < 2; side++)
            {
                var driver = drivers[side];
                At(now + 20 + (ulong)side, () => SendAndDefer(driver));
            }
            if(interrupted)
            {
                Reload();
                machines[0].GoOnWith(EmulationManager.Instance.CurrentEmulation["left"]);
                machines[1].GoOnWith(EmulationManager.Instance.CurrentEmulation["right"]);
            }
            Go();
            for(var side = 0; side < 2; side++)
            {
                // Takes back the buffers of all frames, also that of the deferred one.
                while(drivers[side].Transmit.TryTakeUsed(out _))
                {
                }
                while(drivers[side].TryReceive(out var frame))
                {
                    received.Add($"{i} {side} {Convert.ToHexString(frame)}");
                }
            }
        }
        EmulationManager.Instance.Clear();
        var bytes = File.ReadAllBytes(file);
        File.Delete(file);
        return (bytes, received);
    }

    private static RenodeMachine Make(string name, int number)
    {
        return new RenodeMachine(name, $"02:00:00:00:00:0{number}");
    }
}
