// renode-virtio-net, MIT licence: see LICENSE.
// Byte enables, read-only bits and missing registers of the card's configuration space.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Pci;

public sealed class ConfigSpaceTests
{
    [Test]
    [Rule("PCIH-01", "PCIH-03", "PCI-17", "H-101", "H-102", "H-108")]
    public void Write_EveryRegisterAndWidth_ChangesOnlyWritableBitsOfItsBytes([ValueSource(typeof(PciBench), nameof(PciBench.Widths))] int width)
    {
        const int length = 0x140;
        var machine = new PciMachine();
        var expected = new ConfigImage(PciCfg(machine), ConfigImage.Of(machine, length));
        foreach(var value in new[] { ulong.MaxValue, 0UL, 0x5AA5_C33C_0FF0_9669UL, 0UL })
        {
            for(var register = 0; register < length; register += width)
            {
                machine.Bus.WriteConfig(PciMachine.Ecam(PciMachine.CardSlot, register), width, value);
                expected.Write(register, width, value);
                Assert.That(ConfigImage.Of(machine, length).AsSpan().SequenceEqual(expected.Bytes), Is.True, $"after 0x{value:X} to 0x{register:X}");
            }
        }
    }

    [Test]
    [Rule("PCIH-03", "PCI-10")]
    public void Read_EveryRegisterAndWidth_GivesTheBytesLittleEndian([ValueSource(typeof(PciBench), nameof(PciBench.Widths))] int width)
    {
        var machine = new PciMachine();
        var image = ConfigImage.Of(machine);
        for(var register = 0; register < PciSpec.ConfigSize; register += width)
        {
            var expected = 0UL;
            for(var i = 0; i < width; i++)
            {
                expected |= (ulong)image[register + i] << (8 * i);
            }
            Assert.That(machine.Bus.ReadConfig(PciMachine.Ecam(PciMachine.CardSlot, register), width), Is.EqualTo(expected), $"register 0x{register:X}");
        }
    }

    [Test]
    [Rule("PCIH-01")]
    public void ExtendedSpace_OfTheCard_ReadsZeroAndIgnoresWrites()
    {
        var machine = new PciMachine();
        for(var register = PciSpec.CapabilitiesEnd; register < PciSpec.ConfigSize; register += 4)
        {
            machine.WriteConfig(register, 4, uint.MaxValue);
            Assert.That(machine.ReadConfig(register, 4), Is.Zero, $"register 0x{register:X}");
        }
    }

    [Test]
    [Rule("PCIH-01", "PCIH-05", "PCI-01")]
    public void Command_AllOnes_KeepsOnlyBitsOfWhatTheFunctionHas()
    {
        var machine = new PciMachine();
        machine.WriteConfig(PciSpec.Command, 2, 0xFFFF);
        // I/O Space, Memory Space, Bus Master, Parity Error Response, SERR# Enable, Interrupt Disable.
        Assert.That(machine.ReadConfig(PciSpec.Command, 2), Is.EqualTo(0x0547));
        Assert.That(machine.ReadConfig(PciSpec.Status, 2), Is.EqualTo(PciSpec.StatusCapabilities));
    }

    [TestCase(BarKind.Io, PciSpec.CommandIo)]
    [TestCase(BarKind.Memory32, PciSpec.CommandMemory)]
    [TestCase(BarKind.Memory64, PciSpec.CommandMemory)]
    [Rule("PCIH-05")]
    public void Command_SpaceBits_ExistWithABarOfTheirKindOnly(BarKind kind, int bit)
    {
        var bench = new PciBench();
        bench.Plug(1, 0, 0x11, new Bar(0, kind, 0x100));
        bench.WriteConfig(1, PciSpec.Command, 2, 0xFFFF);
        Assert.That(bench.ReadConfig(1, PciSpec.Command, 2) & (PciSpec.CommandIo | PciSpec.CommandMemory), Is.EqualTo((ulong)bit));
    }

    private static int PciCfg(PciMachine machine)
    {
        var driver = new VirtioPciDriver(new PciMachine());
        driver.Probe();
        Assert.That(machine.ReadConfig(0, 4), Is.EqualTo(driver.Config(0, 4)), "the same card");
        return driver.Structures[PciLayout.CapPciCfg].Capability;
    }
}
