// renode-virtio-net, MIT licence: see LICENSE.
// A legacy driver has no FEATURES_OK: its features may change until the device first uses a queue. virtio v1.4-cs01: 3.1.2, 2.2.3.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyFeatureTests
{
    [Test]
    [Rule("LEG-07", "BASE-10", "NETL-11", "FEAT-11", "FEAT-13", "NET-151")]
    public void Offered_OnTheLegacyInterface_IsTheLowWordAndWhatIsForLegacyDriversAlone()
    {
        var card = new LegacyCard(LegacyStage.Probed);
        var modern = card.Driver.Pci.ReadOffered();
        var legacy = card.Driver.ReadOffered();
        Assert.That(modern.Has(Feature.AnyLayout), Is.False, "for legacy drivers alone");
        Assert.That(legacy.Has(Feature.AnyLayout), Is.True);
        Assert.That(modern.LegacyPart.IsSubsetOf(legacy), Is.True);
        Assert.That((legacy & ~modern).IsSubsetOf(ForLegacyDriversAlone), Is.True, $"{legacy & ~modern}");
    }

    [Test]
    [Rule("LEG-11", "H-104", "H-102")]
    public void DriverFeatures_EachBit_SticksIfItWasOffered([Range(0, 31)] int bit)
    {
        var card = new LegacyCard(LegacyStage.DriverKnown);
        var offered = card.Driver.ReadOffered().Word(0);
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, 1U << bit);
        Assert.That(card.Driver.Read(LegacyPciDriver.DriverFeatures, 4), Is.EqualTo(offered & (1U << bit)));
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, uint.MaxValue);
        Assert.That(card.Driver.Read(LegacyPciDriver.DriverFeatures, 4), Is.EqualTo(offered));
    }

    [Test]
    [Rule("LEG-07", "BASE-10")]
    public void DriverFeatures_OfThisInterface_HaveNoBitFrom32UpWhateverWasThereBefore([Values] bool byPageNumber)
    {
        var card = new LegacyCard(LegacyStage.DriverKnown);
        for(var word = 0U; word < 4; word++)
        {
            card.Driver.Pci.Common(CommonCfg.DriverFeatureSelect, 4, word);
            card.Driver.Pci.Common(CommonCfg.DriverFeature, 4, word == 0 ? 0U : uint.MaxValue);
        }
        if(byPageNumber)
        {
            card.SetUpQueue(NetLayout.TransmitQueue);
        }
        else
        {
            card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, uint.MaxValue);
        }
        for(var word = 1U; word < 4; word++)
        {
            card.Driver.Pci.Common(CommonCfg.DriverFeatureSelect, 4, word);
            Assert.That(card.Driver.Pci.Common(CommonCfg.DriverFeature, 4), Is.Zero);
        }
        Assert.That(card.Machine.Card.Transport.IsLegacy, Is.True);
    }

    [Test]
    [Rule("LEG-11", "BASE-24")]
    public void DriverFeatures_WrittenAfterTheQueuesWereSet_AreHonoured([Values] bool kicked, [Values] bool driverOk)
    {
        var card = new LegacyCard(LegacyStage.QueuesSet, wanted: new FeatureSet());
        var buffer = card.OfferBuffer();
        if(kicked)
        {
            // Nothing has come, so no buffer is used yet.
            card.Driver.Notify(NetLayout.ReceiveQueue);
        }
        if(driverOk)
        {
            card.Driver.Status |= DeviceStatus.DriverOk;
        }
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, new FeatureSet().With(Feature.MrgRxbuf).Word(0));
        card.Machine.Device.Receive(CardAtStage.Frame(0x77));
        Assert.That(card.Receive.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.EqualTo(72));
        Assert.That(card.Machine.Ram.At(buffer + 10, 3).ToArray(), Is.EqualTo(new byte[] { 1, 0, 0x77 }), "num_buffers, then the frame");
        Assert.That(card.Machine.Misuses, Is.Empty);
    }

    [Test]
    [Rule("LEG-11", "BASE-24")]
    public void EventIndex_NegotiatedAfterBuffersAndKick_IsInForce()
    {
        var card = new LegacyCard(LegacyStage.QueuesSet, wanted: new FeatureSet());
        var ring = card.Receive;
        card.OfferBuffer();
        card.OfferBuffer();
        card.Driver.Notify(NetLayout.ReceiveQueue);
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, new FeatureSet().With(Feature.EventIdx).Word(0));
        ring.AvailableFlags = RingLayout.AvailNoInterrupt;
        ring.UsedEvent = 1;
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That(card.Machine.Interrupts, Is.Zero);
        card.Machine.Device.Receive(CardAtStage.Frame(2));
        Assert.That(card.Machine.Interrupts, Is.EqualTo(1), "used_event counts, the flag does not");
        Assert.That(ring.UsedIndex, Is.EqualTo(2));
    }

    [Test]
    [Rule("LEG-11", "BASE-24")]
    public void DriverFeatures_NeverWritten_AreNone()
    {
        var card = new LegacyCard(LegacyStage.DriverKnown);
        card.SetUpQueue(NetLayout.ReceiveQueue);
        card.SetUpQueue(NetLayout.TransmitQueue);
        card.OfferFrame(5);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent.Single()[0], Is.EqualTo(5), "a header of 10 bytes, and no status beyond DRIVER");
    }

    [Test]
    [Rule("LEG-11", "H-104")]
    public void DriverFeatures_WrittenAfterFirstUse_AreFrozenUntilReset([Values] bool byReceive)
    {
        var card = new LegacyCard(LegacyStage.QueuesSet, wanted: new FeatureSet().With(Feature.MrgRxbuf));
        card.OfferBuffer();
        if(byReceive)
        {
            card.Machine.Device.Receive(CardAtStage.Frame(1));
        }
        else
        {
            card.OfferFrame(1);
            card.Driver.Notify(NetLayout.TransmitQueue);
        }
        var before = LegacyView.Of(card);
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, 0);
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, uint.MaxValue);
        Assert.That(LegacyView.Of(card), Is.EqualTo(before));
        Assert.That(card.Machine.Misuses, Has.Count.EqualTo(2));
        card.OfferFrame(2);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent[^1][0], Is.EqualTo(2), "the header is as it was");

        card.Driver.Status = DeviceStatus.None;
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, 1U << (int)Feature.Status);
        Assert.That(card.Driver.Read(LegacyPciDriver.DriverFeatures, 4), Is.EqualTo(1U << (int)Feature.Status));
    }

    [Test]
    [Rule("LEG-11", "BASE-12")]
    public void FeaturesOk_OfALegacyDriver_IsABitWithoutMeaning()
    {
        var card = new LegacyCard(LegacyStage.FeaturesWritten);
        card.Driver.Status |= DeviceStatus.FeaturesOk;
        card.Driver.Status |= DeviceStatus.DriverOk;
        Assert.That((int)card.Driver.Status, Is.EqualTo(0x0F));
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, 0);
        Assert.That(card.Driver.Read(LegacyPciDriver.DriverFeatures, 4), Is.Zero, "not yet used, not yet final");
        card.Driver.Write(LegacyPciDriver.DriverFeatures, 4, card.Driver.Features.Word(0));
        card.SetUpQueue(NetLayout.TransmitQueue);
        card.OfferFrame(1);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-104", "H-45")]
    public void LegacyRegisters_WrittenAfterVersion1WasNegotiated_ChangeNeitherFeaturesNorQueues([Values(Stage.FeaturesOk, Stage.QueueEnabled, Stage.Running, Stage.Parked)] Stage stage)
    {
        var card = new CardAtStage(stage);
        var legacy = new LegacyPciDriver(card.Machine);
        legacy.Pci.BarAddresses[0] = card.Pci.BarAddresses[0];
        var before = DriverView.Of(card.Pci);
        legacy.Write(LegacyPciDriver.DriverFeatures, 4, 0);
        legacy.Write(LegacyPciDriver.DriverFeatures, 4, uint.MaxValue);
        legacy.Write(LegacyPciDriver.QueueAddress, 4, 0);
        legacy.Write(LegacyPciDriver.QueueAddress, 4, 0x4_0010);
        Assert.That(DriverView.Of(card.Pci), Is.EqualTo(before));
        Assert.That(card.Machine.Misuses.Distinct().Count(), Is.EqualTo(1));
        Assert.That(card.Machine.Misuses, Has.Count.EqualTo(4));
    }

    // VIRTIO_NET_F_GSO (5.1.3.2), VIRTIO_F_NOTIFY_ON_EMPTY and VIRTIO_F_ANY_LAYOUT (6.3).
    private static readonly FeatureSet ForLegacyDriversAlone = new(1UL << 6 | 1UL << 24 | 1UL << 27, 0);
}
