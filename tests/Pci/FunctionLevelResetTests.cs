// renode-virtio-net, MIT licence: see LICENSE.
// Function-level reset: how it is asked for, and what it leaves. What the card does after one, at each stage of its
// life, is in Transport/ResetTests.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Tests.Transport;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Pci;

[Rule("PCIH-08", "H-107")]
public sealed class FunctionLevelResetTests
{
    [TestCase(0x08, 2, 0x8000UL)]
    [TestCase(0x09, 1, 0x80UL)]
    [TestCase(0x08, 4, 0xFFFF_FFFFUL)]
    [TestCase(0x08, 8, 0x8000UL)]
    [TestCase(0x04, 8, 0x0000_A00F_0000_0000UL)]
    public void InitiateReset_AnyAccessThatHoldsTheBit_ResetsAndReadsZero(int register, int width, ulong value)
    {
        var card = new CardAtStage(Stage.Running, new PciMachine(queueSize: CardAtStage.QueueSize, vectors: 4));
        var at = ExpressTests.Capability(card.Machine, PciSpec.CapabilityExpress);
        if((at + register) % width != 0)
        {
            // Without MSI-X the capability is at another place, so the access is aligned.
            card = new CardAtStage(Stage.Running);
            at = ExpressTests.Capability(card.Machine, PciSpec.CapabilityExpress);
        }
        card.Machine.Bus.WriteConfig(PciMachine.Ecam(PciMachine.CardSlot, at + register), width, value);
        Assert.That(card.Pci.Config(PciSpec.Command, 2), Is.Zero);
        Assert.That(card.Pci.Config(at + 8, 2), Is.EqualTo(0x2000), "Device Control as at power-on");
        Assert.That(card.Machine.Card.Transport.Status, Is.EqualTo(DeviceStatus.None));
    }

    [TestCase(0x08, 1, 0x80UL)]
    [TestCase(0x08, 2, 0x7FFFUL)]
    [TestCase(0x0A, 2, 0x8000UL)]
    [TestCase(0x04, 4, 0xFFFF_FFFFUL)]
    public void OtherBitsAndRegisters_Written_ResetNothing(int register, int width, ulong value)
    {
        var card = new CardAtStage(Stage.Running);
        var at = ExpressTests.Capability(card.Machine, PciSpec.CapabilityExpress);
        card.Machine.Bus.WriteConfig(PciMachine.Ecam(PciMachine.CardSlot, at + register), width, value);
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
    }

    [Test]
    public void Reset_AtAnyStage_BringsBackTheWholeConfigurationSpace([Values] Stage stage, [Values(0, 4)] int vectors)
    {
        var card = new CardAtStage(stage, new PciMachine(queueSize: CardAtStage.QueueSize, vectors: vectors));
        card.Pci.WriteConfig(PciSpec.InterruptLine, 1, 11);
        card.Pci.FunctionLevelReset();
        Assert.That(ConfigImage.Of(card.Machine), Is.EqualTo(ConfigImage.Of(new PciMachine(vectors: vectors))));
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Machine.Bus.Read(false, card.Pci.BarAddresses[4], 4), Is.EqualTo(uint.MaxValue), "its window is closed");
    }

    [Test]
    public void Reset_OfOneFunction_LeavesTheOthersOfItsSlotAlone()
    {
        var card = new CardAtStage(Stage.Running);
        var machine = card.Machine;
        var second = new VirtioPciFunction(machine.MakeDevice(8), machine.Ram, machine, machine, new PciOptions());
        machine.Bus.TryAdd(PciMachine.CardSlot, 1, second);
        var other = new VirtioPciDriver(machine, PciMachine.CardSlot, 1);
        other.Probe(0x2000_0000);
        other.FunctionLevelReset();
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);

        other.Probe(0x2000_0000);
        var command = other.Config(PciSpec.Command, 2);
        card.Pci.FunctionLevelReset();
        Assert.That(card.Pci.Config(PciSpec.HeaderType, 1), Is.EqualTo(PciSpec.HeaderMultiFunction), "it is the slot's");
        Assert.That(other.Config(PciSpec.Command, 2), Is.EqualTo(command).And.Not.Zero);
        Assert.That((int)other.Status, Is.Zero);
    }

    [Test]
    [Rule("H-58")]
    public void Reset_WithAVectorPending_MasksTheTableAndSendsNothing()
    {
        var card = new CardAtStage(Stage.Running, new PciMachine(queueSize: CardAtStage.QueueSize, vectors: 4));
        var msix = new MsixDriver(card.Pci) { Control = MsixDriver.Enable };
        card.Pci.Common(CommonCfg.ConfigMsixVector, 2, 2);
        msix.Program(2, 0x0802_0040, 43);
        msix.Mask(2, true);
        card.Machine.Device.LinkUp = false;
        Assert.That(msix.IsPending(2), Is.True);

        card.Pci.FunctionLevelReset();
        card.Pci.Probe();
        Assert.That(msix.IsPending(2), Is.False);
        Assert.That(msix.Control & (MsixDriver.Enable | MsixDriver.FunctionMask), Is.Zero);
        msix.Control = MsixDriver.Enable;
        for(var vector = 0; vector < 4; vector++)
        {
            Assert.That(card.Machine.Load(msix.Entry(vector), 8), Is.Zero);
            Assert.That(card.Machine.Load(msix.Entry(vector) + 8, 8), Is.EqualTo(1UL << 32), $"vector {vector} is masked");
        }
        Assert.That(card.Machine.Messages, Is.Empty);
    }

    [Test]
    [Rule("PCIH-05")]
    public void Reset_OfASleepingFunction_WakesIt()
    {
        var card = new CardAtStage(Stage.Running);
        card.Pci.WriteConfig(ExpressTests.Capability(card.Machine, PciSpec.CapabilityPowerManagement) + 4, 2, 3);
        card.Pci.FunctionLevelReset();
        card.Pci.Probe();
        Assert.That((int)card.Pci.Status, Is.Zero);
    }

    [Test]
    public void Reset_OfAFunctionWithoutTheCapability_CannotBeAskedFor()
    {
        var bench = new PciBench();
        bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Place(1, 0, 0x1000_0000);
        for(var register = PciSpec.FirstCapability; register < PciSpec.ConfigSize; register += 4)
        {
            bench.WriteConfig(1, register, 4, uint.MaxValue);
        }
        Assert.That(bench.Bus.Read(false, 0x1000_0000, 1), Is.EqualTo(0x11));
    }
}
