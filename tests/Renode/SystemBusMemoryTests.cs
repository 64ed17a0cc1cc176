// DMA on a Renode machine: RAM and nothing else, wherever it is registered, and translated code stays true.

using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Memory;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class SystemBusMemoryTests : RenodeFixture
{
    // A hole, ECAM, the card's own BAR, the end of RAM, the top of the address space.
    [TestCase(0x0000_1000UL)]
    [TestCase(RenodeMachine.EcamBase)]
    [TestCase(RenodeMachine.MmioBase)]
    [TestCase(RenodeMachine.RamBase + RenodeMachine.RamSize - 64)]
    [TestCase(0xFFFF_FFFF_FFFF_FFC0UL)]
    [Rule("H-10", "H-11", "H-15", "H-110", "H-111")]
    public void Buffer_NotWhollyRam_ParksTheCard(ulong address)
    {
        var (machine, driver) = StartCard();
        var sent = new List<byte[]>();
        machine.Card.FrameReady += frame => sent.Add(frame.Bytes);
        driver.Transmit.Add(new Piece(address, 128, false));
        driver.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(driver.Pci.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.NeedsReset));
        Assert.That(sent, Is.Empty);
    }

    [Test]
    [Rule("H-110")]
    public void Buffer_InMemoryAddedLater_IsUsed()
    {
        var (machine, driver) = StartCard();
        var added = new MappedMemory(machine.Machine, 0x10000);
        machine.Machine.SystemBus.Register(added, new BusRangeRegistration(0x8000_0000, 0x10000));
        var frame = TestFrame(100, 3);
        machine.Bus.WriteBytes(frame, 0x8000_0000 + NetLayout.HeaderSize);
        byte[]? seen = null;
        machine.Card.FrameReady += x => seen = x.UnderlyingPacket.Bytes;
        driver.Transmit.Add(new Piece(0x8000_0000, (uint)(NetLayout.HeaderSize + frame.Length), false));
        driver.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(seen, Is.EqualTo(frame));
    }

    [Test]
    [Rule("H-24", "H-110")]
    public void Buffer_InMemoryTakenAway_ParksTheCard()
    {
        var (machine, driver) = StartCard();
        var added = new MappedMemory(machine.Machine, 0x10000);
        machine.Machine.SystemBus.Register(added, new BusRangeRegistration(0x8000_0000, 0x10000));
        driver.Transmit.Add(new Piece(0x8000_0000, 128, false));
        driver.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(machine.Card.TxFrames, Is.EqualTo(1));

        machine.Machine.SystemBus.Unregister(added);
        driver.Transmit.Add(new Piece(0x8000_0000, 128, false));
        driver.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(machine.Card.TxFrames, Is.EqualTo(1));
        Assert.That(driver.Pci.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.NeedsReset));
    }

    [Test]
    [Rule("H-110")]
    public void Buffer_AcrossTwoMemoriesSideBySide_IsOneRange()
    {
        var (machine, driver) = StartCard();
        foreach(var start in new[] { 0x8000_0000UL, 0x8001_0000UL })
        {
            var memory = new MappedMemory(machine.Machine, 0x10000);
            machine.Machine.SystemBus.Register(memory, new BusRangeRegistration(start, 0x10000));
        }
        var frame = TestFrame(200, 9);
        var at = 0x8001_0000UL - 100;
        machine.Bus.WriteBytes(frame, at + NetLayout.HeaderSize);
        byte[]? seen = null;
        machine.Card.FrameReady += x => seen = x.UnderlyingPacket.Bytes;
        driver.Transmit.Add(new Piece(at, (uint)(NetLayout.HeaderSize + frame.Length), false));
        driver.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(seen, Is.EqualTo(frame));
    }
}
