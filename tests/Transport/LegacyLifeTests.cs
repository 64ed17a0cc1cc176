// renode-virtio-net, MIT licence: see LICENSE.
// The life of a device under a legacy driver: use before DRIVER_OK, failure, reset, bus mastering.
// virtio v1.4-cs01: 3.1.2 "Legacy Interface: Device Initialization".

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyLifeTests
{
    [Test]
    [Rule("BASE-24", "H-52")]
    public void Transmit_KickedBeforeDriverOk_IsSentAtOnce([Values] bool featuresFirst)
    {
        var card = new LegacyCard(featuresFirst ? LegacyStage.QueuesSet : LegacyStage.DriverKnown);
        if(!featuresFirst)
        {
            card.SetUpQueue(NetLayout.TransmitQueue);
        }
        card.OfferFrame(1);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Repeat(1, 1)));
        Assert.That(card.Transmit.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.Zero);
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That(card.Machine.Misuses, Is.Empty);
    }

    [Test]
    [Rule("BASE-24")]
    public void Frames_BeforeDriverOk_FillBuffersOrWaitForThem()
    {
        var card = new LegacyCard(LegacyStage.QueuesSet);
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        var first = card.OfferBuffer();
        card.Driver.Notify(NetLayout.ReceiveQueue);
        Assert.That(card.Receive.UsedIndex, Is.EqualTo(1), "a frame that came before there was a buffer");
        var second = card.OfferBuffer();
        card.Machine.Device.Receive(CardAtStage.Frame(2));
        card.Machine.Device.Receive(CardAtStage.Frame(3));
        Assert.That(card.Receive.UsedIndex, Is.EqualTo(2));

        card.Driver.Status |= DeviceStatus.DriverOk;
        var third = card.OfferBuffer();
        card.Driver.Notify(NetLayout.ReceiveQueue);
        Assert.That(card.Receive.UsedIndex, Is.EqualTo(3), "DRIVER_OK has lost nothing");
        Assert.That(new[] { first, second, third }.Select(x => card.Machine.Ram.At(x + (uint)card.HeaderSize, 1)[0]), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    [Rule("BASE-24", "H-106")]
    public void Frames_BeforeTheReceiveQueueIsSet_AreDroppedAndCounted([Values(LegacyStage.Probed, LegacyStage.FeaturesWritten, LegacyStage.OneQueueSet)] LegacyStage stage)
    {
        var card = new LegacyCard(stage);
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-105", "BASE-12")]
    public void Status_AnyValueInAnyOrder_ReadsBackButForNeedsReset([Values] LegacyStage stage)
    {
        var card = new LegacyCard(stage);
        var needsReset = card.Driver.Status & DeviceStatus.NeedsReset;
        for(var value = 255; value > 0; value--)
        {
            card.Driver.Status = (DeviceStatus)value;
            Assert.That(card.Driver.Status, Is.EqualTo(((DeviceStatus)value & ~DeviceStatus.NeedsReset) | needsReset));
        }
    }

    [Test]
    [Rule("H-105", "BASE-25")]
    public void Failed_StopsBothWaysAndItsEvents()
    {
        var card = new LegacyCard(LegacyStage.Failed);
        var (accesses, sent) = (card.Machine.Ram.Accesses, card.Machine.Sent.Count);
        card.OfferFrame(1);
        card.Driver.Notify(NetLayout.TransmitQueue);
        card.Driver.Notify(NetLayout.ReceiveQueue);
        card.Machine.Device.Receive(CardAtStage.Frame(2));
        card.Machine.Device.LinkUp = false;
        Assert.That((card.Machine.Ram.Accesses, card.Machine.Sent.Count), Is.EqualTo((accesses, sent)));
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(1));
        card.Machine.Device.LinkUp = true;
        AssertWorks(card.Machine);
    }

    [Test]
    [Rule("BASE-13", "BASE-14", "H-107")]
    public void Reset_AtAnyStage_BringsBackThePowerOnStateAndNothingStirs([Values] LegacyStage stage, [Values] LegacyReset kind)
    {
        var card = new LegacyCard(stage);
        card.Driver.Write(card.Driver.ConfigOffset, 1, 0x22);
        Reset(card, kind);
        card.EnableMsix(false);
        var fresh = new LegacyCard(LegacyStage.Probed);
        fresh.Machine.WriteConfig(PciSpec.Command, 2, card.Machine.ReadConfig(PciSpec.Command, 2));
        Assert.That(LegacyView.Of(card), Is.EqualTo(LegacyView.Of(fresh)));

        var (accesses, interrupts, sent) = (card.Machine.Ram.Accesses, card.Machine.Interrupts, card.Machine.Sent.Count);
        card.Machine.Card.Transport.RunDeferred();
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        card.Machine.Device.LinkUp = false;
        card.Machine.Device.LinkUp = true;
        card.Master(false);
        card.Master(true);
        card.Driver.Notify(NetLayout.ReceiveQueue);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Driver.ReadIsr(), Is.Zero);
        Assert.That((card.Machine.Ram.Accesses, card.Machine.Interrupts, card.Machine.Sent.Count), Is.EqualTo((accesses, interrupts, sent)));
        Assert.That(card.Machine.Messages, Is.Empty);
    }

    [Test]
    [Rule("BASE-09", "H-107")]
    public void Reset_AtAnyStage_GivesBackAWorkingDevice([Values] LegacyStage stage, [Values] LegacyReset kind, [Values] bool modernNext)
    {
        var card = new LegacyCard(stage);
        Reset(card, kind);
        card.EnableMsix(false);
        AssertWorks(card.Machine, modernNext);
    }

    [Test]
    [Rule("NETL-02", "BASE-14")]
    public void Mac_WrittenByTheDriver_ComesBackAtReset([Values] LegacyReset kind)
    {
        var card = new LegacyCard(LegacyStage.Running);
        for(var i = 0; i < NetLayout.MacSize; i++)
        {
            card.Driver.Write(card.Driver.ConfigOffset + i, 1, (uint)(0x10 + i));
        }
        Assert.That(card.Machine.Device.Mac.ToArray(), Is.EqualTo(new byte[] { 0x10, 0x11, 0x12, 0x13, 0x14, 0x15 }));
        Reset(card, kind);
        Assert.That(card.Machine.Device.Mac.ToArray(), Is.EqualTo(PciMachine.DefaultMac));
    }

    [Test]
    [Rule("BASE-10", "BASE-12", "BASE-14")]
    public void Drivers_OfBothInterfaces_FollowEachOtherByReset()
    {
        var machine = new PciMachine(queueSize: LegacyCard.QueueSize);
        for(var i = 0; i < 6; i++)
        {
            AssertWorks(machine, i % 2 == 1);
            AssertWorks(machine, i % 2 == 1, NetDriver.AllFeatures.Without(Feature.MrgRxbuf));
        }
        Assert.That(machine.Misuses, Is.Empty);
        Assert.That(machine.ParkedReasons, Is.Empty);
    }

    // Linux before 2.6.34 never sets Bus Master Enable, so the card sets it when a legacy driver sets DRIVER.
    [Test]
    [Rule("PCIH-05")]
    public void BusMaster_OfADriverThatDoesNotKnowIt_ComesWithDriver()
    {
        var card = new LegacyCard(LegacyStage.Acknowledged);
        card.Master(false);
        card.Driver.Status |= DeviceStatus.Driver;
        Assert.That(card.Machine.ReadConfig(PciSpec.Command, 2), Is.EqualTo(PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster));
        card.SetUpQueue(NetLayout.TransmitQueue);
        card.OfferFrame(1);
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [TestCase(DeviceStatus.Acknowledge)]
    [TestCase(DeviceStatus.None)]
    [Rule("PCIH-05")]
    public void BusMaster_WithoutDriver_IsTheGuests(DeviceStatus status)
    {
        var card = new LegacyCard(LegacyStage.Probed);
        card.Master(false);
        card.Driver.Status = status;
        Assert.That(card.Machine.ReadConfig(PciSpec.Command, 2) & PciSpec.CommandBusMaster, Is.Zero);
    }

    [Test]
    [Rule("PCIH-05", "H-109", "H-112")]
    public void BusMaster_TakenAwayLater_StopsMemoryAccessAndLosesNothing()
    {
        var card = new LegacyCard(LegacyStage.MasterOff);
        var accesses = card.Machine.Ram.Accesses;
        for(byte i = 0; i < 4; i++)
        {
            card.OfferFrame(i);
            card.Driver.Notify(NetLayout.TransmitQueue);
            card.Machine.Device.Receive(CardAtStage.Frame((byte)(0x80 + i)));
            card.Driver.Status |= DeviceStatus.DriverOk;
        }
        Assert.That(card.Machine.ReadConfig(PciSpec.Command, 2) & PciSpec.CommandBusMaster, Is.Zero, "the bit is the guest's own again");
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        Assert.That(card.Machine.Sent, Is.Empty);
        card.Master(true);
        Assert.That(card.Machine.Sent.Select(x => (int)x[0]), Is.EqualTo(Enumerable.Range(0, 4)));
        Assert.That(card.ReceiveAll(), Is.EqualTo(Enumerable.Range(0x80, 4)));
    }

    [Test]
    [Rule("PCIH-05", "H-109")]
    public void IoDecoding_OffWhileRunning_HidesTheRegistersAndKeepsTheDevice()
    {
        var card = new LegacyCard(LegacyStage.Running);
        card.Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandBusMaster | PciSpec.CommandMemory);
        card.Driver.Status = DeviceStatus.None;
        Assert.That(card.Driver.Read(LegacyPciDriver.QueueSize, 2), Is.EqualTo(0xFFFF));
        card.Machine.Device.Receive(CardAtStage.Frame(0x80));
        card.Master(true);
        Assert.That((int)card.Driver.Status, Is.EqualTo(0x07));
        Assert.That(card.ReceiveAll(), Is.EqualTo(Enumerable.Repeat(0x80, 1)));
    }

    [Test]
    [Rule("H-109")]
    public void Bar_MovedWhileRunning_AnswersAtItsNewPortAlone()
    {
        var card = new LegacyCard(LegacyStage.Running);
        var old = card.Driver.Pci.BarAddresses[0];
        card.Driver.Pci.WriteConfig(PciSpec.Bar0, 4, 0xC000);
        Assert.That(card.Machine.In(old, 4), Is.EqualTo(uint.MaxValue));
        card.Driver.Pci.BarAddresses[0] = 0xC000;
        Assert.That((int)card.Driver.Status, Is.EqualTo(0x07));
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    /// <summary>Starts a driver of either interface, and moves a frame each way.</summary>
    internal static void AssertWorks(PciMachine machine, bool modern = false, FeatureSet? wanted = null)
    {
        machine.Sent.Clear();
        var net = modern ? new NetDriver(machine) : new NetDriver(new LegacyPciDriver(machine));
        net.Start(wanted);
        Assert.That(net.TrySend(CardAtStage.Frame(0x51)), Is.True);
        Assert.That(machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Repeat(0x51, 1)));
        net.Transport.ReadIsr();
        machine.Device.Receive(CardAtStage.Frame(0x52));
        Assert.That(machine.Lines[PciMachine.CardSlot], Is.True);
        Assert.That(net.Transport.ReadIsr() & PciLayout.IsrQueue, Is.Not.Zero);
        Assert.That(net.TryReceive(out var frame), Is.True);
        Assert.That(frame, Is.EqualTo(CardAtStage.Frame(0x52)));
    }

    private static void Reset(LegacyCard card, LegacyReset kind)
    {
        switch(kind)
        {
            case LegacyReset.LegacyStatus:
                card.Driver.Status = DeviceStatus.None;
                break;
            case LegacyReset.ModernStatus:
                card.Driver.Pci.Status = DeviceStatus.None;
                break;
            default:
                card.Machine.Card.Reset();
                card.Driver.Probe();
                break;
        }
    }
}

/// <summary>Ways to reset a transitional card.</summary>
public enum LegacyReset
{
    LegacyStatus,
    ModernStatus,
    Machine,
}
