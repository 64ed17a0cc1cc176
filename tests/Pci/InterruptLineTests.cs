// renode-virtio-net, MIT licence: see LICENSE.
// INTx: from the function's pin through the swizzle to the host bridge's four lines.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Pci;

public sealed class InterruptLineTests
{
    [Test]
    [Rule("PCI-51", "H-56")]
    public void Swizzle_EverySlot_LeadsPinAToLineSlotModulo4([Range(0, 31)] int slot)
    {
        var bench = new PciBench();
        var function = bench.Plug(slot, 0, 0x11);
        function.Pending = true;
        Assert.That(bench.Lines, Is.EqualTo(Enumerable.Range(0, 4).Select(x => x == slot % 4)));
        function.Pending = false;
        Assert.That(bench.Lines, Has.None.True);
        Assert.That(bench.LineChanges, Is.EqualTo(2), "only changes are driven");
    }

    [Test]
    public void Swizzle_EveryPin_MovesOneLineOn([Range(1, 4)] int pin)
    {
        var bench = new PciBench();
        var function = new PlainFunction(0x11);
        function.Config.Set(PciSpec.InterruptPin, 1, (uint)pin);
        bench.Bus.TryAdd(2, 0, function);
        function.Pending = true;
        Assert.That(Array.IndexOf(bench.Lines, true), Is.EqualTo((2 + pin - 1) % 4));
    }

    [Test]
    [Rule("H-56")]
    public void Line_SharedByTwoFunctions_FallsWithTheLast()
    {
        var bench = new PciBench();
        var first = bench.Plug(1, 0, 0x11);
        var second = bench.Plug(5, 0, 0x55);
        first.Pending = true;
        second.Pending = true;
        Assert.That(bench.LineChanges, Is.EqualTo(1), "a level, not a queue of edges");
        first.Pending = false;
        Assert.That(bench.Lines[1], Is.True);
        second.Pending = false;
        Assert.That(bench.Lines[1], Is.False);
    }

    [Test]
    [Rule("PCIH-05", "PCI-51")]
    public void InterruptDisable_WhilePending_HoldsTheLineDownAndKeepsTheStatusBit()
    {
        var bench = new PciBench();
        var function = bench.Plug(1, 0, 0x11);
        function.Pending = true;
        bench.WriteConfig(1, PciSpec.Command, 2, PciSpec.CommandInterruptDisable);
        Assert.That(bench.Lines[1], Is.False);
        Assert.That(bench.ReadConfig(1, PciSpec.Status, 2) & PciSpec.StatusInterrupt, Is.Not.Zero);
        bench.WriteConfig(1, PciSpec.Command, 2, 0);
        Assert.That(bench.Lines[1], Is.True, "it was pending all the time");

        bench.WriteConfig(1, PciSpec.Command, 2, PciSpec.CommandInterruptDisable);
        function.Pending = false;
        bench.WriteConfig(1, PciSpec.Command, 2, 0);
        Assert.That(bench.Lines[1], Is.False);
    }

    [Test]
    [Rule("H-107", "H-120")]
    public void Function_RemovedWhilePending_DropsTheLineAndRaisesItWhenPluggedInAgain()
    {
        var bench = new PciBench();
        var function = bench.Plug(1, 0, 0x11, new Bar(0, BarKind.Memory32, 0x1000));
        function.Pending = true;
        bench.Bus.Remove(1, 0);
        Assert.That(bench.Lines, Has.None.True);
        function.Pending = false;
        function.Pending = true;
        function.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory);
        Assert.That(bench.Lines, Has.None.True);
        Assert.That(bench.Bus.Read(false, 0, 1), Is.EqualTo(0xFF));
        bench.Bus.TryAdd(2, 0, function);
        Assert.That(bench.Bus.Read(false, 0, 1), Is.EqualTo(0x11));
        Assert.That(bench.Lines[2], Is.True, "pin A of slot 2");
        Assert.That(bench.Lines[1], Is.False);
        function.Reset();
        Assert.That(bench.Lines, Has.None.True);
        bench.WriteConfig(2, PciSpec.Command, 2, PciSpec.CommandMemory);
        Assert.That(bench.Lines, Has.None.True, "the reset has ended it for good");
    }

    [Test]
    [Rule("PCI-51", "PCI-52")]
    public void Cards_InEightSlots_InterruptEachOnItsOwnLine()
    {
        var machine = new PciMachine();
        var devices = new Dictionary<int, NetDevice>();
        var drivers = new Dictionary<int, VirtioPciDriver>();
        for(var slot = 2; slot < 10; slot++)
        {
            var device = machine.MakeDevice(16);
            machine.Bus.TryAdd(slot, 0, new VirtioPciFunction(device, machine.Ram, machine, machine, new PciOptions()));
            devices[slot] = device;
            drivers[slot] = Start(machine, slot);
        }
        foreach(var (slot, driver) in drivers)
        {
            devices[slot].LinkUp = false;
            Assert.That(machine.Lines, Is.EqualTo(Enumerable.Range(0, 4).Select(x => x == slot % 4)), $"slot {slot}");
            Assert.That(driver.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));
            Assert.That(machine.Lines, Has.None.True);
        }
    }

    private static VirtioPciDriver Start(PciMachine machine, int slot)
    {
        var driver = new VirtioPciDriver(machine, slot);
        driver.Probe(0x1000_0000 + 0x1_0000UL * (uint)slot);
        driver.Negotiate(new FeatureSet().With(Feature.Version1).With(Feature.Status));
        driver.Status |= DeviceStatus.DriverOk;
        return driver;
    }
}
