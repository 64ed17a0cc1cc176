// renode-virtio-net, MIT licence: see LICENSE.
// Reset at every stage, in every way, and many times in a row. virtio v1.4-cs01: 2.4.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Tests.Pci;

namespace VirtioNet.Tests.Transport;

/// <summary>Ways to reset the card.</summary>
public enum ResetKind
{
    Status,
    StatusThroughPciCfg,
    FunctionLevel,
    Machine,
}

public sealed class ResetTests
{
    [Test]
    [Rule("BASE-13", "BASE-14", "PCI-24", "PCI-25", "PCI-35", "H-107", "PCIH-08")]
    public void Reset_AtAnyStage_BringsBackThePowerOnState([Values] Stage stage, [Values] ResetKind kind)
    {
        var card = new CardAtStage(stage);
        Reset(card, kind);
        Assert.That(card.Pci.Status, Is.EqualTo(DeviceStatus.None));

        var fresh = new CardAtStage(Stage.Probed);
        fresh.Machine.WriteConfig(PciSpec.Command, 2, card.Machine.ReadConfig(PciSpec.Command, 2));
        var expected = DriverView.Of(fresh.Pci);
        var actual = DriverView.Of(card.Pci);
        // The generation goes on counting, so that no change is hidden (PCI-23).
        expected["config_generation"] = actual["config_generation"];
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    [Rule("BASE-14", "H-107", "H-52", "PCIH-08")]
    public void Reset_AtAnyStage_LeavesNothingThatTouchesMemoryOrInterrupts([Values] Stage stage, [Values] ResetKind kind)
    {
        var card = new CardAtStage(stage);
        Reset(card, kind);
        var (accesses, interrupts, sent) = (card.Machine.Ram.Accesses, card.Machine.Interrupts, card.Machine.Sent.Count);

        card.Machine.RunDeferred();
        card.Machine.Card.Transport.RunDeferred();
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        card.Machine.Device.LinkUp = false;
        card.Machine.Device.LinkUp = true;
        card.Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory);
        card.Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandBusMaster);
        card.Pci.Notify(NetLayout.ReceiveQueue);
        card.Pci.Notify(NetLayout.TransmitQueue);

        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Pci.ReadIsr(), Is.Zero);
        Assert.That((card.Machine.Ram.Accesses, card.Machine.Interrupts, card.Machine.Sent.Count), Is.EqualTo((accesses, interrupts, sent)));
    }

    [Test]
    [Rule("BASE-09", "H-107", "PCIH-08")]
    public void Reset_AtAnyStage_GivesBackAWorkingDevice([Values] Stage stage, [Values] ResetKind kind)
    {
        var card = new CardAtStage(stage);
        Reset(card, kind);
        AssertWorks(card.Machine);
    }

    [Test]
    [Rule("H-107")]
    public void Reset_WithFramesWaiting_CountsThemAsDropped()
    {
        var card = new CardAtStage(Stage.FramesWaiting);
        card.Pci.Status = DeviceStatus.None;
        Assert.That(card.Machine.Device.Counters.RxFrames, Is.EqualTo(CardAtStage.QueueSize));
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(3), "each frame that came in was delivered or counted as dropped");
    }

    [Test]
    [Rule("H-107")]
    public void Reset_ManyInARow_ChangeNothingMore()
    {
        var card = new CardAtStage(Stage.Running);
        card.Pci.Status = DeviceStatus.None;
        var before = DriverView.Of(card.Pci);
        for(var i = 0; i < 1000; i++)
        {
            card.Pci.Status = DeviceStatus.None;
        }
        Assert.That(DriverView.Of(card.Pci), Is.EqualTo(before));
        AssertWorks(card.Machine);
    }

    [Test]
    [Rule("H-107", "BASE-13")]
    public void MachineReset_OfTheFunction_BringsBackItsConfigurationSpace([Values] Stage stage)
    {
        var card = new CardAtStage(stage);
        card.Machine.WriteConfig(PciSpec.InterruptLine, 1, 11);
        card.Machine.Card.Reset();
        Assert.That(ConfigImage.Of(card.Machine), Is.EqualTo(ConfigImage.Of(new PciMachine())));
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Machine.Bus.Read(false, card.Pci.BarAddresses[4], 4), Is.EqualTo(uint.MaxValue), "its window is closed");
    }

    [Test]
    [Rule("H-101", "H-105", "H-107", "H-114")]
    public void Registers_RandomAccessesThenReset_NeverThrowAndLeaveAWorkingDevice([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        var card = new CardAtStage((Stage)random.Next((int)Stage.Failed + 1));
        var bar = card.Pci.BarAddresses[4];
        for(var i = 0; i < 5000; i++)
        {
            var width = 1 << random.Next(4);
            var value = Interesting[random.Next(Interesting.Length)] ^ (random.Next(4) == 0 ? (ulong)random.NextInt64() : 0);
            var offset = random.Next(8) == 0 ? (ulong)random.Next(0x4000) : (ulong)(random.Next(4) * 0x1000 + random.Next(0x44));
            switch(random.Next(8))
            {
                case 0:
                    card.Machine.Bus.Read(false, bar + offset, width);
                    break;
                case 1:
                    card.Machine.Bus.WriteConfig(PciMachine.Ecam(PciMachine.CardSlot, random.Next(0x100)), width, value);
                    break;
                case 2:
                    card.Machine.Bus.ReadConfig(PciMachine.Ecam(PciMachine.CardSlot, random.Next(0x100)), width);
                    break;
                case 3:
                    card.Machine.Device.Receive(CardAtStage.Frame(1));
                    card.Machine.Device.LinkUp = random.Next(2) == 0;
                    break;
                default:
                    card.Machine.Bus.Write(false, bar + offset, width, value);
                    break;
            }
            card.Machine.RunDeferred();
        }
        card.Machine.Device.LinkUp = true;
        Reset(card, ResetKind.Machine);
        AssertWorks(card.Machine);
    }

    private static void Reset(CardAtStage card, ResetKind kind)
    {
        switch(kind)
        {
            case ResetKind.Status:
                card.Pci.Status = DeviceStatus.None;
                break;
            case ResetKind.StatusThroughPciCfg:
                var at = card.Pci.Structures[PciLayout.CapPciCfg].Capability;
                card.Pci.WriteConfig(at + PciLayout.CapBar, 1, 4);
                card.Pci.WriteConfig(at + PciLayout.CapOffset, 4, CommonCfg.DeviceStatus);
                card.Pci.WriteConfig(at + PciLayout.CapLength, 4, 1);
                card.Pci.WriteConfig(at + PciLayout.CapExtra, 4, 0);
                break;
            case ResetKind.FunctionLevel:
                card.Pci.FunctionLevelReset();
                card.Pci.Probe();
                break;
            default:
                card.Machine.Card.Reset();
                card.Pci.Probe();
                break;
        }
    }

    // A new driver moves a frame each way.
    private static void AssertWorks(PciMachine machine)
    {
        machine.Sent.Clear();
        var next = new NetDriver(machine);
        next.Start();
        Assert.That(next.TrySend(CardAtStage.Frame(0x51)), Is.True);
        Assert.That(machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Repeat(0x51, 1)));
        machine.Device.Receive(CardAtStage.Frame(0x52));
        Assert.That(machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That(next.Pci.ReadIsr() & PciLayout.IsrQueue, Is.Not.Zero);
        Assert.That(next.TryReceive(out var frame), Is.True);
        Assert.That(frame[0], Is.EqualTo(0x52));
    }

    private static readonly ulong[] Interesting = { 0, 1, 2, 3, 4, 8, 11, 15, 0x4000_0000, 0xFFFF, 0x8000_0000, uint.MaxValue, ulong.MaxValue };
}
