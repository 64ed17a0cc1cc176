// renode-virtio-net, MIT licence: see LICENSE.
// Who answers a configuration access: absent functions, several functions, other buses, odd accesses.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

public sealed class BusConfigTests
{
    [Test]
    [Rule("PCIH-02")]
    public void AbsentFunction_AnyRegisterAndWidth_ReadsAllOnesAndIgnoresWrites([ValueSource(typeof(PciBench), nameof(PciBench.Widths))] int width)
    {
        var bench = new PciBench();
        bench.Plug(5, 0, 0x55);
        for(var place = 0; place < PciSpec.FunctionsPerBus; place++)
        {
            var (slot, function) = (place / 8, place % 8);
            if(slot == 5 && function == 0)
            {
                continue;
            }
            for(var register = 0; register < PciSpec.ConfigSize; register += 64)
            {
                bench.WriteConfig(slot, register, width, 0, function);
                Assert.That(bench.ReadConfig(slot, register, width, function), Is.EqualTo(PciBench.AllOnes(width)));
            }
        }
        Assert.That(bench.ReadConfig(5, 0, 2), Is.EqualTo(PlainFunction.Vendor));
    }

    [Test]
    public void Access_ThatNobodyAnswers_IsReported()
    {
        var bench = new PciBench();
        bench.Plug(4, 0, 0x40, new Bar(5, BarKind.Memory32, 16));
        bench.Bus.Read(true, 0xC000, 4);
        Assert.That((bench.LastMisuse, bench.Misuses), Is.EqualTo((PciRules.UnclaimedIo, 1)));
        bench.Bus.Write(false, 0x1000_0000, 4, 0);
        Assert.That((bench.LastMisuse, bench.Misuses), Is.EqualTo((PciRules.UnclaimedMemory, 2)));
        Assert.That(bench.ReadConfig(4, PciSpec.DeviceId + 1, 2), Is.EqualTo(0xFFFF));
        Assert.That((bench.LastMisuse, bench.Misuses), Is.EqualTo((PciRules.UnalignedConfiguration, 3)));
    }

    [Test]
    [Rule("PCIH-06")]
    public void MultiFunctionBit_OfSeveralFunctions_IsSet([Range(1, 7)] int others)
    {
        var bench = new PciBench();
        bench.Plug(4, 0, 0x40);
        for(var function = 1; function <= others; function++)
        {
            bench.Plug(4, function, 0x41);
        }
        Assert.That(bench.ReadConfig(4, PciSpec.HeaderType, 1), Is.EqualTo(PciSpec.HeaderMultiFunction));
    }

    [Test]
    [Rule("PCIH-06")]
    public void Functions_WithoutFunction0_AreHidden()
    {
        var bench = new PciBench();
        bench.Plug(4, 1, 0x41);
        bench.Plug(4, 7, 0x47);
        Assert.That(bench.ReadConfig(4, 0, 4, 1), Is.EqualTo(uint.MaxValue));
        bench.WriteConfig(4, PciSpec.InterruptLine, 1, 9, 1);

        bench.Plug(4, 0, 0x40);
        Assert.That(bench.ReadConfig(4, PciSpec.DeviceId, 2, 1), Is.EqualTo(0x41));
        Assert.That(bench.ReadConfig(4, PciSpec.DeviceId, 2, 7), Is.EqualTo(0x47));
        Assert.That(bench.ReadConfig(4, PciSpec.InterruptLine, 1, 1), Is.Zero, "written while hidden");
        Assert.That(bench.ReadConfig(4, 0, 4, 2), Is.EqualTo(uint.MaxValue));

        bench.Bus.Remove(4, 0);
        Assert.That(bench.ReadConfig(4, 0, 4, 7), Is.EqualTo(uint.MaxValue));
    }

    [Test]
    [Rule("PCIH-06")]
    public void MultiFunctionBit_FunctionsComeAndGo_ShowsWhetherFunction0IsAlone([Range(1, 7)] int other)
    {
        var bench = new PciBench();
        var first = bench.Plug(4, 0, 0x40);
        Assert.That(bench.ReadConfig(4, PciSpec.HeaderType, 1), Is.Zero);
        bench.Plug(4, other, 0x43);
        Assert.That(bench.ReadConfig(4, PciSpec.HeaderType, 1), Is.EqualTo(PciSpec.HeaderMultiFunction));
        first.Reset();
        Assert.That(bench.ReadConfig(4, PciSpec.HeaderType, 1), Is.EqualTo(PciSpec.HeaderMultiFunction), "it is the slot's, not the function's");
        bench.WriteConfig(4, PciSpec.HeaderType, 1, 0);
        Assert.That(bench.ReadConfig(4, PciSpec.HeaderType, 1), Is.EqualTo(PciSpec.HeaderMultiFunction), "read-only");
        bench.Bus.Remove(4, other);
        Assert.That(bench.ReadConfig(4, PciSpec.HeaderType, 1), Is.Zero);
        bench.Plug(5, 1, 0x51);
        Assert.That(bench.ReadConfig(4, PciSpec.HeaderType, 1), Is.Zero, "another slot's functions do not count");
    }

    [Test]
    public void Place_Taken_IsRefusedUntilItIsFreed()
    {
        var bench = new PciBench();
        bench.Plug(4, 0, 0x40, new Bar(0, BarKind.Memory32, 0x1000));
        bench.Place(4, 0, 0x1000_0000);
        var other = new PlainFunction(0x99);
        Assert.That(bench.Bus.TryAdd(4, 0, other), Is.False);
        Assert.That(bench.ReadConfig(4, PciSpec.DeviceId, 2), Is.EqualTo(0x40));

        bench.Bus.Remove(4, 0);
        bench.Bus.Remove(4, 0);
        Assert.That(bench.ReadConfig(4, 0, 4), Is.EqualTo(uint.MaxValue));
        Assert.That(bench.Bus.Read(false, 0x1000_0000, 4), Is.EqualTo(uint.MaxValue), "its window went with it");
        Assert.That(bench.Bus.TryAdd(4, 0, other), Is.True);
        Assert.That(bench.ReadConfig(4, PciSpec.DeviceId, 2), Is.EqualTo(0x99));
    }

    [TestCase(-1, 0)]
    [TestCase(32, 0)]
    [TestCase(0, -1)]
    [TestCase(0, 8)]
    public void Place_ThatDoesNotExist_IsRefused(int slot, int function)
    {
        Action act = () => _ = new PciBench().Bus.TryAdd(slot, function, new PlainFunction(1));
        Assert.Throws<ArgumentOutOfRangeException>(act);
    }

    [Test]
    public void FunctionAt_OfEitherSpace_IsTheOneThatWouldAnswer()
    {
        var bench = new PciBench();
        var function = bench.Plug(4, 0, 0x40, new Bar(0, BarKind.Memory32, 0x1000), new Bar(1, BarKind.Io, 0x20));
        bench.Place(4, 0, 0x1000_0000);
        bench.Place(4, 1, 0xC000);
        Assert.That(bench.Bus.FunctionAt(PciMachine.Ecam(4, 0x123)), Is.SameAs(function));
        Assert.That(bench.Bus.FunctionAt(PciMachine.Ecam(5, 0)), Is.Null);
        Assert.That(bench.Bus.FunctionAt(false, 0x1000_0FFF), Is.SameAs(function));
        Assert.That(bench.Bus.FunctionAt(false, 0xC000), Is.Null);
        Assert.That(bench.Bus.FunctionAt(true, 0xC01F), Is.SameAs(function));
        Assert.That(bench.Bus.FunctionAt(true, 0xC020), Is.Null);
    }

    [TestCase(1UL << PciSpec.BusShift)]
    [TestCase(0xFFUL << PciSpec.BusShift)]
    [TestCase(0x100UL << PciSpec.BusShift)]
    [TestCase(1UL << 32)]
    [TestCase(1UL << 44)]
    [TestCase(1UL << 63)]
    [TestCase(ulong.MaxValue - 0xFFF)]
    [Rule("PCIH-10")]
    public void OtherBuses_AnyAccess_ReadAllOnesAndIgnoreWrites(ulong ecam)
    {
        var bench = new PciBench();
        bench.Plug(0, 0, 0x10);
        foreach(var width in PciBench.Widths)
        {
            bench.Bus.WriteConfig(ecam + PciSpec.InterruptLine / 8 * 8, width, 0x1234_5678_9ABC_DEF0);
            Assert.That(bench.Bus.ReadConfig(ecam, width), Is.EqualTo(PciBench.AllOnes(width)));
        }
        Assert.That(bench.ReadConfig(0, PciSpec.InterruptLine, 1), Is.Zero, "it does not alias bus 0");
    }

    [TestCase(2)]
    [TestCase(4)]
    [TestCase(8)]
    [Rule("PCIH-10", "H-101")]
    public void MisalignedAccess_EveryRegister_ReadsAllOnesAndWritesNothing(int width)
    {
        var machine = new PciMachine();
        var before = ConfigImage.Of(machine);
        for(var register = 0; register < PciSpec.ConfigSize; register++)
        {
            if(register % width == 0)
            {
                continue;
            }
            var ecam = PciMachine.Ecam(PciMachine.CardSlot, register);
            Assert.That(machine.Bus.ReadConfig(ecam, width), Is.EqualTo(PciBench.AllOnes(width)), $"register 0x{register:X}");
            machine.Bus.WriteConfig(ecam, width, ulong.MaxValue);
        }
        Assert.That(ConfigImage.Of(machine), Is.EqualTo(before));
        Assert.That(machine.Misuses, Is.Not.Empty);
    }
}
