// renode-virtio-net, MIT licence: see LICENSE.
// One queue is reset over MMIO. virtio v1.4-cs01: 4.2.2.1 (QueueReset), 2.6.1.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MmioRingResetTests
{
    [Test]
    [Rule("MMIO-08", "MMIO-09", "MMIO-10", "MMIO-11", "MMIO-12", "BASE-18", "BASE-20")]
    public void QueueReset_WhileFramesFlow_StopsThatQueueUntilItIsReadyAgain([Values] bool packed)
    {
        var machine = new MmioMachine(queueSize: 16, features: "+RING_PACKED");
        var transport = new MmioDriver(machine);
        var driver = new NetDriver(transport);
        var wanted = NetDriver.AllFeatures.With(Feature.RingReset);
        driver.Start(packed ? wanted.With(Feature.RingPacked) : wanted);
        transport.Write(MmioReg.QueueSel, NetLayout.ReceiveQueue);
        Assert.That(transport.Read(MmioReg.QueueReset), Is.Zero, "after a device reset");

        transport.Write(MmioReg.QueueReset, 1);

        Assert.That((transport.Read(MmioReg.QueueReset), transport.Read(MmioReg.QueueReady)), Is.EqualTo((0U, 0U)), "it is done");
        machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That(machine.Device.Counters.RxDropNotReady, Is.EqualTo(1));
        Assert.That(driver.TrySend(CardAtStage.Frame(2)), Is.True, "the other queue goes on");
        Assert.That(machine.Sent, Has.Count.EqualTo(1));

        var ring = transport.SetupRing(NetLayout.ReceiveQueue, 4);
        Assert.That((transport.Read(MmioReg.QueueReset), transport.Read(MmioReg.QueueReady)), Is.EqualTo((0U, 1U)));
        ring.Add(new Piece(machine.Ram.Allocate(128), 128, true));
        transport.Notify(NetLayout.ReceiveQueue);
        machine.Device.Receive(CardAtStage.Frame(3));
        Assert.That(ring.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.EqualTo(72));
    }

    [Test]
    [Rule("H-48", "MMIO-10")]
    public void QueueReset_NotNegotiated_HasNoEffect()
    {
        var machine = new MmioMachine();
        var transport = new MmioDriver(machine);
        new NetDriver(transport).Start();
        transport.Write(MmioReg.QueueSel, NetLayout.ReceiveQueue);
        transport.Write(MmioReg.QueueReset, 1);
        Assert.That(transport.Read(MmioReg.QueueReady), Is.EqualTo(1));
    }
}
