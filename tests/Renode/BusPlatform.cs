// A Renode machine as a driver sees it: through the system bus, like a CPU.

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Memory;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

/// <summary>Loads and stores go over Renode's bus; the driver's memory is the machine's.</summary>
public abstract class BusPlatform : IMmioPlatform
{
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

    public const ulong RamBase = 0x4000_0000;
    public const int RamSize = 16 << 20;

    public IMachine Machine { get; }

    public IBusController Bus { get; }

    public DriverMemory Memory { get; }

    /// <summary>A view of a machine, perhaps one that came out of a snapshot.</summary>
    protected BusPlatform(IMachine machine)
    {
        Machine = machine;
        Bus = machine.SystemBus;
        Memory = new BusMemory(Bus);
    }

    /// <summary>Gives a new machine its name and RAM.</summary>
    protected MappedMemory AddRam(string name, int segmentSize)
    {
        EmulationManager.Instance.CurrentEmulation.AddMachine(Machine, name);
        var ram = new MappedMemory(Machine, RamSize, segmentSize);
        Machine.SystemBus.Register(ram, new BusRangeRegistration(RamBase, RamSize));
        return ram;
    }

    /// <summary>The machine's peripheral of a type, or null.</summary>
    protected T? Find<T>() where T : class
    {
        return Machine.SystemBus.GetRegisteredPeripherals().Select(x => x.Peripheral).OfType<T>().FirstOrDefault();
    }

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
