// renode-virtio-net, MIT licence: see LICENSE.
// ISR status, Interrupt Status and the configuration generation. virtio v1.4-cs01: 4.1.4.5, 4.1.4.3.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

public sealed class InterruptTests
{
    [TestCase(true, false, 1)]
    [TestCase(false, true, 2)]
    [TestCase(true, true, 3)]
    [Rule("PCI-49", "PCI-50", "PCI-51", "PCI-52", "PCI-76")]
    public void Isr_AfterEvents_ShowsThemOnceAndDropsTheLine(bool queueUsed, bool configChanged, int isr)
    {
        var card = new CardAtStage(Stage.Running);
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
        Assert.That(InterruptStatus(card), Is.True);
        Assert.That(card.Pci.ReadIsr(), Is.EqualTo(isr));
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(InterruptStatus(card), Is.False);
        Assert.That(card.Pci.ReadIsr(), Is.Zero);
    }

    [Test]
    [Rule("PCI-51", "PCIH-05")]
    public void InterruptDisable_WithAnEventPending_GatesTheLineOnly()
    {
        var card = new CardAtStage(Stage.InterruptPending);
        card.Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandBusMaster | PciSpec.CommandInterruptDisable);
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(InterruptStatus(card), Is.True);
        card.Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandBusMaster);
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That(card.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));
    }

    [Test]
    [Rule("PCI-52", "H-101", "H-102")]
    public void Isr_AccessedAnywhereElseOrWritten_KeepsItsEvents([Values(1, 2, 4, 8)] int width)
    {
        var card = new CardAtStage(Stage.InterruptPending);
        for(var offset = 0U; offset + width <= 0x1000; offset++)
        {
            card.Pci.Write(PciLayout.CapIsrCfg, offset, width, ulong.MaxValue);
            if(offset > 0)
            {
                Assert.That(card.Pci.Read(PciLayout.CapIsrCfg, offset, width), Is.Zero);
            }
        }
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That(card.Pci.Read(PciLayout.CapIsrCfg, 0, width), Is.EqualTo(PciLayout.IsrConfig));
        Assert.That(card.Machine.Lines, Has.None.True);
    }

    [Test]
    [Rule("H-115", "H-101")]
    public void Misuse_RepeatedAMillionTimes_IsReportedByTheSameFewRules()
    {
        var reports = new RuleCollector();
        var machine = new PciMachine();
        var card = new VirtioPciFunction(machine.MakeDevice(8), machine.Ram, machine, reports, new PciOptions { Mode = PciMode.Modern });
        var bar = card.Config.Bars.Single();
        for(var i = 0; i < 1_000_000; i++)
        {
            card.WriteBar(bar, (ulong)i & 0x3FFF, 1, (ulong)i | 1);
        }
        Assert.That(reports.Count, Is.GreaterThan(100_000));
        Assert.That(reports.Rules, Has.Count.LessThan(20), "no rule is made for an access");
    }

    [Test]
    [Rule("BASE-15", "PCI-23")]
    public void Generation_WithoutAChange_StaysTheSame()
    {
        var card = new CardAtStage(Stage.Running);
        var generation = card.Pci.Common(CommonCfg.ConfigGeneration, 1);
        for(var i = 0; i < 300; i++)
        {
            card.Pci.DeviceConfig(NetLayout.ConfigStatus, 2);
            Assert.That(card.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.EqualTo(generation));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(255)]
    [TestCase(256)]
    [TestCase(257)]
    [TestCase(512)]
    [TestCase(65536)]
    [Rule("BASE-15", "PCI-23")]
    public void Generation_AfterAnyNumberOfChangesSinceItWasRead_Differs(int changes)
    {
        var card = new CardAtStage(Stage.Running);
        for(var round = 0; round < 3; round++)
        {
            var before = card.Pci.Common(CommonCfg.ConfigGeneration, 1);
            for(var i = 0; i < changes; i++)
            {
                card.Machine.Device.LinkUp = !card.Machine.Device.LinkUp;
                card.Pci.DeviceConfig(NetLayout.ConfigStatus, 2);
            }
            Assert.That(card.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.Not.EqualTo(before), $"round {round}");
        }
    }

    [Test]
    [Rule("PCI-23")]
    public void Generation_ReadAfterEachOf256Changes_DiffersFromTheOneBefore()
    {
        var card = new CardAtStage(Stage.Running);
        var before = card.Pci.Common(CommonCfg.ConfigGeneration, 1);
        for(var i = 0; i < 600; i++)
        {
            card.Machine.Device.LinkUp = !card.Machine.Device.LinkUp;
            var now = card.Pci.Common(CommonCfg.ConfigGeneration, 1);
            Assert.That(now, Is.Not.EqualTo(before));
            before = now;
        }
    }

    [Test]
    [Rule("BASE-15", "PCI-23")]
    public void Generation_OverAReset_DoesNotHideAChange()
    {
        var card = new CardAtStage(Stage.Running);
        var before = card.Pci.Common(CommonCfg.ConfigGeneration, 1);
        card.Machine.Device.LinkUp = false;
        card.Pci.Status = DeviceStatus.None;
        Assert.That(card.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.Not.EqualTo(before));
    }

    [Test]
    [Rule("BASE-25", "PCI-49")]
    public void ConfigChange_WhileRunning_NotifiesAndBeforeDriverOkDoesNot([Values] bool running)
    {
        var card = new CardAtStage(running ? Stage.Running : Stage.QueueEnabled);
        card.Machine.Device.LinkUp = false;
        Assert.That(card.Machine.Interrupts, Is.EqualTo(running ? 1 : 0));
        Assert.That(card.Pci.ReadIsr(), Is.EqualTo(running ? PciLayout.IsrConfig : 0));
    }

    private static bool InterruptStatus(CardAtStage card)
    {
        return (card.Machine.ReadConfig(PciSpec.Status, 2) & PciSpec.StatusInterrupt) != 0;
    }

    private sealed class RuleCollector : IReports
    {
        public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
        {
            Count++;
            // Compared by reference: a rule made for each access would be counted each time, although its text is the same.
            Rules.Add(rule);
        }

        public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
        {
        }

        public void Parked(string reason)
        {
        }

        public int Count { get; private set; }

        public HashSet<object> Rules { get; } = new(ReferenceEqualityComparer.Instance);
    }
}
