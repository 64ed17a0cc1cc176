// renode-virtio-net, MIT licence: see LICENSE.
// Machines whose CPUs are big-endian: registers and messages stay little-endian, as PCI and virtio want them.

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.IRQControllers;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.Time;
using ELFSharp.ELF;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class BigEndianTests : RenodeFixture
{
    /// <summary>The CPU of the machine, whose bus is big-endian in each case.</summary>
    public enum Cpu
    {
        None,
        BigEndian,
        /// <summary>A little-endian PowerPC, for which Renode needs a big-endian bus, too.</summary>
        LittleEndian,
    }

    [Test]
    [Rule("F-14")]
    public void Registers_ReadWithAnyWidth_AreTheBytesInTheOrderOfTheirAddresses([Values] bool cpuFirst, [Values(Cpu.None, Cpu.BigEndian)] Cpu kind)
    {
        var (pci, mmio) = Make(kind, cpuFirst);
        // Vendor, device, command, status.
        AssertBytes(pci, RenodeMachine.EcamBase + 0x8000, 0xF4, 0x1A, 0x00, 0x10, 0x00, 0x00, 0x10, 0x00);
        // "virt", version 2.
        AssertBytes(mmio, MmioMachine.CardBase, 0x76, 0x69, 0x72, 0x74, 0x02, 0x00, 0x00, 0x00, widths: [4, 8]);
        // MAC and link.
        AssertBytes(mmio, MmioMachine.CardBase + MmioReg.Config, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00);
    }

    [Test]
    [Rule("F-14")]
    public void Registers_WrittenWithAnyWidth_TakeTheBytesInTheOrderOfTheirAddresses()
    {
        var (machine, _) = Make(Cpu.None);
        var bar = RenodeMachine.EcamBase + 0x8000 + PciSpec.Bar0 + 16;
        machine.Bus.WriteDoubleWord(bar, 0x0000_0012);
        Assert.That(Bytes(machine, bar, 4), Is.EqualTo(new byte[] { 0x04, 0x00, 0x00, 0x12 }), "a 64-bit BAR");
        machine.Bus.WriteWord(bar + 2, 0x3456);
        Assert.That(Bytes(machine, bar, 4), Is.EqualTo(new byte[] { 0x04, 0x00, 0x34, 0x56 }));
        machine.Bus.WriteByte(bar + 3, 0x78);
        Assert.That(Bytes(machine, bar, 4), Is.EqualTo(new byte[] { 0x04, 0x00, 0x34, 0x78 }));
        machine.Bus.WriteQuadWord(bar, 0x0000_009A_BCDE_F011);
        Assert.That(Bytes(machine, bar, 8), Is.EqualTo(new byte[] { 0x04, 0x00, 0x00, 0x9A, 0xBC, 0xDE, 0xF0, 0x11 }));
    }

    [Test]
    [Rule("BASE-10", "LEG-04")]
    public void Traffic_OfEachTransport_ArrivesUnchanged([Values("modern", "legacy", "mmio 2", "mmio 1")] string transport)
    {
        var isLegacy = transport is "legacy" or "mmio 1";
        IVirtioDriver driver;
        Antmicro.Renode.Peripherals.Network.VirtioNetCard card;
        if(transport.StartsWith("mmio", StringComparison.Ordinal))
        {
            var machine = new RenodeMmioMachine(version: isLegacy ? 1 : 2, bigEndian: true, bigEndianRings: isLegacy);
            driver = new MmioDriver(machine);
            card = machine.Card;
        }
        else
        {
            var machine = new RenodeMachine(bigEndian: true, bigEndianRings: isLegacy);
            driver = isLegacy ? new LegacyPciDriver(machine) : new VirtioPciDriver(machine);
            card = machine.Card;
        }
        var net = new NetDriver(driver);
        net.Start();
        var left = new List<byte[]>();
        card.FrameReady += frame => left.Add(frame.UnderlyingPacket.Bytes);
        for(var i = 0; i < 20; i++)
        {
            Assert.That(net.TrySend(TestFrame(100 + i, i)), Is.True);
            card.ReceiveFrame(Wrap(TestFrame(200 + i, i)));
            Assert.That(net.TryReceive(out var frame), Is.True);
            Assert.That(frame, Is.EqualTo(TestFrame(200 + i, i)));
        }
        Go();
        Assert.That(left, Is.EqualTo(Enumerable.Range(0, 20).Select(i => TestFrame(100 + i, i))));
        Assert.That(card.DeviceStatus, Does.Not.Contain("NeedsReset"));
    }

    [Test]
    [Rule("PCI-69", "F-14")]
    public void Message_ToMemoryAndToADoorbell_IsLittleEndian()
    {
        var (machine, _) = Make(Cpu.None);
        var doorbell = new GicV2mFrame(firstSpi: 16, count: 4);
        machine.Machine.SystemBus.Register(doorbell, new BusPointRegistration(0x0802_0000));
        var driver = new NetDriver(machine);
        driver.Start();
        driver.Pci.Common(CommonCfg.QueueSelect, 2, 0);
        driver.Pci.Common(CommonCfg.QueueMsixVector, 2, 1);
        var msix = new MsixDriver(driver.Pci) { Control = MsixDriver.Enable };
        msix.Program(1, RenodeMachine.RamBase + 0x40_0000, 0x1122_3344);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(Bytes(machine, RenodeMachine.RamBase + 0x40_0000, 4), Is.EqualTo(new byte[] { 0x44, 0x33, 0x22, 0x11 }));

        var edges = 0;
        ((GPIO)doorbell.Connections[2]).AddStateChangedHook(level => edges += level ? 1 : 0);
        msix.Program(1, 0x0802_0040, 50);
        Assert.That(driver.TryReceive(out _), Is.True);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(edges, Is.EqualTo(1));
    }

    [Test]
    public void Program_OfAPowerPc_FindsRegistersAndRingsTheDoorbell([Values(Cpu.BigEndian, Cpu.LittleEndian)] Cpu kind, [Values] bool cpuFirst)
    {
        var (machine, _) = Make(kind, cpuFirst);
        var driver = new NetDriver(machine);
        var isBig = kind == Cpu.BigEndian;
        driver.Start();
        var left = 0;
        machine.Card.FrameReady += _ => left++;
        Offer(driver, 1);
        var doorbell = driver.Pci.BarAddresses[4] + 0x3000 + 4 * NetLayout.TransmitQueue;

        const uint results = (uint)RenodeMachine.RamBase + 0x80_1000;
        // A big-endian CPU loads and stores words with instructions that swap, as its drivers do.
        Load(machine, isBig,
            Lis(3, (uint)RenodeMachine.EcamBase >> 16), Ori(3, 3, 0x8000),
            isBig ? Lwbrx(4, 3) : Lwz(4, 3, 0), Lhz(5, 3, 0), Lbz(6, 3, 3),
            Lis(7, (uint)MmioMachine.CardBase >> 16), isBig ? Lwbrx(8, 7) : Lwz(8, 7, 0),
            Lis(9, results >> 16), Ori(9, 9, results & 0xFFFF),
            Stw(4, 9, 0), Stw(8, 9, 4), Sth(5, 9, 8), Stb(6, 9, 10),
            Lis(10, (uint)(doorbell >> 16)), Ori(10, 10, (uint)doorbell & 0xFFFF), Li(11, NetLayout.TransmitQueue),
            isBig ? Sthbrx(11, 10) : Sth(11, 10, 0),
            BranchToItself);
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));

        uint Word(ulong offset) => BitConverter.ToUInt32(isBig ? Bytes(machine, results + offset, 4).Reverse().ToArray() : Bytes(machine, results + offset, 4));
        Assert.That((Word(0), Word(4)), Is.EqualTo((0x1000_1AF4U, 0x7472_6976U)));
        Assert.That(Bytes(machine, results + 8, 3), Is.EqualTo(new byte[] { 0xF4, 0x1A, 0x10 }), "a halfword and a byte, as they lie in the register");
        Assert.That((machine.Card.TxFrames, left), Is.EqualTo((1UL, 1)));
    }

    // A machine with a card on PCI and one on virtio-mmio.
    private static (RenodeMachine Pci, BusPlatform Mmio) Make(Cpu kind, bool cpuFirst = false)
    {
        var machine = new RenodeMachine(bigEndian: true, prepare: x => AddCpu(x, cpuFirst ? kind : Cpu.None));
        var card = new Antmicro.Renode.Peripherals.Network.VirtioNetMmio(machine.Machine, "02:00:00:00:00:01");
        machine.Machine.SystemBus.Register(card, new BusPointRegistration(MmioMachine.CardBase));
        AddCpu(machine.Machine, cpuFirst ? Cpu.None : kind);
        return (machine, machine);
    }

    private static void AddCpu(IMachine machine, Cpu kind)
    {
        if(kind == Cpu.BigEndian)
        {
            var cpu = new PowerPc("e200z6", machine);
            machine.SystemBus.Register(cpu, new CPURegistrationPoint());
            machine.SetLocalName(cpu, "cpu");
            cpu.PC = Code;
        }
        else if(kind == Cpu.LittleEndian)
        {
            var cpu = new PowerPc64(machine, endianness: Endianess.LittleEndian);
            machine.SystemBus.Register(cpu, new CPURegistrationPoint());
            machine.SetLocalName(cpu, "cpu");
            cpu.PC = Code;
        }
    }

    // Bytes of the bus, and what wider loads make of them on a big-endian CPU.
    private static void AssertBytes(BusPlatform machine, ulong address, byte b0, byte b1, byte b2, byte b3, byte b4, byte b5, byte b6, byte b7, int[]? widths = null)
    {
        var bytes = new[] { b0, b1, b2, b3, b4, b5, b6, b7 };
        foreach(var width in widths ?? [1, 2, 4, 8])
        {
            for(var i = 0; i < 8; i += width)
            {
                var expected = bytes.Skip(i).Take(width).Aggregate(0UL, (value, x) => (value << 8) | x);
                var at = address + (uint)i;
                var read = width switch
                {
                    1 => machine.Bus.ReadByte(at),
                    2 => machine.Bus.ReadWord(at),
                    4 => machine.Bus.ReadDoubleWord(at),
                    _ => machine.Bus.ReadQuadWord(at),
                };
                Assert.That(read, Is.EqualTo(expected), $"{width} bytes at 0x{at:X}");
            }
        }
    }

    private static byte[] Bytes(BusPlatform machine, ulong address, int count)
    {
        return Enumerable.Range(0, count).Select(i => machine.Bus.ReadByte(address + (uint)i)).ToArray();
    }

    private static void Load(RenodeMachine machine, bool bigEndian, params uint[] program)
    {
        for(var i = 0; i < program.Length; i++)
        {
            var bytes = BitConverter.GetBytes(program[i]);
            machine.Memory.Write(Code + 4 * (uint)i, bigEndian ? bytes.Reverse().ToArray() : bytes);
        }
    }

    private static uint Immediate(uint opcode, uint d, uint a, uint value) => (opcode << 26) | (d << 21) | (a << 16) | value;

    private static uint Indexed(uint operation, uint d, uint b) => (31U << 26) | (d << 21) | (b << 11) | (operation << 1);

    private static uint Li(uint d, uint value) => Immediate(14, d, 0, value);

    private static uint Lis(uint d, uint value) => Immediate(15, d, 0, value);

    private static uint Ori(uint a, uint s, uint value) => Immediate(24, s, a, value);

    private static uint Lwz(uint d, uint a, uint offset) => Immediate(32, d, a, offset);

    private static uint Lbz(uint d, uint a, uint offset) => Immediate(34, d, a, offset);

    private static uint Lhz(uint d, uint a, uint offset) => Immediate(40, d, a, offset);

    private static uint Stw(uint s, uint a, uint offset) => Immediate(36, s, a, offset);

    private static uint Stb(uint s, uint a, uint offset) => Immediate(38, s, a, offset);

    private static uint Sth(uint s, uint a, uint offset) => Immediate(44, s, a, offset);

    private static uint Lwbrx(uint d, uint b) => Indexed(534, d, b);

    private static uint Sthbrx(uint s, uint b) => Indexed(918, s, b);

    private const uint BranchToItself = 18U << 26;

    private const ulong Code = RenodeMachine.RamBase + 0x80_0000;
}
