// renode-virtio-net, MIT licence: see LICENSE.
// Both interfaces of a transitional card show one state; and cards that have only one interface.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyModeTests
{
    [Test]
    [Rule("LEG-09", "LEG-07")]
    public void State_WrittenOnTheLegacyInterface_IsReadOnTheModernOne()
    {
        var card = new LegacyCard(LegacyStage.MsixEnabled);
        var modern = card.Driver.Pci;
        card.Driver.Write(card.Driver.ConfigOffset + 2, 2, 0x7766);

        Assert.That(modern.Status, Is.EqualTo(card.Driver.Status));
        modern.Common(CommonCfg.DriverFeatureSelect, 4, 0);
        Assert.That(modern.Common(CommonCfg.DriverFeature, 4), Is.EqualTo(card.Driver.Features.Word(0)));
        Assert.That(modern.Common(CommonCfg.QueueSelect, 2), Is.EqualTo(NetLayout.TransmitQueue), "selected last");
        Assert.That(modern.Common(CommonCfg.ConfigMsixVector, 2), Is.EqualTo(1));
        Assert.That(modern.Common(CommonCfg.QueueMsixVector, 2), Is.EqualTo(2));
        Assert.That(modern.DeviceConfig(2, 2), Is.EqualTo(0x7766));
        foreach(var ring in new[] { card.Receive, card.Transmit })
        {
            modern.Common(CommonCfg.QueueSelect, 2, (uint)ring.Index);
            Assert.That(card.Driver.Read(LegacyPciDriver.QueueSelect, 2), Is.EqualTo(ring.Index));
            Assert.That(modern.Common(CommonCfg.QueueEnable, 2), Is.EqualTo(1));
            Assert.That(modern.Read(PciLayout.CapCommonCfg, CommonCfg.QueueDesc, 8), Is.EqualTo(ring.DescriptorArea));
            Assert.That(modern.Read(PciLayout.CapCommonCfg, CommonCfg.QueueDriver, 8), Is.EqualTo(ring.DriverArea));
            Assert.That(modern.Read(PciLayout.CapCommonCfg, CommonCfg.QueueDevice, 8), Is.EqualTo(ring.DeviceArea));
        }
    }

    [Test]
    [Rule("LEG-09")]
    public void State_WrittenOnTheModernInterface_IsReadOnTheLegacyOne()
    {
        var (card, legacy) = Modern(Stage.Running);
        Assert.That(legacy.Status, Is.EqualTo(card.Pci.Status));
        Assert.That(legacy.Read(LegacyPciDriver.DriverFeatures, 4), Is.EqualTo(NetDriver.AllFeatures.Word(0)));
        foreach(var ring in new[] { card.Net.Receive, card.Net.Transmit })
        {
            card.Pci.Common(CommonCfg.QueueSelect, 2, (uint)ring.Index);
            Assert.That(legacy.Read(LegacyPciDriver.QueueSelect, 2), Is.EqualTo(ring.Index));
            Assert.That(legacy.Read(LegacyPciDriver.QueueAddress, 4), Is.EqualTo(ring.DescriptorArea / 4096));
            Assert.That(legacy.Read(LegacyPciDriver.QueueSize, 2), Is.EqualTo(ring.Size));
        }
    }

    [Test]
    [Rule("LEG-09")]
    public void QueueSize_SetOnTheModernInterface_IsReadOnTheLegacyOneUntilReset()
    {
        var (card, legacy) = Modern(Stage.QueueConfigured);
        Assert.That(legacy.Read(LegacyPciDriver.QueueSize, 2), Is.EqualTo(4));
        legacy.Status = DeviceStatus.None;
        legacy.Write(LegacyPciDriver.QueueSelect, 2, NetLayout.TransmitQueue);
        Assert.That(legacy.Read(LegacyPciDriver.QueueSize, 2), Is.EqualTo(CardAtStage.QueueSize));
        LegacyLifeTests.AssertWorks(card.Machine);
    }

    [Test]
    [Rule("PCI-52")]
    public void Isr_ReadOnOneInterface_IsClearedOnTheOther([Values] bool legacyFirst)
    {
        var card = new LegacyCard(LegacyStage.InterruptPending);
        Assert.That(legacyFirst ? card.Driver.ReadIsr() : card.Driver.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));
        Assert.That(legacyFirst ? card.Driver.Pci.ReadIsr() : card.Driver.ReadIsr(), Is.Zero);
        Assert.That(card.Machine.Lines, Has.None.True);
    }

    [Test]
    public void Notify_OnEitherInterface_ReachesTheSameQueue()
    {
        var card = new LegacyCard(LegacyStage.Running);
        card.OfferFrame(1);
        card.Driver.Pci.Notify(NetLayout.TransmitQueue);
        card.OfferFrame(2);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent.Select(x => (int)x[0]), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    [Rule("H-105", "BASE-10")]
    public void DriverOk_WrittenOnTheLegacyInterfaceAfterVersion1_StartsTheModernDevice()
    {
        var (card, legacy) = Modern(Stage.QueueEnabled);
        legacy.Status |= DeviceStatus.DriverOk;
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
        var frame = new byte[CardAtStage.QueueSize * 2000];
        card.Machine.Device.Receive(frame);
        Assert.That(card.Machine.Device.Counters.RxDropTooLong, Is.EqualTo(1), "the negotiated MTU is in force");
    }

    [TestCase(DeviceStatus.Acknowledge)]
    [TestCase(DeviceStatus.DriverOk)]
    [TestCase(DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.DriverOk)]
    [Rule("H-105")]
    public void Status_WrittenOnTheLegacyInterfaceAfterVersion1_KeepsToTheModernOrder(DeviceStatus value)
    {
        var (card, legacy) = Modern(Stage.Running);
        legacy.Status = value;
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
        legacy.Status = DeviceStatus.None;
        Assert.That((int)card.Pci.Status, Is.Zero);
        LegacyLifeTests.AssertWorks(card.Machine);
    }

    [Test]
    [Rule("BASE-10", "BASE-14")]
    public void Queue_EnabledWithoutFeaturesAfterAModernLife_HasTheHeaderOfALegacyDriver()
    {
        var (card, legacy) = Modern(Stage.Running);
        legacy.Status = DeviceStatus.None;
        legacy.Status = DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.FeaturesOk;
        var ring = card.Pci.SetupQueue(NetLayout.TransmitQueue);
        var buffer = card.Machine.Ram.Allocate(NetLayout.LegacyHeaderSize + 60);
        CardAtStage.Frame(7).CopyTo(card.Machine.Ram.At(buffer + NetLayout.LegacyHeaderSize, 60));
        ring.Add(new Piece(buffer, NetLayout.LegacyHeaderSize + 60, false));
        card.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent.Single(), Is.EqualTo(CardAtStage.Frame(7)));
    }

    [Test]
    [Rule("BASE-11", "PCI-65")]
    public void ModernCard_HasNoPortsAndDrivesItsModernDriver([Values(1, 2, 4)] int width)
    {
        var machine = new PciMachine(mode: PciMode.Modern, queueSize: 8);
        LegacyLifeTests.AssertWorks(machine, true);
        Assert.That(machine.ReadConfig(PciSpec.Bar0, 4), Is.Zero);
        for(var port = 0U; port < 0x1_0000; port += 19)
        {
            machine.Out(port, width, 0);
            Assert.That(machine.In(port, width), Is.EqualTo(PciSpec.AllOnes(width)), $"port 0x{port:X}");
        }
        Assert.That((int)machine.Card.Transport.Status, Is.EqualTo(0x0F), "no write has reached it");
    }

    // A modern driver takes over without a reset in between. The queue that a legacy driver enabled must stop at FEATURES_OK: its ring
    // does not follow the rules that hold from then on.
    [Test]
    [Rule("BASE-10", "BASE-12", "H-105")]
    public void FeaturesOk_OverAQueueEnabledByALegacyDriver_StopsIt([Values] bool packed)
    {
        var machine = new PciMachine(queueSize: 8, features: "+RING_PACKED");
        var legacy = new LegacyPciDriver(machine);
        legacy.Probe();
        legacy.SetupQueue(NetLayout.ReceiveQueue);
        var modern = new VirtioPciDriver(machine);
        modern.Probe();
        var wanted = packed ? NetDriver.AllFeatures.With(Feature.RingPacked) : NetDriver.AllFeatures;
        for(var word = 0U; word < 4; word++)
        {
            modern.Common(CommonCfg.DriverFeatureSelect, 4, word);
            modern.Common(CommonCfg.DriverFeature, 4, wanted.Word(word));
        }
        modern.Status = DeviceStatus.Driver;
        modern.Status |= DeviceStatus.FeaturesOk;

        modern.Common(CommonCfg.QueueSelect, 2, NetLayout.ReceiveQueue);
        Assert.That(modern.Common(CommonCfg.QueueEnable, 2), Is.Zero);
        LegacyLifeTests.AssertWorks(machine);
    }

    // What is written through the modern interface before FEATURES_OK is not checked yet. A queue of a legacy driver must not get it,
    // though without VERSION_1 the driver still counts as a legacy driver, whose queues run at once.
    [TestCase(1U, 1U << 2, TestName = "DriverFeature_OverAQueueEnabledByALegacyDriver_ResetsIt(RING_PACKED)")]
    [TestCase(1U, 1U << 31, TestName = "DriverFeature_OverAQueueEnabledByALegacyDriver_ResetsIt(not offered)")]
    [TestCase(0U, 1U << 15, TestName = "DriverFeature_OverAQueueEnabledByALegacyDriver_ResetsIt(MRG_RXBUF)")]
    [Rule("BASE-12", "H-105")]
    public void DriverFeature_OverAQueueEnabledByALegacyDriver_ResetsIt(uint word, uint value)
    {
        var machine = new PciMachine(queueSize: 8, features: "+RING_PACKED");
        var legacy = new LegacyPciDriver(machine);
        legacy.Probe();
        legacy.SetupQueue(NetLayout.ReceiveQueue);
        var modern = new VirtioPciDriver(machine);
        modern.Probe();
        modern.Common(CommonCfg.DriverFeatureSelect, 4, word);
        modern.Common(CommonCfg.DriverFeature, 4, value);

        modern.Common(CommonCfg.QueueSelect, 2, NetLayout.ReceiveQueue);
        Assert.That(modern.Common(CommonCfg.QueueEnable, 2), Is.Zero);
        LegacyLifeTests.AssertWorks(machine);
    }

    [Test]
    [Rule("BASE-11", "LEG-08")]
    public void LegacyCard_HasNoVirtioCapabilitiesNorTheirBar([Values(0, 4)] int vectors)
    {
        var machine = new PciMachine(mode: PciMode.Legacy, queueSize: 8, vectors: vectors);
        var pci = new VirtioPciDriver(machine);
        pci.Probe();
        Assert.That(pci.Structures, Is.Empty);
        Assert.That(machine.ReadConfig(PciSpec.Bar0 + 16, 4), Is.Zero);
        LegacyLifeTests.AssertWorks(machine);
    }

    private static (CardAtStage Card, LegacyPciDriver Legacy) Modern(Stage stage)
    {
        var card = new CardAtStage(stage);
        var legacy = new LegacyPciDriver(card.Machine);
        legacy.Pci.BarAddresses[0] = card.Pci.BarAddresses[0];
        return (card, legacy);
    }
}
