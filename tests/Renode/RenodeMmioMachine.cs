// renode-virtio-net, MIT licence: see LICENSE.
// A Renode machine without PCI: RAM, and a card behind memory-mapped registers.

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

/// <summary>The card is where <see cref="MmioDriver"/> looks for it.</summary>
public sealed class RenodeMmioMachine : BusPlatform
{
    public RenodeMmioMachine(string name = "machine", string? mac = "02:00:00:00:00:01", int version = MmioLayout.ModernVersion, bool bigEndian = false, bool bigEndianRings = false)
        : base(Make(bigEndian), bigEndianRings)
    {
        AddRam(name, 1 << 16);
        Card = new VirtioNetMmio(Machine, mac, version: version);
        Machine.SystemBus.Register(Card, new BusPointRegistration(MmioMachine.CardBase));
        Machine.SetLocalName(Card, "net0");
    }

    /// <summary>A view of a machine that came out of a snapshot.</summary>
    public RenodeMmioMachine(IMachine machine) : base(machine)
    {
        GoOnWith(machine);
    }

    public override void GoOnWith(IMachine machine)
    {
        base.GoOnWith(machine);
        Card = Find<VirtioNetMmio>()!;
    }

    public VirtioNetMmio Card { get; private set; } = null!;
}
