// renode-virtio-net, MIT licence: see LICENSE.
// Interrupts of a legacy driver: ISR and INTx, and vectors while MSI-X is enabled. virtio v1.4-cs01: 4.1.4.10.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyInterruptTests
{
    [TestCase(true, false, 1)]
    [TestCase(false, true, 2)]
    [TestCase(true, true, 3)]
    [Rule("LEG-09", "PCI-49", "PCI-50", "PCI-51", "PCI-52")]
    public void Isr_AfterEvents_ShowsThemOnceAndDropsTheLine(bool queueUsed, bool configChanged, int isr)
    {
        var card = new LegacyCard(LegacyStage.Running);
        if(queueUsed)
        {
            card.Machine.Device.Receive(CardAtStage.Frame(1));
        }
        if(configChanged)
        {
            card.Machine.Device.LinkUp = false;
        }
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That(card.Machine.Interrupts, Is.EqualTo(1), "the line rises once for both events");
        Assert.That(card.Driver.ReadIsr(), Is.EqualTo(isr));
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Driver.ReadIsr(), Is.Zero);
    }

    [Test]
    [Rule("BASE-25")]
    public void ConfigChange_BeforeDriverOk_IsSilentAndSeen()
    {
        var card = new LegacyCard(LegacyStage.UsedBeforeDriverOk);
        card.Driver.ReadIsr();
        card.Machine.Device.LinkUp = false;
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Driver.DeviceConfig(NetLayout.ConfigStatus, 2), Is.Zero);
    }

    [Test]
    [Rule("PCI-69", "PCI-70", "PCI-75", "PCI-77", "LEG-09", "H-56")]
    public void Vectors_WhileMsixIsEnabled_CarryTheirEventsAndINTxIsSilent([Values] bool shared)
    {
        var card = new LegacyCard(LegacyStage.Running);
        card.EnableMsix(true);
        var msix = new MsixDriver(card.Driver.Pci);
        for(var vector = 0; vector < 3; vector++)
        {
            msix.Program(vector, Doorbell, (uint)vector);
        }
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That(card.Machine.Messages, Is.Empty, "mapped to no vector");
        Map(card, 0, 1, shared ? 1U : 2U);

        card.Machine.Device.LinkUp = false;
        card.Machine.Device.LinkUp = true;
        card.Machine.Device.Receive(CardAtStage.Frame(2));
        // The driver asks for the next interrupt by taking what has come.
        card.ReceiveAll();
        card.Machine.Device.Receive(CardAtStage.Frame(3));
        card.Net.TrySend(CardAtStage.Frame(4));

        var data = card.Machine.Messages.Select(x => x.Data).ToArray();
        Assert.That(data, Is.EqualTo(shared ? new uint[] { 0, 0, 1, 1 } : new uint[] { 0, 0, 1, 2 }));
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Machine.Interrupts, Is.Zero);
        Assert.That(card.Driver.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig), "a configuration change sets its ISR bit with MSI-X, too (PCI-49)");
    }

    [TestCase((uint)LegacyCard.Vectors)]
    [TestCase(0x7FFFU)]
    [TestCase(0xFFFEU)]
    [Rule("PCI-74", "PCI-73", "H-57")]
    public void Mapping_ToAVectorThatIsNot_ReadsBackNoVector(uint vector)
    {
        var card = new LegacyCard(LegacyStage.MsixEnabled);
        foreach(var register in new[] { LegacyPciDriver.ConfigVector, LegacyPciDriver.QueueVector })
        {
            card.Driver.Write(register, 2, 3);
            Assert.That(card.Driver.Read(register, 2), Is.EqualTo(3));
            card.Driver.Write(register, 2, vector);
            Assert.That(card.Driver.Read(register, 2), Is.EqualTo(PciLayout.MsiNoVector));
        }
    }

    [Test]
    [Rule("PCI-72", "BASE-14")]
    public void Reset_WithMsixEnabled_UnmapsEveryEventAndKeepsThePlaceOfTheConfiguration()
    {
        var card = new LegacyCard(LegacyStage.MsixEnabled);
        card.Driver.Status = DeviceStatus.None;
        Assert.That(card.Driver.Read(LegacyPciDriver.ConfigVector, 2), Is.EqualTo(PciLayout.MsiNoVector));
        for(var queue = 0U; queue < NetLayout.QueuesPerPair; queue++)
        {
            card.Driver.Write(LegacyPciDriver.QueueSelect, 2, queue);
            Assert.That(card.Driver.Read(LegacyPciDriver.QueueVector, 2), Is.EqualTo(PciLayout.MsiNoVector));
        }
        Assert.That(card.Driver.DeviceConfig(0, 1), Is.EqualTo(PciMachine.DefaultMac[0]));
    }

    [Test]
    [Rule("H-59")]
    public void Msix_SwitchedWithAnEventUnread_HidesItsLineAndBringsItBack()
    {
        var card = new LegacyCard(LegacyStage.InterruptPending);
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
        card.EnableMsix(true);
        Assert.That(card.Machine.Lines, Has.None.True);
        card.EnableMsix(false);
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That(card.Driver.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));
        Assert.That(card.Machine.Lines, Has.None.True);
    }

    private static void Map(LegacyCard card, uint config, uint receive, uint transmit)
    {
        card.Driver.Write(LegacyPciDriver.ConfigVector, 2, config);
        foreach(var (queue, vector) in new[] { (NetLayout.ReceiveQueue, receive), (NetLayout.TransmitQueue, transmit) })
        {
            card.Driver.Write(LegacyPciDriver.QueueSelect, 2, (uint)queue);
            card.Driver.Write(LegacyPciDriver.QueueVector, 2, vector);
        }
    }

    private const ulong Doorbell = 0x0802_0040;
}
