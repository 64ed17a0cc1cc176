// renode-virtio-net, MIT licence: see LICENSE.
// A function without a device, so that what is tested is PCI and nothing else.

using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

/// <summary>Answers every BAR read with its mark and remembers the last BAR write.</summary>
public sealed class PlainFunction : PciFunction
{
    public PlainFunction(ulong mark, params Bar[] bars)
        : this(mark, bars, Array.Empty<PciCapability>())
    {
    }

    public PlainFunction(ulong mark, Bar[] bars, params PciCapability[] capabilities)
    {
        this.mark = mark;
        Config.Set(PciSpec.VendorId, 2, Vendor);
        Config.Set(PciSpec.DeviceId, 2, mark & 0xFFFF);
        Config.Set(PciSpec.InterruptPin, 1, 1);
        foreach(var bar in bars)
        {
            Config.Add(bar);
        }
        foreach(var capability in capabilities)
        {
            Config.Add(capability);
        }
        Config.Seal();
    }

    public override ulong ReadBar(Bar bar, ulong offset, int width)
    {
        LastRead = (bar.Index, offset, width);
        return mark & PciBench.AllOnes(width);
    }

    public override void WriteBar(Bar bar, ulong offset, int width, ulong value)
    {
        LastWrite = (bar.Index, offset, width, value);
    }

    public (int Bar, ulong Offset, int Width)? LastRead { get; set; }

    public (int Bar, ulong Offset, int Width, ulong Value)? LastWrite { get; set; }

    /// <summary>Interrupt pending inside the function.</summary>
    public bool Pending
    {
        set => SetInterrupt(value);
    }

    /// <summary>What the function was told, in order.</summary>
    public List<string> Calls { get; } = new();

    public const uint Vendor = 0x1234;

    protected override void ResetDevice() => Calls.Add("reset");

    protected override void BusMasterChanged() => Calls.Add($"master {BusMaster}");

    private readonly ulong mark;
}
