// renode-virtio-net, MIT licence: see LICENSE.
// A function with MSI-X and nothing else.

using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

/// <summary>In slot 1 of a bus, with its table at <see cref="Table"/> and bus mastering on. Collects its messages.</summary>
public sealed class MessageFunction : PciFunction, IMessageSink
{
    public MessageFunction(int vectors)
    {
        var bar = new Bar(2, BarKind.Memory32, Msix.BarSize(vectors));
        Config.Add(bar);
        Msix = new Msix(bar, vectors, this);
        Config.Add(Msix);
        Config.Add(new PowerManagement());
        Config.Seal();
        Bench.Bus.TryAdd(1, 0, this);
        Bench.WriteConfig(1, PciSpec.Bar0 + 8, 4, Table);
        Command = PciSpec.CommandMemory | PciSpec.CommandBusMaster;
    }

    public void SendMessage(ulong address, uint data) => Messages.Add((address, data));

    public override ulong ReadBar(Bar bar, ulong offset, int width) => Msix.Read(offset, width);

    public override void WriteBar(Bar bar, ulong offset, int width, ulong value) => LastWriteTaken = Msix.TryWrite(offset, width, value);

    public ulong Load(ulong offset, int width) => Bench.Bus.Read(false, Table + offset, width);

    public void Store(ulong offset, int width, ulong value) => Bench.Bus.Write(false, Table + offset, width, value);

    /// <summary>Gives a vector its number as message, and unmasks it.</summary>
    public void Program(int vector)
    {
        Store(Entry(vector), 8, 0x1000_0000);
        Store(Entry(vector) + 8, 8, (uint)vector);
    }

    /// <summary>Offset of a table entry.</summary>
    public static ulong Entry(int vector) => 16 * (ulong)vector;

    /// <summary>The vectors whose pending bit is set, read by 8 bytes.</summary>
    public IEnumerable<int> Pending => Enumerable.Range(0, Msix.Vectors).Where(x => (Load(PendingBits + (ulong)(x / 64 * 8), 8) >> (x % 64) & 1) != 0);

    /// <summary>Offset of the pending bits, from the capability.</summary>
    public ulong PendingBits => Bench.ReadConfig(1, Msix.Offset + 8, 4) & ~7UL;

    public ushort Command
    {
        set => Bench.WriteConfig(1, PciSpec.Command, 2, value);
    }

    public uint Control
    {
        get => (uint)Bench.ReadConfig(1, Msix.Offset + 2, 2);
        set => Bench.WriteConfig(1, Msix.Offset + 2, 2, value);
    }

    /// <summary>True if MSI-X has taken the last write to the BAR.</summary>
    public bool LastWriteTaken { get; private set; }

    public List<(ulong Address, uint Data)> Messages { get; } = new();

    public Msix Msix { get; }

    public PciBench Bench { get; } = new();

    public const uint Table = 0x4000_0000;

    protected override void ResetDevice()
    {
    }

    protected override void BusMasterChanged()
    {
    }
}
