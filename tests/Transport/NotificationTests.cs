// renode-virtio-net, MIT licence: see LICENSE.
// Doorbells: the driver's notifications, legal and not.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class NotificationTests
{
    [Test]
    [Rule("H-53", "H-51", "H-54")]
    public void Doorbell_AtEveryOffsetAndWidth_NotifiesTheQueueOfItsPlaceWhateverTheValue(
        [Values(1, 2, 4, 8)] int width, [Values(0UL, 1UL, 0xFFFFUL, ulong.MaxValue)] ulong value)
    {
        var card = new CardAtStage(Stage.Running);
        for(var offset = 0U; offset + width <= 0x1000; offset++)
        {
            card.OfferFrame(1);
            card.Machine.Sent.Clear();
            card.Pci.Write(PciLayout.CapNotifyCfg, offset, width, value);
            var isTransmit = offset / 4 == NetLayout.TransmitQueue;
            Assert.That(card.Machine.Sent, Has.Count.EqualTo(isTransmit ? 1 : 0), $"offset 0x{offset:X}");
            card.Pci.Notify(NetLayout.TransmitQueue);
            card.Machine.RunDeferred();
            while(card.Net.Transmit.TryTakeUsed(out _))
            {
            }
        }
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("H-53", "H-101")]
    public void Doorbell_Read_IsZeroAndNotifiesNothing([Values(1, 2, 4, 8)] int width)
    {
        var card = new CardAtStage(Stage.Running);
        card.OfferFrame(1);
        for(var offset = 0U; offset + width <= 0x1000; offset++)
        {
            Assert.That(card.Pci.Read(PciLayout.CapNotifyCfg, offset, width), Is.Zero);
        }
        Assert.That(card.Machine.Sent, Is.Empty);
    }

    [Test]
    [Rule("H-51", "BASE-02")]
    public void Doorbell_OfADisabledQueue_TouchesNoMemory()
    {
        var card = new CardAtStage(Stage.FeaturesOk);
        card.Pci.SetupQueue(NetLayout.ReceiveQueue);
        card.Pci.Status |= DeviceStatus.DriverOk;
        var accesses = card.Machine.Ram.Accesses;
        for(var offset = 4U; offset < 0x1000; offset += 4)
        {
            card.Pci.Write(PciLayout.CapNotifyCfg, offset, 2, offset / 4);
        }
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
    }

    [Test]
    [Rule("H-52", "BASE-14")]
    public void Doorbell_AfterAReset_TouchesNoMemory()
    {
        var card = new CardAtStage(Stage.Running);
        card.OfferFrame(1);
        card.Pci.Status = DeviceStatus.None;
        var accesses = card.Machine.Ram.Accesses;
        card.Pci.Notify(NetLayout.TransmitQueue);
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Sent, Is.Empty);
    }

    [Test]
    [Rule("H-55")]
    public void Doorbells_StormOnAnEmptyRing_CostBoundedWorkAndNoInterrupt()
    {
        var card = new CardAtStage(Stage.Running);
        card.Pci.Notify(NetLayout.TransmitQueue);
        var accesses = card.Machine.Ram.Accesses;
        card.Pci.Notify(NetLayout.TransmitQueue);
        var perKick = card.Machine.Ram.Accesses - accesses;
        for(var i = 0; i < 100_000; i++)
        {
            card.Pci.Notify(NetLayout.TransmitQueue);
        }
        Assert.That(perKick, Is.LessThanOrEqualTo(8));
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses + 100_001 * perKick));
        Assert.That(card.Machine.Interrupts, Is.Zero);
        Assert.That(card.Machine.WorkPending, Is.False);
    }

    [Test]
    [Rule("H-55")]
    public void Transmit_AfterOneQueuesWorth_YieldsAndGoesOnWithoutANotification()
    {
        var card = new CardAtStage(Stage.WorkDeferred);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(CardAtStage.QueueSize));
        Assert.That(card.Machine.WorkPending, Is.True);
        Assert.That(card.Net.Transmit.UsedIndex, Is.EqualTo(CardAtStage.QueueSize), "published before it yields");
        while(card.Net.Transmit.TryTakeUsed(out _))
        {
        }
        card.OfferFrame(0xEE);
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(CardAtStage.QueueSize + 1));
        Assert.That(card.Machine.WorkPending, Is.False, "it does not poll for ever");
        var accesses = card.Machine.Ram.Accesses;
        card.Machine.Card.Transport.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses), "what was deferred is done");
    }

    [Test]
    [Rule("H-55", "H-107")]
    public void DeferredWork_AfterAReset_IsForgotten()
    {
        var card = new CardAtStage(Stage.WorkDeferred);
        card.Pci.Status = DeviceStatus.None;
        var accesses = card.Machine.Ram.Accesses;
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));

        var next = new NetDriver(card.Machine);
        next.Start();
        var after = card.Machine.Ram.Accesses;
        card.Machine.Card.Transport.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(after), "the next life does not inherit it");
    }
}
