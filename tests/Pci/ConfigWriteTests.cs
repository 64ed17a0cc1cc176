// renode-virtio-net, MIT licence: see LICENSE.
// A configuration write makes the bus work out its windows and interrupt lines once if they change, and not at all otherwise.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Tests.Transport;

namespace VirtioNet.Tests.Pci;

[Rule("PCIH-05", "PCIH-09")]
public sealed class ConfigWriteTests
{
    [TestCase("Memory Space", PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandBusMaster)]
    [TestCase("I/O Space", PciSpec.Command, 1, PciSpec.CommandMemory | PciSpec.CommandBusMaster)]
    [TestCase("both spaces", PciSpec.Command, 2, PciSpec.CommandBusMaster)]
    [TestCase("an I/O BAR", PciSpec.Bar0, 4, 0x8000)]
    [TestCase("a memory BAR", PciSpec.Bar0 + 4, 4, 0x2000_0000)]
    [TestCase("the low half of a 64-bit BAR", PciSpec.Bar0 + 16, 4, 0x2000_0000)]
    [TestCase("the high half of a 64-bit BAR", PciSpec.Bar0 + 20, 4, 1)]
    [TestCase("one byte of a BAR", PciSpec.Bar0 + 18, 1, 0x77)]
    public void Windows_Changed_AreWorkedOutOnce(string what, int register, int width, int value)
    {
        var (card, watching) = Start(Stage.Running);
        card.Pci.WriteConfig(register, width, (uint)value);
        Assert.That(watching.Take(), Is.EqualTo((1, 0)), what);
        card.Pci.WriteConfig(register, width, (uint)value);
        Assert.That(watching.Take(), Is.EqualTo((0, 0)), $"{what}: the same again");
    }

    [TestCase("identity", PciSpec.VendorId, 4, 0)]
    [TestCase("Bus Master", PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory)]
    [TestCase("Interrupt Disable without an interrupt", PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster | PciSpec.CommandInterruptDisable)]
    [TestCase("Cache Line Size", PciSpec.CacheLineSize, 1, 8)]
    [TestCase("type bits of a BAR", PciSpec.Bar0 + 16, 1, 0xF)]
    [TestCase("a BAR that there is not", PciSpec.Bar0 + 8, 4, -1)]
    [TestCase("Interrupt Line", PciSpec.InterruptLine, 1, 9)]
    [TestCase("the extended space", 0x100, 4, -1)]
    public void OtherRegisters_Written_LeaveTheBusAlone(string what, int register, int width, int value)
    {
        var (card, watching) = Start(Stage.Running);
        card.Pci.WriteConfig(register, width, unchecked((uint)value));
        Assert.That(watching.Take(), Is.EqualTo((0, 0)), what);
    }

    [Test]
    public void PowerState_Changed_WorksOutWindowsAndLinesOnce()
    {
        var (card, watching) = Start(Stage.InterruptPending);
        var control = ExpressTests.Capability(card.Machine, PciSpec.CapabilityPowerManagement) + 4;
        foreach(var state in new[] { 3U, 0U })
        {
            card.Pci.WriteConfig(control, 2, state);
            Assert.That(watching.Take(), Is.EqualTo((1, 1)));
            card.Pci.WriteConfig(control, 2, state);
            Assert.That(watching.Take(), Is.EqualTo((0, 0)), "the same again");
        }
    }

    [Test]
    [Rule("PCIH-08")]
    public void FunctionLevelReset_WithAnInterruptPending_WorksOutWindowsAndLinesOnce()
    {
        var (card, watching) = Start(Stage.InterruptPending);
        card.Pci.FunctionLevelReset();
        Assert.That(watching.Take(), Is.EqualTo((1, 1)));
    }

    [Test]
    [Rule("H-59")]
    public void InterruptDisableAndMsix_Written_DriveTheLinesOnce()
    {
        var (card, watching) = Start(Stage.InterruptPending);
        var msix = new MsixDriver(card.Pci);
        var command = card.Pci.Config(PciSpec.Command, 2);
        foreach(var write in new Action[]
        {
            () => card.Pci.WriteConfig(PciSpec.Command, 2, command | PciSpec.CommandInterruptDisable),
            () => card.Pci.WriteConfig(PciSpec.Command, 2, command),
            () => msix.Control = MsixDriver.Enable,
            () => msix.Control = 0,
        })
        {
            write();
            Assert.That(watching.Take(), Is.EqualTo((0, 1)));
        }
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
    }

    [Test]
    public void Window_OpenedByAWrite_IsThereBeforeTheDeviceWorks()
    {
        var card = new CardAtStage(Stage.MasterOff);
        card.Machine.WriteConfig(PciSpec.Command, 2, 0);
        card.OfferFrame(1);
        var seen = 0UL;
        card.Machine.Wire = _ => seen = card.Machine.Load(card.Pci.BarAddresses[4] + CommonCfg.NumQueues, 2);
        card.Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandBusMaster);
        Assert.That(seen, Is.EqualTo(3));
    }

    // A card at that stage with MSI-X vectors, all its BARs enabled, and a function in slot 2 that counts what the bus works out.
    private static (CardAtStage Card, WatchingFunction Watching) Start(Stage stage)
    {
        var card = new CardAtStage(stage, new PciMachine(queueSize: CardAtStage.QueueSize, vectors: 4));
        card.Pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster);
        var watching = new WatchingFunction();
        card.Machine.Bus.TryAdd(2, 0, watching);
        watching.Take();
        return (card, watching);
    }
}
