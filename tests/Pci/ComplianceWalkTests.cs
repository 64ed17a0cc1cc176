// The card as any operating system's PCI code looks at it, before it knows a virtio device.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

[Rule("PCI-01")]
public sealed class ComplianceWalkTests
{
    [TestCase("VendorId", 0x00, 2, 0x1AF4U)]
    [TestCase("DeviceId", 0x02, 2, 0x1041U)]
    [TestCase("RevisionId", 0x08, 1, 0x01U)]
    [TestCase("ProgrammingInterface", 0x09, 1, 0x00U)]
    [TestCase("ClassCode", 0x0A, 2, 0x0200U)]
    [TestCase("HeaderType", 0x0E, 1, 0x00U)]
    [TestCase("Bist", 0x0F, 1, 0x00U)]
    [TestCase("ExpansionRom", 0x30, 4, 0x00U)]
    [TestCase("InterruptPin", 0x3D, 1, 0x01U)]
    [Rule("PCI-03", "PCI-04", "PCI-06", "PCI-07")]
    public void Header_Read_IsThatOfAModernNetworkCard(string name, int register, int width, uint value)
    {
        Assert.That(new PciMachine().ReadConfig(register, width), Is.EqualTo(value), name);
    }

    [Test]
    [Rule("PCI-08")]
    public void Header_SubsystemIds_AreThoseOfAModernOnlyDevice()
    {
        var machine = new PciMachine();
        Assert.That(machine.ReadConfig(PciSpec.SubsystemVendorId, 2), Is.Not.Zero.And.Not.EqualTo(0xFFFF));
        Assert.That(machine.ReadConfig(PciSpec.SubsystemId, 2), Is.GreaterThanOrEqualTo(0x40));
    }

    [Test]
    public void PowerOn_CommandAndBars_LeaveTheFunctionSilent()
    {
        var machine = new PciMachine();
        Assert.That(machine.ReadConfig(PciSpec.Command, 2), Is.Zero);
        for(var bar = 0; bar < PciSpec.BarCount; bar++)
        {
            Assert.That(machine.ReadConfig(PciSpec.Bar0 + 4 * bar, 4) & ~0xFU, Is.Zero);
        }
        Assert.That(machine.Bus.Read(false, 0, 4), Is.EqualTo(uint.MaxValue));
    }

    [Test]
    public void CapabilityList_Walked_IsWellFormedAndEnds()
    {
        var machine = new PciMachine();
        Assert.That(machine.ReadConfig(PciSpec.Status, 2) & PciSpec.StatusCapabilities, Is.Not.Zero);
        var taken = new HashSet<int>();
        var steps = 0;
        for(var at = (int)machine.ReadConfig(PciSpec.CapabilitiesPointer, 1); at != 0; at = (int)machine.ReadConfig(at + 1, 1))
        {
            Assert.That(++steps, Is.LessThanOrEqualTo(48), "the list loops");
            Assert.That(at, Is.InRange(0x40, 0xFC));
            Assert.That(at % 4, Is.Zero);
            Assert.That(machine.ReadConfig(at, 1), Is.Not.Zero.And.Not.EqualTo(0xFF), "capability id");
            var size = machine.ReadConfig(at, 1) == PciSpec.CapabilityVendor ? (int)machine.ReadConfig(at + 2, 1) : 2;
            Assert.That(at + size, Is.LessThanOrEqualTo(0x100));
            for(var i = at; i < at + size; i++)
            {
                Assert.That(taken.Add(i), Is.True, $"capabilities overlap at 0x{i:X}");
            }
        }
        Assert.That(steps, Is.GreaterThan(0));
    }

    [Test]
    [Rule("PCIH-04")]
    public void Bars_AllSized_AreOneMemoryBarOf16KiBOnAnAlignedMask()
    {
        var machine = new PciMachine();
        var sizes = new Dictionary<int, ulong>();
        for(var bar = 0; bar < PciSpec.BarCount; bar++)
        {
            var register = PciSpec.Bar0 + 4 * bar;
            var type = machine.ReadConfig(register, 4);
            machine.WriteConfig(register, 4, uint.MaxValue);
            var mask = (ulong)machine.ReadConfig(register, 4);
            machine.WriteConfig(register, 4, type);
            Assert.That(machine.ReadConfig(register, 4), Is.EqualTo(type), "the old value comes back");
            if(mask == 0)
            {
                continue;
            }
            Assert.That(mask & 0xF, Is.EqualTo(type & 0xF), "type bits are read-only");
            Assert.That(type & 0xF, Is.EqualTo(4), "64-bit memory, not prefetchable: reading the ISR has side effects");
            machine.WriteConfig(register + 4, 4, uint.MaxValue);
            mask |= (ulong)machine.ReadConfig(register + 4, 4) << 32;
            machine.WriteConfig(register + 4, 4, 0);
            sizes[bar] = ~(mask & ~0xFUL) + 1;
            bar++;
        }
        Assert.That(sizes, Is.EqualTo(new Dictionary<int, ulong> { [4] = 0x4000 }));
    }

    [Test]
    [Rule("PCIH-01")]
    public void InterruptLine_Written_ReadsBackAndChangesNothing([Values(0x00U, 0x0BU, 0xFFU)] uint value)
    {
        var machine = new PciMachine();
        machine.WriteConfig(PciSpec.InterruptLine, 1, value);
        Assert.That(machine.ReadConfig(PciSpec.InterruptLine, 1), Is.EqualTo(value));
        Assert.That(machine.ReadConfig(PciSpec.InterruptPin, 1), Is.EqualTo(1));
    }
}
