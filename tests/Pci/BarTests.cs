// renode-virtio-net, MIT licence: see LICENSE.
// Base address registers of every kind: sizing, placing, decoding.

using NUnit.Framework;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

public sealed class BarTests
{
    [TestCase(BarKind.Io, 4UL, 0x1U)]
    [TestCase(BarKind.Io, 256UL, 0x1U)]
    [TestCase(BarKind.Memory32, 16UL, 0x0U)]
    [TestCase(BarKind.Memory32, 0x8000_0000UL, 0x0U)]
    [TestCase(BarKind.Memory64, 16UL, 0x4U)]
    [TestCase(BarKind.Memory64, 0x4000UL, 0x4U)]
    [TestCase(BarKind.Memory64, 0x10_0000_0000UL, 0x4U)]
    [Rule("PCIH-04", "PCI-01")]
    public void Bar_Sized_ShowsItsSizeAndKeepsItsType(BarKind kind, ulong size, uint type)
    {
        var bench = new PciBench();
        bench.Plug(3, 0, 0xAA, new Bar(2, kind, size));
        var register = PciSpec.Bar0 + 8;
        var width = kind == BarKind.Memory64 ? 8 : 4;
        var initial = bench.ReadConfig(3, register, width);

        bench.WriteConfig(3, register, width, ulong.MaxValue);
        var mask = bench.ReadConfig(3, register, width);
        bench.WriteConfig(3, register, width, 0);

        Assert.That(initial, Is.EqualTo((ulong)type), "nowhere at power-on");
        Assert.That(mask, Is.EqualTo((~(size - 1) & PciBench.AllOnes(width)) | type));
        Assert.That(bench.ReadConfig(3, register, width), Is.EqualTo((ulong)type));
    }

    [TestCase(BarKind.Io, 0x20UL, 0x0000_C000UL)]
    [TestCase(BarKind.Memory32, 0x1000UL, 0xE000_0000UL)]
    [TestCase(BarKind.Memory64, 0x1000UL, 0xE000_0000UL)]
    [TestCase(BarKind.Memory64, 0x1000UL, 0x80_0000_0000UL)]
    [TestCase(BarKind.Memory64, 0x1000UL, 0xFFFF_FFFF_FFFF_F000UL)]
    [TestCase(BarKind.Memory32, 0x1000UL, 0UL)]
    [TestCase(BarKind.Io, 0x20UL, 0UL)]
    [Rule("PCIH-04", "PCIH-05", "H-109")]
    public void Bar_PlacedAfterSizing_DecodesExactlyItsRange(BarKind kind, ulong size, ulong address)
    {
        var bench = new PciBench();
        var function = bench.Plug(3, 0, 0x5566_7788_99AA_BBCC, new Bar(2, kind, size));
        var io = kind == BarKind.Io;
        var register = PciSpec.Bar0 + 8;
        bench.WriteConfig(3, register, 4, uint.MaxValue);
        bench.WriteConfig(3, register, 4, address & uint.MaxValue);
        if(kind == BarKind.Memory64)
        {
            bench.WriteConfig(3, register + 4, 4, uint.MaxValue);
            bench.WriteConfig(3, register + 4, 4, address >> 32);
        }
        bench.WriteConfig(3, PciSpec.Command, 2, io ? PciSpec.CommandIo : PciSpec.CommandMemory);

        foreach(var width in PciBench.Widths.Where(x => (ulong)x <= size))
        {
            Assert.That(bench.Bus.Read(io, address, width), Is.EqualTo(0x5566_7788_99AA_BBCC & PciBench.AllOnes(width)));
            Assert.That(bench.Bus.Read(io, address + (size - (ulong)width), width), Is.EqualTo(0x5566_7788_99AA_BBCC & PciBench.AllOnes(width)));
            Assert.That(function.LastRead, Is.EqualTo((2, size - (ulong)width, width)));
            Assert.That(bench.Bus.Read(io, unchecked(address + size), width), Is.EqualTo(PciBench.AllOnes(width)), "after it");
            Assert.That(bench.Bus.Read(io, unchecked(address - 1), width), Is.EqualTo(PciBench.AllOnes(width)), "before it");
            Assert.That(bench.Bus.Read(!io, address, width), Is.EqualTo(PciBench.AllOnes(width)), "in the other space");
            if(width > 1)
            {
                Assert.That(bench.Bus.Read(io, address + (size - 1), width), Is.EqualTo(PciBench.AllOnes(width)), "across its end");
            }
        }
        bench.Bus.Write(io, address + 1, 2, 0xCAFE);
        Assert.That(function.LastWrite, Is.EqualTo((2, 1UL, 2, 0xCAFEUL)));
    }

    [TestCase(BarKind.Io, PciSpec.CommandMemory)]
    [TestCase(BarKind.Memory32, PciSpec.CommandIo)]
    [TestCase(BarKind.Memory64, PciSpec.CommandIo)]
    [Rule("PCIH-05")]
    public void Bar_SpaceNotEnabled_AnswersAllOnesAndIgnoresWrites(BarKind kind, int otherSpace)
    {
        var bench = new PciBench();
        // The other BAR makes the other space's enable bit exist.
        var function = bench.Plug(3, 0, 0xAA, new Bar(0, kind, 0x100), new Bar(2, kind == BarKind.Io ? BarKind.Memory32 : BarKind.Io, 0x100));
        var io = kind == BarKind.Io;
        bench.WriteConfig(3, PciSpec.Bar0, 4, 0x4000);
        bench.WriteConfig(3, PciSpec.Bar0 + 8, 4, 0x8000);

        foreach(var command in new[] { 0UL, (ulong)otherSpace, PciSpec.CommandBusMaster })
        {
            bench.WriteConfig(3, PciSpec.Command, 2, command);
            bench.Bus.Write(io, 0x4000, 4, 1);
            Assert.That(bench.Bus.Read(io, 0x4000, 4), Is.EqualTo(uint.MaxValue));
            Assert.That(function.LastWrite, Is.Null);
        }
        bench.WriteConfig(3, PciSpec.Command, 2, io ? PciSpec.CommandIo : PciSpec.CommandMemory);
        Assert.That(bench.Bus.Read(io, 0x4000, 1), Is.EqualTo(0xAA));
    }

    [TestCase(-1, BarKind.Memory32, 16UL)]
    [TestCase(6, BarKind.Memory32, 16UL)]
    [TestCase(5, BarKind.Memory64, 16UL)]
    [TestCase(0, BarKind.Memory32, 0UL)]
    [TestCase(0, BarKind.Memory32, 8UL)]
    [TestCase(0, BarKind.Memory32, 48UL)]
    [TestCase(0, BarKind.Io, 2UL)]
    public void Bar_ThatCannotExist_IsRefusedAtConstruction(int index, BarKind kind, ulong size)
    {
        Action act = () => _ = new Bar(index, kind, size);
        Assert.Throws<ArgumentOutOfRangeException>(act);
    }
}
