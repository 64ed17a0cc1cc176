// renode-virtio-net, MIT licence: see LICENSE.
// A Renode machine as a driver sees it: through the system bus, like a CPU.

using System.Buffers.Binary;
using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Memory;
using ELFSharp.ELF;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

/// <summary>Loads and stores go over Renode's bus; the driver's memory is the machine's.</summary>
public abstract class BusPlatform : IMmioPlatform
{
    public ulong Load(ulong address, int width)
    {
        return ToLittleEndian(width, width switch
        {
            1 => Bus.ReadByte(address),
            2 => Bus.ReadWord(address),
            4 => Bus.ReadDoubleWord(address),
            _ => Bus.ReadQuadWord(address),
        });
    }

    public void Store(ulong address, int width, ulong value)
    {
        value = ToLittleEndian(width, value);
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

    public IMachine Machine { get; private set; }

    public IBusController Bus => Machine.SystemBus;

    public DriverMemory Memory { get; }

    /// <summary>A view of a machine, perhaps one that came out of a snapshot.</summary>
    protected BusPlatform(IMachine machine, bool bigEndianRings = false)
    {
        Machine = machine;
        Memory = new BusMemory(this) { IsBigEndian = bigEndianRings };
    }

    /// <summary>From now on this is a view of another machine, such as a snapshot of the one before, on which drivers go on.</summary>
    public virtual void GoOnWith(IMachine machine)
    {
        Machine = machine;
    }

    /// <summary>A new machine whose bus has a byte order; perhaps with a CPU, or with a virtual time of its own as CreateNode gives it.</summary>
    protected static IMachine Make(bool bigEndian, Action<IMachine>? prepare = null, bool hasOwnTime = false)
    {
        var machine = new Antmicro.Renode.Core.Machine(createLocalTimeSource: hasOwnTime);
        ((SystemBus)machine.SystemBus).Endianess = bigEndian ? Endianess.BigEndian : Endianess.LittleEndian;
        prepare?.Invoke(machine);
        return machine;
    }

    // On a big-endian bus a value is what a big-endian CPU loads or stores, and drivers swap it for little-endian registers. A
    // little-endian CPU on such a bus swaps all its accesses.
    private ulong ToLittleEndian(int width, ulong value)
    {
        return Bus.Endianess == Endianess.BigEndian ? BinaryPrimitives.ReverseEndianness(value) >> (64 - 8 * width) : value;
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

    private sealed class BusMemory(BusPlatform platform) : DriverMemory(RamBase, RamSize)
    {
        public override void Read(ulong address, Span<byte> destination)
        {
            platform.Bus.ReadBytes(address, destination.Length, onlyMemory: true).CopyTo(destination);
        }

        public override void Write(ulong address, ReadOnlySpan<byte> source)
        {
            platform.Bus.WriteBytes(source.ToArray(), address, onlyMemory: true);
        }
    }
}
