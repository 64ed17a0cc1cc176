// A Renode machine with RAM, a host bridge and a card, and a driver's view of it through the system bus.

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Memory;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;

using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

/// <summary>Loads and stores go over Renode's bus, as a CPU's do; the driver's memory is the machine's.</summary>
public sealed class RenodeMachine : IDriverPlatform
{
    public RenodeMachine(string name = "machine", string? mac = "02:00:00:00:00:01", int segmentSize = 1 << 16)
        : this(new Machine())
    {
        EmulationManager.Instance.CurrentEmulation.AddMachine(Machine, name);
        Ram = new MappedMemory(Machine, RamSize, segmentSize);
        Machine.SystemBus.Register(Ram, new BusRangeRegistration(RamBase, RamSize));
        Host = new PcieEcamHost(Machine);
        Machine.SystemBus.Register(Host, new BusMultiRegistration(EcamBase, 0x100000, "ecam"));
        Machine.SystemBus.Register(Host, new BusMultiRegistration(MmioBase, 0x1000000, "mmio"));
        Machine.SystemBus.Register(Host, new BusMultiRegistration(IoBase, 0x10000, "io"));
        Machine.SetLocalName(Host, "pcie");
        Card = new VirtioNetPci(Machine, mac);
        Host.Register(Card, new PciRegistration(PciMachine.CardSlot));
        Machine.SetLocalName(Card, "net0");
    }

    /// <summary>A view of a machine that came out of a snapshot.</summary>
    public RenodeMachine(IMachine machine)
    {
        Machine = machine;
        Bus = machine.SystemBus;
        Memory = new BusMemory(Bus);
        Ram = machine.SystemBus.GetRegisteredPeripherals().Select(x => x.Peripheral).OfType<MappedMemory>().FirstOrDefault()!;
        Host = machine.SystemBus.GetRegisteredPeripherals().Select(x => x.Peripheral).OfType<PcieEcamHost>().FirstOrDefault()!;
        Card = Host == null ? null! : (VirtioNetPci)Host.Children.First().Peripheral;
    }

    public uint ReadConfig(int register, int width, int slot, int function)
    {
        return (uint)Load(EcamBase + PciMachine.Ecam(slot, register, function), width);
    }

    public void WriteConfig(int register, int width, uint value, int slot, int function)
    {
        Store(EcamBase + PciMachine.Ecam(slot, register, function), width, value);
    }

    public ulong Load(ulong address, int width)
    {
        return width switch
        {
            1 => Bus.ReadByte(address),
            2 => Bus.ReadWord(address),
            4 => Bus.ReadDoubleWord(address),
            _ => Bus.ReadQuadWord(address),
        };
    }

    public void Store(ulong address, int width, ulong value)
    {
        switch(width)
        {
            case 1: Bus.WriteByte(address, (byte)value); break;
            case 2: Bus.WriteWord(address, (ushort)value); break;
            case 4: Bus.WriteDoubleWord(address, (uint)value); break;
            default: Bus.WriteQuadWord(address, value); break;
        }
    }

    public ulong In(ulong port, int width) => Load(IoBase + port, width);

    public void Out(ulong port, int width, ulong value) => Store(IoBase + port, width, value);

    public const ulong EcamBase = 0x3F00_0000;
    public const ulong MmioBase = 0x1000_0000;
    public const ulong IoBase = 0x3EFF_0000;
    public const ulong RamBase = 0x4000_0000;
    public const int RamSize = 16 << 20;

    public IMachine Machine { get; }

    public IBusController Bus { get; }

    public MappedMemory Ram { get; }

    public PcieEcamHost Host { get; } = null!;

    public VirtioNetPci Card { get; }

    public DriverMemory Memory { get; }

    private sealed class BusMemory(IBusController bus) : DriverMemory(RamBase, RamSize)
    {
        public override void Read(ulong address, Span<byte> destination)
        {
            bus.ReadBytes(address, destination.Length, onlyMemory: true).CopyTo(destination);
        }

        public override void Write(ulong address, ReadOnlySpan<byte> source)
        {
            bus.WriteBytes(source.ToArray(), address, onlyMemory: true);
        }
    }
}
