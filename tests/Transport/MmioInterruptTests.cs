// renode-virtio-net, MIT licence: see LICENSE.
// InterruptStatus, InterruptACK and the line. virtio v1.4-cs01: 4.2.2, 4.2.3.4 "Notifications From The Device".

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MmioInterruptTests
{
    [Test]
    [Rule("MMIO-03", "MMIO-04", "MMIO-14")]
    public void Event_StandsUntilItIsAcknowledged([Values(1, 2)] int version)
    {
        var card = new MmioCard(Stage.Running, version);
        AssertPending(card, 0);
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        AssertPending(card, Used);
        card.Machine.Device.LinkUp = false;
        AssertPending(card, Used | Config);
        card.Driver.Write(MmioReg.InterruptACK, Used);
        AssertPending(card, Config);
        card.Driver.Write(MmioReg.InterruptACK, Used);
        AssertPending(card, Config);
        card.Driver.Write(MmioReg.InterruptACK, Config);
        AssertPending(card, 0);
        Assert.That(card.Machine.Interrupts, Is.EqualTo(1), "the line was up all the while");
    }

    [TestCase(0U, Used)]
    [TestCase(Config, Used)]
    [TestCase(0xFFFF_FFFC, Used)]
    [TestCase(0xFFFF_FFFF, 0U)]
    [Rule("MMIO-03", "MMIO-04")]
    public void Acknowledge_OfOtherBits_LeavesTheEvent(uint acknowledged, uint left)
    {
        var card = new MmioCard(Stage.Running);
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        card.Driver.Write(MmioReg.InterruptACK, acknowledged);
        AssertPending(card, left);
    }

    [Test]
    [Rule("MMIO-04")]
    public void Acknowledge_OfNothing_RaisesNothing()
    {
        var card = new MmioCard(Stage.Running);
        card.Driver.Write(MmioReg.InterruptACK, uint.MaxValue);
        AssertPending(card, 0);
        Assert.That(card.Machine.Interrupts, Is.Zero);
    }

    [Test]
    [Rule("MMIO-03", "H-56")]
    public void Event_AfterAnAcknowledgement_RaisesTheLineAgain([Values(1, 2)] int version)
    {
        var card = new MmioCard(Stage.Running, version);
        for(var i = 1; i <= 5; i++)
        {
            card.Machine.Device.Receive(CardAtStage.Frame(1));
            Assert.That(card.Driver.ReadIsr(), Is.EqualTo(Used));
            Assert.That(card.Net.TryReceive(out _), Is.True);
            Assert.That(card.Machine.Interrupts, Is.EqualTo(i));
        }
    }

    [Test]
    [Rule("BASE-04", "BASE-03", "MMIO-14")]
    public void NeedsReset_OfARunningDevice_IsOneConfigurationChange([Values(1, 2)] int version)
    {
        var card = new MmioCard(Stage.Parked, version);
        AssertPending(card, Config);
        Assert.That(card.Driver.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.NeedsReset));
        card.Driver.Write(MmioReg.InterruptACK, Config);
        card.Machine.Device.LinkUp = false;
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        card.Driver.Notify(NetLayout.TransmitQueue);
        AssertPending(card, 0);
    }

    [Test]
    [Rule("BASE-25")]
    public void ConfigurationChange_BeforeDriverOk_IsNoEvent([Values(1, 2)] int version)
    {
        var card = new MmioCard(Stage.QueueEnabled, version);
        card.Machine.Device.LinkUp = false;
        AssertPending(card, 0);
    }

    [Test]
    [Rule("H-56")]
    public void Buffers_ThatTheDriverDoesNotWantToKnowOf_RaiseNothing([Values(1, 2)] int version, [Values] bool eventIdx)
    {
        var machine = new MmioMachine(version: version);
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start(eventIdx ? null : NetDriver.AllFeatures.Without(Feature.EventIdx));
        driver.Transmit.AvailableFlags = (ushort)(eventIdx ? 0 : 1);
        driver.Transmit.UsedEvent = 1000;
        driver.TrySend(CardAtStage.Frame(1));
        Assert.That(machine.Sent, Has.Count.EqualTo(1));
        Assert.That(machine.Card.InterruptStatus, Is.Zero);
        Assert.That(machine.Line, Is.False);
    }

    private static void AssertPending(MmioCard card, uint events)
    {
        Assert.That(card.Driver.Read(MmioReg.InterruptStatus), Is.EqualTo(events));
        Assert.That(card.Machine.Line, Is.EqualTo(events != 0));
    }

    private const uint Used = 1;
    private const uint Config = 2;
}
