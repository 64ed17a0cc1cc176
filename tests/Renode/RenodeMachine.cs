// renode-virtio-net, MIT licence: see LICENSE.
// A Renode machine with RAM, a host bridge and a card, and a driver's view of it through the system bus.

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Memory;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;

using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

/// <summary>The card is in slot 1 of a PCI bus.</summary>
public sealed class RenodeMachine : BusPlatform, IDriverPlatform
{
    public RenodeMachine(string name = "machine", string? mac = "02:00:00:00:00:01", int segmentSize = 1 << 16, bool bigEndian = false, bool bigEndianRings = false, Action<IMachine>? prepare = null, bool hasOwnTime = false, long queuePairs = 1)
        : base(Make(bigEndian, prepare, hasOwnTime), bigEndianRings)
    {
        Ram = AddRam(name, segmentSize);
        Host = new PcieEcamHost(Machine);
        Machine.SystemBus.Register(Host, new BusMultiRegistration(EcamBase, 0x100000, "ecam"));
        Machine.SystemBus.Register(Host, new BusMultiRegistration(MmioBase, 0x1000000, "mmio"));
        Machine.SystemBus.Register(Host, new BusMultiRegistration(IoBase, 0x10000, "io"));
        Machine.SetLocalName(Host, "pcie");
        Card = new VirtioNetPci(Machine, mac, queuePairs: queuePairs);
        Host.Register(Card, new PciRegistration(PciMachine.CardSlot));
        Machine.SetLocalName(Card, "net0");
    }

    /// <summary>A view of a machine that came out of a snapshot.</summary>
    public RenodeMachine(IMachine machine) : base(machine)
    {
        GoOnWith(machine);
    }

    public override void GoOnWith(IMachine machine)
    {
        base.GoOnWith(machine);
        Ram = Find<MappedMemory>()!;
        Host = Find<PcieEcamHost>()!;
        Card = (VirtioNetPci)Host.Children.First().Peripheral;
    }

    public uint ReadConfig(int register, int width, int slot, int function)
    {
        return (uint)Load(EcamBase + PciMachine.Ecam(slot, register, function), width);
    }

    public void WriteConfig(int register, int width, uint value, int slot, int function)
    {
        Store(EcamBase + PciMachine.Ecam(slot, register, function), width, value);
    }

    public ulong In(ulong port, int width) => Load(IoBase + port, width);

    public void Out(ulong port, int width, ulong value) => Store(IoBase + port, width, value);

    public const ulong EcamBase = 0x3F00_0000;
    public const ulong MmioBase = 0x1000_0000;
    public const ulong IoBase = 0x3EFF_0000;

    public MappedMemory Ram { get; private set; } = null!;

    public PcieEcamHost Host { get; private set; } = null!;

    public VirtioNetPci Card { get; private set; } = null!;
}
