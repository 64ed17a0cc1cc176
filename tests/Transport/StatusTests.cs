// renode-virtio-net, MIT licence: see LICENSE.
// The device status field, exhaustively: every status that can be reached, every byte that can be written.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class StatusTests
{
    [Test]
    [Rule("BASE-01", "BASE-03", "BASE-13", "PCI-24", "H-105")]
    public void Write_EveryByteOnEveryReachableStatus_FollowsTheStateMachine(
        [Values(0, 1, 2, 3, 10, 11, 14, 15, 75, 79)] int steps, [Values] bool failed, [Values] bool featuresRefusable)
    {
        var machine = new PciMachine(queueSize: CardAtStage.QueueSize);
        var driver = new VirtioPciDriver(machine);
        driver.Probe();
        for(var written = 0; written <= 0xFF; written++)
        {
            var old = Reach(driver, steps, failed, featuresRefusable);
            driver.Common(CommonCfg.DeviceStatus, 1, (uint)written);
            Assert.That((int)driver.Status, Is.EqualTo(Oracle(old, written, featuresRefusable)), $"0x{written:X2} on 0x{old:X2}");
        }
    }

    [Test]
    [Rule("BASE-07")]
    public void FeaturesOk_RefusedTogetherWithDriverOk_SetsNeither()
    {
        var driver = new CardAtStage(Stage.DriverKnown).Pci;
        driver.Common(CommonCfg.DeviceStatus, 1, 0x0F);
        Assert.That(driver.Status, Is.EqualTo(DeviceStatus.Acknowledge | DeviceStatus.Driver));
    }

    [Test]
    [Rule("H-105", "H-52")]
    public void Failed_WhileRunning_StopsBothDirections()
    {
        var card = new CardAtStage(Stage.Failed);
        var accesses = card.Machine.Ram.Accesses;
        card.OfferFrame(1);
        card.Pci.Notify(NetLayout.TransmitQueue);
        card.Machine.Device.Receive(CardAtStage.Frame(2));

        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Sent, Is.Empty);
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(1));
        Assert.That(card.Machine.Interrupts, Is.Zero);
    }

    [Test]
    [Rule("BASE-03", "H-105")]
    public void NeedsReset_WrittenByTheDriver_IsNeitherSetNorCleared()
    {
        var card = new CardAtStage(Stage.Running);
        card.Pci.Status |= DeviceStatus.NeedsReset;
        Assert.That(card.Pci.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.None));
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1), "the device still runs");

        card.BreakTransmitRing();
        card.Pci.Status &= ~DeviceStatus.NeedsReset;
        Assert.That(card.Pci.Status & DeviceStatus.NeedsReset, Is.Not.EqualTo(DeviceStatus.None));
    }

    [Test]
    [Rule("BASE-03", "BASE-04", "BASE-25", "PCI-49")]
    public void NeedsReset_WhileRunning_NotifiesOnceAndLeavesTheOtherBits()
    {
        var card = new CardAtStage(Stage.Running);
        card.BreakTransmitRing();
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x4F));
        Assert.That(card.Machine.Interrupts, Is.EqualTo(1));
        Assert.That(card.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));

        card.BreakTransmitRing();
        card.Machine.Device.LinkUp = false;
        card.Machine.Transport.Park("a second reason");
        Assert.That(card.Machine.Interrupts, Is.EqualTo(1));
        Assert.That(card.Pci.ReadIsr(), Is.Zero);
        Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("BASE-04")]
    public void NeedsReset_BeforeDriverOk_NotifiesNeitherThenNorAtDriverOk()
    {
        var card = new CardAtStage(Stage.ParkedBeforeDriverOk);
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x4B));
        card.Pci.Status |= DeviceStatus.DriverOk;
        Assert.That(card.Machine.Interrupts, Is.Zero);
        Assert.That(card.Pci.ReadIsr(), Is.Zero);
        Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("BASE-02", "H-52")]
    public void Queues_NotifiedBeforeDriverOk_AreNotTouched([Values(Stage.Probed, Stage.Acknowledged, Stage.DriverKnown, Stage.FeaturesOk, Stage.QueueEnabled)] Stage stage)
    {
        var card = new CardAtStage(stage);
        var accesses = card.Machine.Ram.Accesses;
        for(var queue = 0; queue < NetLayout.QueuesPerPair; queue++)
        {
            card.Pci.Notify(queue);
        }
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        card.Machine.Device.LinkUp = false;

        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Interrupts, Is.Zero);
        Assert.That(card.Pci.ReadIsr(), Is.Zero);
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(1));
    }

    // The rules of 3.1.1 and 2.1, written once more and otherwise than in the device: a status is valid if it has the first n of
    // DRIVER, FEATURES_OK and DRIVER_OK. ACKNOWLEDGE may come late or never.
    private static int Oracle(int old, int written, bool featuresRefusable)
    {
        if(written == 0)
        {
            return 0;
        }
        const int needsReset = 0x40;
        const int failed = 0x80;
        const int acknowledge = 0x01;
        var now = old & ~needsReset;
        var wanted = written & ~needsReset;
        var step = Array.IndexOf(Steps, wanted & ~failed & ~acknowledge);
        if(step < 0 || (now | wanted) != wanted)
        {
            return old;
        }
        if(featuresRefusable && step >= 2 && (old & 0x08) == 0)
        {
            wanted &= ~0x0C;
        }
        return wanted | (old & needsReset);
    }

    // Features that will be refused are written only if the status to start from is without FEATURES_OK, which freezes them.
    private static int Reach(VirtioPciDriver driver, int steps, bool failed, bool featuresRefusable)
    {
        driver.Status = DeviceStatus.None;
        driver.Common(CommonCfg.DriverFeatureSelect, 4, 1);
        driver.Common(CommonCfg.DriverFeature, 4, featuresRefusable && (steps & 0x08) == 0 ? 0U : 1U);
        var order = new[] { DeviceStatus.Acknowledge, DeviceStatus.Driver, DeviceStatus.FeaturesOk };
        foreach(var bit in order.Where(x => (steps & (int)x) != 0))
        {
            driver.Status |= bit;
        }
        if((steps & 0x40) != 0)
        {
            driver.Common(CommonCfg.QueueSelect, 2, 0);
            driver.WriteAddress(CommonCfg.QueueDesc, driver.Platform.Memory.Base + 8);
            driver.Common(CommonCfg.QueueEnable, 2, 1);
        }
        if((steps & 0x04) != 0)
        {
            driver.Status |= DeviceStatus.DriverOk;
        }
        if(failed)
        {
            driver.Status |= DeviceStatus.Failed;
        }
        var reached = (int)driver.Status;
        Assert.That(reached, Is.EqualTo(steps | (failed ? 0x80 : 0)), "the status to start from");
        return reached;
    }

    private static readonly int[] Steps = { 0x00, 0x02, 0x0A, 0x0E };
}
