// renode-virtio-net, MIT licence: see LICENSE.
// Queues of virtio-mmio: QueueReady, sizes, areas, notifications. virtio v1.4-cs01: 4.2.2, 4.2.3.2, 4.2.3.3.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MmioQueueTests
{
    [Test]
    [Rule("MMIO-13")]
    public void QueueReady_OfEachQueue_ReadsWhatWasWritten()
    {
        var driver = new MmioCard(Stage.FeaturesOk).Driver;
        driver.SetupQueue(NetLayout.TransmitQueue);
        Assert.That(Ready(driver, NetLayout.TransmitQueue), Is.EqualTo(1));
        Assert.That(Ready(driver, NetLayout.ReceiveQueue), Is.Zero);
        driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        driver.Write(MmioReg.QueueReady, 0);
        Assert.That(Ready(driver, NetLayout.TransmitQueue), Is.Zero);
        driver.Write(MmioReg.QueueReady, 0);
        Assert.That(Ready(driver, NetLayout.TransmitQueue), Is.Zero, "stopped twice");
    }

    [TestCase(2U)]
    [TestCase(0x1_0000U)]
    [TestCase(0x1_0001U)]
    [TestCase(uint.MaxValue)]
    [Rule("H-46")]
    public void QueueReady_OtherThanZeroOrOne_HasNoEffect(uint value)
    {
        var card = new MmioCard(Stage.Running);
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        card.Driver.Write(MmioReg.QueueReady, value);
        Assert.That(card.Driver.Read(MmioReg.QueueReady), Is.EqualTo(1));
        card.Driver.Write(MmioReg.QueueReady, 0);
        card.Driver.Write(MmioReg.QueueReady, value);
        Assert.That(card.Driver.Read(MmioReg.QueueReady), Is.Zero);
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("H-105")]
    public void QueueReady_BeforeFeaturesOk_HasNoEffect([Values(Stage.Probed, Stage.Acknowledged, Stage.DriverKnown)] Stage stage)
    {
        var card = new MmioCard(stage);
        card.Driver.SetupQueue(NetLayout.TransmitQueue);
        Assert.That(Ready(card.Driver, NetLayout.TransmitQueue), Is.Zero);
        Assert.That(card.Machine.Ram.Accesses, Is.Zero);
    }

    [TestCase(0U)]
    [TestCase(3U)]
    [TestCase(16U, Description = "more than QueueSizeMax")]
    [TestCase(0x1_0004U)]
    [TestCase(uint.MaxValue)]
    [Rule("H-40")]
    public void QueueSize_ThatCannotBe_IsNotTaken(uint size)
    {
        var card = new MmioCard(Stage.FeaturesOk);
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        card.Driver.Write(MmioReg.QueueSize, 4);
        card.Driver.Write(MmioReg.QueueSize, size);
        Assert.That(card.Machine.Card.Transport.LayoutOf(NetLayout.TransmitQueue).Size, Is.EqualTo(4));
    }

    [Test]
    [Rule("H-45")]
    public void Queue_WhileItIsReady_KeepsSizeAndAreas()
    {
        var card = new MmioCard(Stage.Running);
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        var before = MmioView.Of(card.Machine);
        card.Driver.Write(MmioReg.QueueSize, 4);
        foreach(var register in new[] { MmioReg.QueueDesc, MmioReg.QueueDriver, MmioReg.QueueDevice })
        {
            card.Driver.WriteAddress(register, 0x1234_5678_0000_1000);
        }
        card.Driver.Write(MmioReg.QueueReady, 1);
        Assert.That(MmioView.Of(card.Machine), Is.EqualTo(before));
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("MMIO-07", "H-51", "H-49")]
    public void Queues_NoLongerReady_AreNotTouched()
    {
        var card = new MmioCard(Stage.WorkDeferred);
        while(card.Net.Transmit.TryTakeUsed(out _))
        {
        }
        card.OfferFrame();
        foreach(var queue in new[] { NetLayout.ReceiveQueue, NetLayout.TransmitQueue })
        {
            card.Driver.Write(MmioReg.QueueSel, (uint)queue);
            card.Driver.Write(MmioReg.QueueReady, 0);
        }
        card.Driver.ReadIsr();
        var (accesses, sent) = (card.Machine.Ram.Accesses, card.Machine.Sent.Count);
        card.Driver.Notify(NetLayout.TransmitQueue);
        card.Driver.Notify(NetLayout.ReceiveQueue);
        card.Machine.RunDeferred();
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(sent));
        Assert.That(card.Machine.Line, Is.False);
    }

    [Test]
    [Rule("MMIO-07")]
    public void Queue_StoppedAndMadeReadyElsewhere_StartsAtItsFirstIndex()
    {
        var card = new MmioCard(Stage.Running);
        for(var i = 0; i < 5; i++)
        {
            card.Net.TrySend(CardAtStage.Frame((byte)i));
        }
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        card.Driver.Write(MmioReg.QueueReady, 0);
        var ring = card.Driver.SetupQueue(NetLayout.TransmitQueue, 4);
        var buffer = card.Machine.Ram.Allocate(72);
        ring.Add(new Piece(buffer, 72, false));
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(ring.UsedIndex, Is.EqualTo(1));
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(6));
    }

    // Each area of a ring of 8, at an address that is unaligned or not in RAM.
    [TestCase(MmioReg.QueueDesc, 0x4000_0008UL)]
    [TestCase(MmioReg.QueueDriver, 0x4000_0001UL)]
    [TestCase(MmioReg.QueueDevice, 0x4000_0002UL)]
    [TestCase(MmioReg.QueueDesc, 0UL)]
    [TestCase(MmioReg.QueueDriver, MmioMachine.CardBase)]
    [TestCase(MmioReg.QueueDevice, 0x400F_FFF0UL)]
    [TestCase(MmioReg.QueueDesc, 0xFFFF_FFFF_FFFF_FFF0UL)]
    [Rule("H-41", "H-42")]
    public void Queue_MadeReadyOutsideRamOrUnaligned_ParksTheDevice(int register, ulong address)
    {
        var card = new MmioCard(Stage.FeaturesOk);
        var ring = card.Driver.SetupQueue(NetLayout.TransmitQueue);
        card.Driver.Write(MmioReg.QueueReady, 0);
        card.Driver.WriteAddress(register, address);
        card.Driver.Write(MmioReg.QueueReady, 1);
        Assert.That(card.Driver.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.NeedsReset));
        ring.Offer(0);
        card.Driver.Status |= DeviceStatus.DriverOk;
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(ring.UsedIndex, Is.Zero);
        Assert.That(card.Machine.Line, Is.False, "it parked before DRIVER_OK, so it does not interrupt");
        Assert.That(MmioCard.Works(card.Machine), Is.True);
    }

    [Test]
    [Rule("H-51", "H-53")]
    public void Notification_OfNoQueue_DoesNothing(
        [Values(1, 2)] int version, [Values(2U, 0xFFFFU, 0x1_0000U, 0x1_0001U, 0x8000_0001U, uint.MaxValue)] uint queue)
    {
        var card = new MmioCard(Stage.Running, version);
        card.OfferFrame();
        var before = MmioView.Of(card.Machine);
        card.Driver.Write(MmioReg.QueueNotify, queue);
        Assert.That(MmioView.Of(card.Machine), Is.EqualTo(before));
        card.Driver.Write(MmioReg.QueueNotify, NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-53")]
    public void Notification_OfAnotherWidthOrPlace_DoesNothing([Values(1, 2, 8)] int width)
    {
        var card = new MmioCard(Stage.Running);
        card.OfferFrame();
        for(var offset = MmioReg.QueueNotify - 8; offset < MmioReg.QueueNotify + 8; offset++)
        {
            card.Driver.Store(offset, width, NetLayout.TransmitQueue);
        }
        Assert.That(card.Machine.Sent, Is.Empty);
    }

    [Test]
    [Rule("BASE-02", "H-52")]
    public void Notification_WhileTheDriverDoesNotRunTheDevice_TouchesNoMemory(
        [Values(Stage.QueueEnabled, Stage.Failed, Stage.Parked)] Stage stage)
    {
        var card = new MmioCard(stage);
        card.Driver.ReadIsr();
        var accesses = card.Machine.Ram.Accesses;
        card.Driver.Notify(NetLayout.ReceiveQueue);
        card.Driver.Notify(NetLayout.TransmitQueue);
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Line, Is.False);
    }

    [Test]
    [Rule("H-106")]
    public void DriverOk_WithoutQueues_IsLegal()
    {
        var card = new MmioCard(Stage.FeaturesOk);
        card.Driver.Status |= DeviceStatus.DriverOk;
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That((int)card.Driver.Status, Is.EqualTo(0x0F));
        Assert.That(card.Machine.Ram.Accesses, Is.Zero);
    }

    [Test]
    [Rule("H-55")]
    public void Notifications_StormOnAnEmptyRing_CostBoundedWorkAndNoInterrupt([Values(1, 2)] int version)
    {
        var card = new MmioCard(Stage.Running, version);
        var accesses = card.Machine.Ram.Accesses;
        for(var i = 0; i < 10_000; i++)
        {
            card.Driver.Notify(NetLayout.TransmitQueue);
        }
        Assert.That(card.Machine.Ram.Accesses - accesses, Is.LessThanOrEqualTo(80_000));
        Assert.That(card.Machine.Interrupts, Is.Zero);
        Assert.That(card.Machine.WorkPending, Is.False);
    }

    [Test]
    [Rule("H-55")]
    public void Transmit_AfterOneQueuesWorth_YieldsAndGoesOnWithoutANotification([Values(1, 2)] int version)
    {
        var card = new MmioCard(Stage.WorkDeferred, version);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(MmioCard.QueueSize));
        Assert.That(card.Machine.WorkPending, Is.True);
        while(card.Net.Transmit.TryTakeUsed(out _))
        {
        }
        card.OfferFrame();
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(MmioCard.QueueSize + 1));
    }

    private static uint Ready(MmioDriver driver, int queue)
    {
        driver.Write(MmioReg.QueueSel, (uint)queue);
        return driver.Read(MmioReg.QueueReady);
    }
}
