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
