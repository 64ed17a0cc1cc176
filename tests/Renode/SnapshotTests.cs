// Migrant round trips: a card in the middle of its work goes on where it was.

using Antmicro.Renode.Core;
using Antmicro.Renode.Time;
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

        var loaded = new RenodeMachine(SaveAndLoad());
        // The driver's own state is the test's; its memory and its card are those of the snapshot.
        driver.Pci.Platform = loaded;
        driver.Receive.Memory = driver.Transmit.Memory = loaded.Memory;
        byte[]? seen = null;
        loaded.Card.FrameReady += frame => seen = frame.UnderlyingPacket.Bytes;

        Assert.That(loaded.Card.TxFrames, Is.EqualTo(300));
        Assert.That(driver.TryReceive(out var waiting), Is.True, "the frame received before the snapshot");
        Assert.That(waiting, Is.EqualTo(TestFrame(90, 1)));
        var sent = TestFrame(120, 300);
        Assert.That(driver.TrySend(sent), Is.True);
        Assert.That(seen, Is.EqualTo(sent));
        loaded.Card.ReceiveFrame(Wrap(TestFrame(80, 2)));
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
        var loaded = new RenodeMachine(SaveAndLoad());
        driver.Pci.Platform = loaded;
        driver.Receive.Memory = driver.Transmit.Memory = loaded.Memory;
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
}
