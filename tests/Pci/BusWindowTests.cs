// renode-virtio-net, MIT licence: see LICENSE.
// BARs that move, overlap and vanish while the machine runs.

using NUnit.Framework;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

[Rule("PCIH-09", "H-109")]
public sealed class BusWindowTests
{
    [Test]
    public void Bar_Moved_AnswersAtTheNewPlaceOnly()
    {
        var bench = new PciBench();
        bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Place(1, 0, 0x1000_0000);
        for(var address = 0x2000_0000U; address < 0x2001_0000; address += 0x1000)
        {
            var old = (uint)bench.ReadConfig(1, PciSpec.Bar0, 4);
            bench.WriteConfig(1, PciSpec.Bar0, 4, address);
            Assert.That(bench.Bus.Read(false, address, 1), Is.EqualTo(0x11));
            Assert.That(bench.Bus.Read(false, old, 1), Is.EqualTo(0xFF), "a stale mapping");
        }
    }

    [Test]
    public void Bar_MovedByteByByte_NeverAnswersAtAStalePlace()
    {
        var bench = new PciBench();
        bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x100));
        bench.Place(1, 0, 0);
        foreach(var (register, value, expected) in new[] { (1, 0x20U, 0x2000U), (2, 0x34U, 0x34_2000U), (3, 0x56U, 0x5634_2000U) })
        {
            bench.WriteConfig(1, PciSpec.Bar0 + register, 1, value);
            Assert.That(bench.Bus.Read(false, expected, 1), Is.EqualTo(0x11));
            Assert.That(bench.Bus.Read(false, expected ^ (value << (8 * register)), 1), Is.EqualTo(0xFF));
        }
    }

    [Test]
    public void Bars_OnOneAddress_TheOnePlacedLastWins()
    {
        var bench = new PciBench();
        bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Plug(2, 0, 0x22, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Place(1, 0, 0x1000_0000);
        bench.Place(2, 0, 0x1000_0000);
        Assert.That(bench.Bus.Read(false, 0x1000_0000, 1), Is.EqualTo(0x22));

        bench.WriteConfig(1, PciSpec.Bar0, 4, 0x3000_0000);
        Assert.That(bench.Bus.Read(false, 0x1000_0000, 1), Is.EqualTo(0x22));
        Assert.That(bench.Bus.Read(false, 0x3000_0000, 1), Is.EqualTo(0x11));
        bench.WriteConfig(1, PciSpec.Bar0, 4, 0x1000_0000);
        Assert.That(bench.Bus.Read(false, 0x1000_0000, 1), Is.EqualTo(0x11), "moved here last");

        bench.WriteConfig(1, PciSpec.Command, 2, 0);
        Assert.That(bench.Bus.Read(false, 0x1000_0000, 1), Is.EqualTo(0x22), "uncovered again");
    }

    [Test]
    public void Bars_OverlappingInPart_ShareTheRangeDeterministically()
    {
        var bench = new PciBench();
        bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x4000));
        bench.Plug(2, 0, 0x22, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Place(1, 0, 0x1000_0000);
        bench.Place(2, 0, 0x1000_1000);

        Assert.That(bench.Bus.Read(false, 0x1000_0FFF, 1), Is.EqualTo(0x11));
        Assert.That(bench.Bus.Read(false, 0x1000_1000, 1), Is.EqualTo(0x22));
        Assert.That(bench.Bus.Read(false, 0x1000_1FFF, 1), Is.EqualTo(0x22));
        Assert.That(bench.Bus.Read(false, 0x1000_2000, 1), Is.EqualTo(0x11));
        bench.WriteConfig(1, PciSpec.CacheLineSize, 1, 8);
        Assert.That(bench.Bus.Read(false, 0x1000_1000, 1), Is.EqualTo(0x22), "a write elsewhere places nothing");
    }

    [Test]
    public void Bars_OfOneFunctionOverlapping_CauseNoException()
    {
        var bench = new PciBench();
        var function = bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x1000), new Bar(1, BarKind.Memory32, 0x1000));
        bench.Place(1, 0, 0x1000_0000);
        bench.Place(1, 1, 0x1000_0000);
        bench.Bus.Read(false, 0x1000_0000, 4);
        Assert.That(function.LastRead!.Value.Bar, Is.EqualTo(1), "placed last");
        bench.WriteConfig(1, PciSpec.Bar0 + 4, 4, uint.MaxValue);
        bench.Bus.Read(false, 0x1000_0000, 4);
        Assert.That(function.LastRead!.Value.Bar, Is.EqualTo(0));
    }

    [Test]
    [Rule("PCIH-05")]
    public void Decoding_SwitchedOffAndOn_ComesBackAtTheSamePlace()
    {
        var bench = new PciBench();
        bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Place(1, 0, 0x1000_0000);
        for(var i = 0; i < 3; i++)
        {
            bench.WriteConfig(1, PciSpec.Command, 2, 0);
            Assert.That(bench.Bus.Read(false, 0x1000_0000, 4), Is.EqualTo(uint.MaxValue));
            bench.WriteConfig(1, PciSpec.Command, 2, PciSpec.CommandMemory);
            Assert.That(bench.Bus.Read(false, 0x1000_0000, 1), Is.EqualTo(0x11));
        }
    }

    [Test]
    public void Function_Reset_LeavesNoStaleMapping()
    {
        var bench = new PciBench();
        var function = bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Place(1, 0, 0x1000_0000);
        function.Reset();
        Assert.That(bench.Bus.Read(false, 0x1000_0000, 4), Is.EqualTo(uint.MaxValue));
        Assert.That(bench.ReadConfig(1, PciSpec.Bar0, 4), Is.Zero);
        Assert.That(bench.ReadConfig(1, PciSpec.Command, 2), Is.Zero);
    }
}
