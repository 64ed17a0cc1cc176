// renode-virtio-net, MIT licence: see LICENSE.
// Status and reset over virtio-mmio. virtio v1.4-cs01: 2.1, 2.4, 4.2.2.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MmioResetTests
{
    [Test]
    [Rule("MMIO-05", "BASE-13", "BASE-14", "MMIOL-01", "H-107")]
    public void Reset_AtAnyStage_LeavesNothingBehindAndACardThatWorks(
        [Values(1, 2)] int version, [ValueSource(typeof(MmioCard), nameof(MmioCard.Stages))] Stage stage, [Values] bool ofTheMachine)
    {
        var card = new MmioCard(stage, version);
        card.Driver.Write(MmioReg.QueueSel, 1);
        if(ofTheMachine)
        {
            card.Machine.Card.Reset();
        }
        else
        {
            card.Driver.Status = DeviceStatus.None;
        }
        Assert.That(card.Driver.Status, Is.EqualTo(DeviceStatus.None));
        Assert.That(card.Driver.Read(MmioReg.InterruptStatus), Is.Zero);
        Assert.That(card.Machine.Line, Is.False);
        for(var queue = 0U; queue < 2; queue++)
        {
            card.Driver.Write(MmioReg.QueueSel, queue);
            Assert.That(card.Driver.Read(version == 1 ? MmioReg.QueuePFN : MmioReg.QueueReady), Is.Zero);
        }
        var (accesses, interrupts) = (card.Machine.Ram.Accesses, card.Machine.Interrupts);
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        card.Machine.Device.LinkUp = !card.Machine.Device.LinkUp;
        card.Driver.Notify(NetLayout.TransmitQueue);
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Interrupts, Is.EqualTo(interrupts));
        card.Machine.Device.LinkUp = true;
        Assert.That(MmioCard.Works(card.Machine), Is.True);
    }

    [Test]
    [Rule("BASE-09")]
    public void Reset_AThousandTimes_TakesTheSameFeaturesEachTime([Values(1, 2)] int version)
    {
        var driver = new MmioCard(Stage.Probed, version).Driver;
        for(var i = 0; i < 1000; i++)
        {
            Assert.That(driver.Negotiate(NetDriver.AllFeatures & driver.ReadOffered()), Is.True);
        }
    }

    [TestCase(0x100U)]
    [TestCase(0x10FU)]
    [TestCase(0x8000_0000U)]
    [TestCase(uint.MaxValue)]
    [Rule("H-105")]
    public void Status_OfMoreThanEightBits_HasNoEffect(uint value)
    {
        foreach(var version in new[] { 1, 2 })
        {
            var card = new MmioCard(Stage.Running, version);
            var before = MmioView.Of(card.Machine);
            card.Driver.Write(MmioReg.Status, value);
            Assert.That(MmioView.Of(card.Machine), Is.EqualTo(before));
        }
    }

    [TestCase(Stage.Probed, 0x02U)]
    [TestCase(Stage.Probed, 0x0FU, Description = "FEATURES_OK and DRIVER_OK without VERSION_1")]
    [TestCase(Stage.DriverKnown, 0x07U)]
    [TestCase(Stage.Running, 0x01U, Description = "bits cleared")]
    [TestCase(Stage.Running, 0x1FU, Description = "SUSPEND, which is not offered")]
    [TestCase(Stage.Running, 0x2FU)]
    [TestCase(Stage.Running, 0x4FU, Description = "DEVICE_NEEDS_RESET is the device's")]
    [Rule("H-105")]
    public void Status_OutOfOrder_SetsNoDriverOkAndClearsNothing(Stage stage, uint value)
    {
        var card = new MmioCard(stage);
        var before = card.Driver.Read(MmioReg.Status);
        card.Driver.Write(MmioReg.Status, value);
        var after = card.Driver.Read(MmioReg.Status);
        Assert.That(after & before, Is.EqualTo(before));
        Assert.That(after & ~before & ~3U, Is.Zero);
    }
}
