// renode-virtio-net, MIT licence: see LICENSE.
// The PCI Express and power management capabilities, as PCI Express Base 5.0 asks for them (7.5.2, 7.5.3).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Tests.Transport;

namespace VirtioNet.Tests.Pci;

public sealed class ExpressTests
{
    [TestCase("version 2, integrated endpoint, vector 0", 0x02, 2, 0x0092U)]
    [TestCase("128-byte payloads, role-based error reporting, FLR", 0x04, 4, 0x1000_8000U)]
    [TestCase("requests of 512 bytes, nothing enabled", 0x08, 2, 0x2000U)]
    [TestCase("nothing failed, nothing pending", 0x0A, 2, 0x0000U)]
    [Rule("PCI-01")]
    public void ExpressCapability_Read_IsThatOfAnIntegratedEndpoint(string what, int register, int width, uint value)
    {
        var machine = new PciMachine();
        Assert.That(machine.ReadConfig(Capability(machine, PciSpec.CapabilityExpress) + register, width), Is.EqualTo(value), what);
    }

    [Test]
    [Rule("PCI-01")]
    public void LinkSlotAndRootRegisters_OfAnIntegratedEndpoint_ReadZero()
    {
        var machine = new PciMachine();
        var at = Capability(machine, PciSpec.CapabilityExpress);
        for(var register = 0x0C; register < 0x3C; register += 4)
        {
            machine.WriteConfig(at + register, 4, uint.MaxValue);
            Assert.That(machine.ReadConfig(at + register, 4), Is.Zero, $"register 0x{register:X}");
        }
    }

    [Test]
    [Rule("PCI-01")]
    public void PowerCapability_Read_HasNoOptionalStateAndKeepsStateAsleep()
    {
        var machine = new PciMachine();
        var at = Capability(machine, PciSpec.CapabilityPowerManagement);
        Assert.That(machine.ReadConfig(at + 2, 2), Is.EqualTo(3), "version 3; no D1, D2, PME");
        Assert.That(machine.ReadConfig(at + 4, 4), Is.EqualTo(8), "D0, no soft reset");
    }

    [TestCase(1U)]
    [TestCase(2U)]
    [Rule("PCI-01")]
    public void PowerState_ThatDoesNotExist_IsNotEntered(uint state)
    {
        var card = new CardAtStage(Stage.Running);
        var control = Capability(card.Machine, PciSpec.CapabilityPowerManagement) + 4;
        card.Pci.WriteConfig(control, 2, state);
        Assert.That(card.Pci.Config(control, 2) & 3, Is.Zero);
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
        card.Pci.WriteConfig(control, 2, 3);
        card.Pci.WriteConfig(control, 2, state);
        Assert.That(card.Pci.Config(control, 2) & 3, Is.EqualTo(3));
    }

    [Test]
    [Rule("PCIH-05", "H-109")]
    public void Asleep_TheFunctionAnswersConfigurationAloneAndWakesWithItsState()
    {
        var card = new CardAtStage(Stage.InterruptPending);
        var control = Capability(card.Machine, PciSpec.CapabilityPowerManagement) + 4;
        var command = card.Pci.Config(PciSpec.Command, 2);
        card.Pci.WriteConfig(control, 2, 3);
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Pci.Common(CommonCfg.NumQueues, 2), Is.EqualTo(0xFFFF));
        Assert.That(card.Pci.Config(PciSpec.VendorId, 2), Is.EqualTo(PciLayout.VendorId));
        card.OfferFrame(1);
        var accesses = card.Machine.Ram.Accesses;
        card.Pci.Notify(NetLayout.TransmitQueue);
        card.Machine.Device.Receive(CardAtStage.Frame(2));
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses), "no DMA");
        Assert.That(card.Pci.Config(PciSpec.Command, 2), Is.EqualTo(command), "the register itself stays");

        card.Pci.WriteConfig(control, 2, 0);
        Assert.That(card.Machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Repeat(1, 1)));
        Assert.That(card.Net.TryReceive(out var frame) ? frame[0] : -1, Is.EqualTo(2));
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
    }

    internal static int Capability(PciMachine machine, byte id)
    {
        var at = (int)machine.ReadConfig(PciSpec.CapabilitiesPointer, 1);
        while(machine.ReadConfig(at, 1) != id)
        {
            at = (int)machine.ReadConfig(at + 1, 1);
            Assert.That(at, Is.Not.Zero, $"there is no capability 0x{id:X2}");
        }
        return at;
    }
}
