// renode-virtio-net, MIT licence: see LICENSE.
// A legacy driver sets up queues by page number. virtio v1.4-cs01: 4.1.5.1.3.1, 2.7.2.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

[Rule("LEG-10")]
public sealed class LegacyQueueTests
{
    [Test]
    [Rule("H-44")]
    public void PageNumber_OfEachQueue_ReadsBackUnderItsSelection()
    {
        var card = new LegacyCard(LegacyStage.QueuesSet);
        foreach(var ring in new[] { card.Receive, card.Transmit })
        {
            card.Driver.Write(LegacyPciDriver.QueueSelect, 2, (uint)ring.Index);
            Assert.That(card.Driver.Read(LegacyPciDriver.QueueAddress, 4), Is.EqualTo(ring.DescriptorArea / 4096));
        }
        Assert.That(card.Machine.Misuses, Is.Empty);
    }

    [Test]
    public void Rings_OfEverySize_LieWhereTheSpecSays([Values(1, 2, 4, 64, 128, 256, 512, 1024, 4096, 32768)] int size)
    {
        var card = new LegacyCard(LegacyStage.QueuesSet, new PciMachine(new GuestRam(4 << 20), queueSize: size), new FeatureSet());
        var ram = card.Machine.Ram;
        // The macro of 2.7.2, for a page of 4096 bytes.
        var used = card.Transmit.DescriptorArea + (uint)((16 * size + 2 * (3 + size) + 4095) & ~4095);
        ram.WrittenRanges = new();
        card.OfferFrame(1);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
        Assert.That(ram.WrittenRanges, Is.EqualTo(new[] { (used + 4, 8), (used + 2, 2) }));
    }

    [Test]
    [Rule("H-45")]
    public void PageNumber_WrittenWhileTheQueueIsEnabled_IsRefusedAndTheQueueGoesOn()
    {
        var card = new LegacyCard(LegacyStage.Running);
        card.Driver.Write(LegacyPciDriver.QueueSelect, 2, NetLayout.TransmitQueue);
        foreach(var page in new[] { 0x4_0080U, (uint)(card.Transmit.DescriptorArea / 4096), uint.MaxValue, 1U })
        {
            card.Driver.Write(LegacyPciDriver.QueueAddress, 4, page);
            Assert.That(card.Driver.Read(LegacyPciDriver.QueueAddress, 4), Is.EqualTo(card.Transmit.DescriptorArea / 4096));
        }
        Assert.That(card.Machine.Misuses, Has.Count.EqualTo(4));
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-48", "H-49")]
    public void PageNumber_Zero_FreesTheQueueAndLeavesTheOtherAlone([Values] bool running)
    {
        var card = new LegacyCard(running ? LegacyStage.Running : LegacyStage.QueuesSet);
        Free(card, NetLayout.ReceiveQueue);
        Assert.That(card.Driver.Read(LegacyPciDriver.QueueAddress, 4), Is.Zero);
        var accesses = card.Machine.Ram.Accesses;
        card.Driver.Notify(NetLayout.ReceiveQueue);
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(1));
        card.OfferFrame(2);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Repeat(2, 1)));
        Free(card, NetLayout.ReceiveQueue);
        Assert.That(card.Machine.ParkedReasons, Is.Empty, "freed twice");
    }

    [Test]
    [Rule("H-45", "H-48")]
    public void Queue_FreedAndEnabledElsewhere_StartsAnewThere([Values(1, 5)] int times)
    {
        var card = new LegacyCard(LegacyStage.QueuesSet);
        for(var i = 0; i < times; i++)
        {
            var old = card.Transmit.DescriptorArea;
            Free(card, NetLayout.TransmitQueue);
            card.SetUpQueue(NetLayout.TransmitQueue);
            Assert.That(card.Transmit.DescriptorArea, Is.Not.EqualTo(old));
            card.OfferFrame((byte)i);
            card.Driver.Notify(NetLayout.TransmitQueue);
            Assert.That(card.Transmit.UsedIndex, Is.EqualTo(1));
        }
        Assert.That(card.Machine.Sent.Select(x => (int)x[0]), Is.EqualTo(Enumerable.Range(0, times)));
    }

    [Test]
    [Rule("H-48", "H-55")]
    public void Queue_FreedWithWorkDeferred_ForgetsTheWork()
    {
        var card = new LegacyCard(LegacyStage.WorkDeferred);
        card.Transmit.AvailableIndex = unchecked((ushort)(card.Transmit.AvailableIndex + 1));
        Free(card, NetLayout.TransmitQueue);
        var accesses = card.Machine.Ram.Accesses;
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        card.SetUpQueue(NetLayout.TransmitQueue);
        card.OfferFrame(0x70);
        card.Machine.Card.Transport.RunDeferred();
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(LegacyCard.QueueSize), "nobody has notified the new queue");
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent[^1][0], Is.EqualTo(0x70));
    }

    [TestCase(1U, "below RAM")]
    [TestCase(0x3_FFFFU, "the page before RAM")]
    [TestCase(0x4_00FFU, "the last page of RAM: its used ring is not")]
    [TestCase(0x4_0100U, "behind RAM")]
    [TestCase(0x1_0000U, "the card's own BAR")]
    [TestCase(uint.MaxValue, "the last page that can be told")]
    [Rule("H-42", "H-15")]
    public void PageNumber_OutsideRam_ParksTheDeviceUntilReset(uint page, string where)
    {
        var card = new LegacyCard(LegacyStage.FeaturesWritten);
        card.Driver.Write(LegacyPciDriver.QueueSelect, 2, NetLayout.TransmitQueue);
        card.Driver.Write(LegacyPciDriver.QueueAddress, 4, page);
        Assert.That(card.Driver.Status & DeviceStatus.NeedsReset, Is.Not.Zero, where);
        Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(1));
        Assert.That(card.Machine.Interrupts, Is.Zero, "before DRIVER_OK nobody is told");
        var accesses = card.Machine.Ram.Accesses;
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        LegacyLifeTests.AssertWorks(card.Machine);
    }

    [Test]
    [Rule("H-43")]
    public void PageNumber_OfBothQueuesAlike_IsAccepted()
    {
        var card = new LegacyCard(LegacyStage.OneQueueSet);
        card.Driver.Write(LegacyPciDriver.QueueSelect, 2, NetLayout.ReceiveQueue);
        card.Driver.Write(LegacyPciDriver.QueueAddress, 4, (uint)(card.Transmit.DescriptorArea / 4096));
        card.OfferFrame(1);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("H-40")]
    public void QueueSize_Written_IsNotNegotiable([Values(0U, 1U, 4U, 16U, 0xFFFFU)] uint size, [Values] bool enabled)
    {
        var card = new LegacyCard(enabled ? LegacyStage.QueuesSet : LegacyStage.FeaturesWritten);
        card.Driver.Write(LegacyPciDriver.QueueSize, 2, size);
        Assert.That(card.Driver.Read(LegacyPciDriver.QueueSize, 2), Is.EqualTo(LegacyCard.QueueSize));
        Assert.That(card.Machine.Misuses, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("BASE-13")]
    public void Reset_FreesEveryQueue([Values(LegacyStage.QueuesSet, LegacyStage.Running, LegacyStage.Parked)] LegacyStage stage)
    {
        var card = new LegacyCard(stage);
        card.Driver.Status = DeviceStatus.None;
        for(var queue = 0U; queue < NetLayout.QueuesPerPair; queue++)
        {
            card.Driver.Write(LegacyPciDriver.QueueSelect, 2, queue);
            Assert.That(card.Driver.Read(LegacyPciDriver.QueueAddress, 4), Is.Zero);
        }
    }

    private static void Free(LegacyCard card, uint queue)
    {
        card.Driver.Write(LegacyPciDriver.QueueSelect, 2, queue);
        card.Driver.Write(LegacyPciDriver.QueueAddress, 4, 0);
    }
}
