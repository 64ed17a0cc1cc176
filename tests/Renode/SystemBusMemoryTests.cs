// renode-virtio-net, MIT licence: see LICENSE.
// DMA on a Renode machine reaches RAM, wherever on the bus it is registered, and nothing else.

using System.Collections.Concurrent;
using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
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
        Go();
        Assert.That(sent, Is.Empty);
    }

    [Test]
    [Rule("H-110", "H-121", "F-12")]
    public void MemoryThatComes_IsUsed([Values] bool running, [Values] bool afterASnapshot)
    {
        var (machine, driver) = Start(running, afterASnapshot);
        Assert.That(Sends(machine, driver, RenodeMachine.RamBase + 0x40_0000, 1), Is.True);
        Register(machine, Added);
        Assert.That(Sends(machine, driver, Added, 2), Is.True);
        Register(machine, Added + 0x10_0000);
        Assert.That(Sends(machine, driver, Added + 0x10_0000, 3), Is.True);
    }

    [Test]
    [Rule("H-24", "H-110", "H-121", "F-12")]
    public void MemoryThatGoes_IsNotTouchedAnyMore([Values] bool running, [Values] bool afterASnapshot, [Values] bool wasUsed, [Values("bus", "parent", "address")] string way)
    {
        var (machine, driver) = Start(running, afterASnapshot, before: x => Register(x, Added));
        if(wasUsed)
        {
            Assert.That(Sends(machine, driver, Added, 1), Is.True);
        }
        else
        {
            // The card has read the memory map, but has not touched this memory.
            Assert.That(Sends(machine, driver, RenodeMachine.RamBase + 0x40_0000, 1), Is.True);
        }
        var memory = (MappedMemory)machine.Bus.WhatIsAt(Added).Peripheral;
        switch(way)
        {
            case "bus": machine.Bus.Unregister(memory); break;
            case "parent": machine.Machine.UnregisterFromParent(memory); break;
            default: machine.Bus.UnregisterFromAddress(Added); break;
        }
        Assert.That(Sends(machine, driver, Added, 2), Is.False);
        Assert.That(memory.IsTouched(0), Is.False, "the card has touched memory that was taken away");
        Assert.That(machine.Card.TxFrames, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-110", "H-121")]
    public void MemoryAtTwoPlaces_IsUsedAtEachAndAfterOneOfThemIsGone([Values] bool running, [Values] bool afterASnapshot)
    {
        var (machine, driver) = Start(running, afterASnapshot, before: x => Mirror(x, Register(x, Added)));
        Assert.That(Sends(machine, driver, Added, 1), Is.True);
        Assert.That(Sends(machine, driver, Mirrored, 1, write: false), Is.True, "the same bytes at the other place");
        machine.Bus.UnregisterFromAddress(Added);
        Assert.That(Sends(machine, driver, Mirrored, 2), Is.True);
        Assert.That(Sends(machine, driver, Added, 3), Is.False);
    }

    [Test]
    [Rule("H-110")]
    public void MemoryThatMoves_IsUsedWhereItIs([Values] bool running)
    {
        var (machine, driver) = Start(running);
        var memory = Register(machine, Added);
        Assert.That(Sends(machine, driver, Added, 1), Is.True);
        Mirror(machine, memory);
        machine.Bus.UnregisterFromAddress(Added);
        Assert.That(Sends(machine, driver, Mirrored, 1, write: false), Is.True);
        Assert.That(Sends(machine, driver, Added, 2), Is.False);
    }

    [Test]
    [Rule("H-117")]
    public void MemoryOfOneCpu_IsNotReachedByDma([Values] bool running)
    {
        var (machine, driver) = Start(running, before: x =>
        {
            var cpu = AddCpu(x, "cpu");
            cpu.IsHalted = true;
            x.Machine.SystemBus.Register(new MappedMemory(x.Machine, 0x1_0000), new BusRangeRegistration(Added, 0x1_0000, cpu: cpu));
        });
        Assert.That(Sends(machine, driver, Added, 1), Is.False);
    }

    [Test]
    [Rule("H-110")]
    public void MemoryRegisteredInPart_IsUsedInThatPart()
    {
        // Bytes 0x1_8000 to 0x2_8000 of three host blocks of 64 KiB.
        var (machine, driver) = StartCard();
        var memory = new MappedMemory(machine.Machine, 0x3_0000, 0x1_0000);
        machine.Machine.SystemBus.Register(memory, new BusRangeRegistration(Added, 0x1_0000, 0x1_8000));
        var frame = TestFrame(100, 5);
        // Across the host blocks.
        memory.WriteBytes(0x2_0000 - 50, frame);
        Assert.That(Sends(machine, driver, Added + 0x8000 - 50 - NetLayout.HeaderSize, 5, write: false), Is.True);
        // The last bytes of the part, and one more.
        memory.WriteBytes(0x2_8000 - 100, frame);
        Assert.That(Sends(machine, driver, Added + 0x1_0000 - 100 - NetLayout.HeaderSize, 5, write: false), Is.True);
        Assert.That(Sends(machine, driver, Added + 0x1_0000 - 99 - NetLayout.HeaderSize, 5, write: false), Is.False);
    }

    [Test]
    [Rule("H-110")]
    public void MemoryShorterThanItsPlace_EndsWithItself()
    {
        var (machine, driver) = StartCard();
        var memory = new MappedMemory(machine.Machine, 0x1000);
        machine.Machine.SystemBus.Register(memory, new BusRangeRegistration(Added, 0x1_0000));
        Assert.That(Sends(machine, driver, Added + 0x1000 - 100 - NetLayout.HeaderSize, 1), Is.True);
        Assert.That(Sends(machine, driver, Added + 0x1000 - 99 - NetLayout.HeaderSize, 1, write: false), Is.False);
    }

    [Test]
    [Rule("H-24")]
    public void MemoryThatIsDisposedOfWhileItIsRegistered_IsNotTouchedAnyMore()
    {
        var (machine, driver) = StartCard();
        var memory = Register(machine, Added);
        Assert.That(Sends(machine, driver, Added, 1), Is.True);
        memory.Dispose();
        // The one error is that the card parks; it reports no defect.
        Assert.That(CountLines(LogLevel.Error, () => Assert.That(Sends(machine, driver, Added, 2, write: false), Is.False)), Is.EqualTo(1));
    }

    [Test]
    [Rule("H-110")]
    public void Buffer_AcrossTwoMemoriesSideBySide_IsOneRange()
    {
        var (machine, driver) = StartCard();
        Register(machine, Added);
        Register(machine, Added + 0x1_0000);
        Assert.That(Sends(machine, driver, Added + 0x1_0000 - 60, 1), Is.True);
        Assert.That(Sends(machine, driver, Added + 0x2_0000 - 60, 2), Is.False);
    }

    // A card whose driver runs. If asked for, the machine was saved and loaded before, and its virtual time goes on meanwhile.
    private static (RenodeMachine Machine, NetDriver Driver) Start(bool running, bool afterASnapshot = false, Action<RenodeMachine>? before = null)
    {
        var (machine, driver) = StartCard();
        before?.Invoke(machine);
        if(afterASnapshot)
        {
            machine = new RenodeMachine(SaveAndLoad());
            driver = new NetDriver(machine);
            driver.Start();
        }
        if(running)
        {
            EmulationManager.Instance.CurrentEmulation.StartAll();
        }
        return (machine, driver);
    }

    // Sends a frame whose buffer is at an address. False if the card has parked instead.
    private static bool Sends(RenodeMachine machine, NetDriver driver, ulong address, int number, bool write = true)
    {
        using var left = new BlockingCollection<byte[]>();
        void Take(EthernetFrame frame) => left.Add(frame.UnderlyingPacket.Bytes);
        machine.Card.FrameReady += Take;
        if(write)
        {
            machine.Bus.WriteBytes(TestFrame(100, number), address + NetLayout.HeaderSize);
        }
        driver.Transmit.Add(new Piece(address, NetLayout.HeaderSize + 100, false));
        driver.Pci.Notify(NetLayout.TransmitQueue);
        var parked = (driver.Pci.Status & DeviceStatus.NeedsReset) != 0;
        if(!parked)
        {
            if(!EmulationManager.Instance.CurrentEmulation.IsStarted)
            {
                Go();
            }
            Assert.That(left.TryTake(out var frame, Patience), Is.True);
            Assert.That(frame, Is.EqualTo(TestFrame(100, number)));
        }
        machine.Card.FrameReady -= Take;
        // By this access the card has handled the last change of the machine's state, so that nothing but a change of the memory map itself
        // makes it read the map again.
        _ = driver.Pci.Status;
        return !parked;
    }

    private static MappedMemory Register(RenodeMachine machine, ulong address)
    {
        var memory = new MappedMemory(machine.Machine, 0x1_0000);
        machine.Machine.SystemBus.Register(memory, new BusRangeRegistration(address, 0x1_0000));
        return memory;
    }

    private static void Mirror(RenodeMachine machine, MappedMemory memory)
    {
        machine.Machine.SystemBus.Register(memory, new BusRangeRegistration(Mirrored, 0x1_0000));
    }

    private const ulong Added = 0x8000_0000;
    private const ulong Mirrored = 0x9000_0000;
}
