// renode-virtio-net, MIT licence: see LICENSE.
// The card as an operating system's PCI code sees it before a virtio driver is loaded.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Pci;

[Rule("PCI-01")]
public sealed class ComplianceWalkTests
{
    [TestCase("VendorId", 0x00, 2, 0x1AF4U)]
    [TestCase("ProgrammingInterface", 0x09, 1, 0x00U)]
    [TestCase("ClassCode", 0x0A, 2, 0x0200U)]
    [TestCase("HeaderType", 0x0E, 1, 0x00U)]
    [TestCase("Bist", 0x0F, 1, 0x00U)]
    [TestCase("ExpansionRom", 0x30, 4, 0x00U)]
    [TestCase("InterruptPin", 0x3D, 1, 0x01U)]
    [Rule("PCI-03")]
    public void Header_InAnyMode_IsThatOfANetworkCard(string name, int register, int width, uint value)
    {
        foreach(var mode in Enum.GetValues<PciMode>())
        {
            Assert.That(new PciMachine(mode: mode).ReadConfig(register, width), Is.EqualTo(value), $"{name}, {mode}");
        }
    }

    [TestCase(PciMode.Transitional, 0x1000U, 0U, 0x0001U)]
    [TestCase(PciMode.Legacy, 0x1000U, 0U, 0x0001U)]
    [TestCase(PciMode.Modern, 0x1041U, 1U, 0x0041U)]
    [Rule("PCI-02", "PCI-04", "PCI-06", "PCI-07", "PCI-08", "LEG-01", "LEG-02", "LEG-03", "BASE-11")]
    public void Header_Ids_TellDriversWhichInterfacesThereAre(PciMode mode, uint device, uint revision, uint subsystem)
    {
        var machine = new PciMachine(mode: mode);
        Assert.That(machine.ReadConfig(PciSpec.DeviceId, 2), Is.EqualTo(device));
        Assert.That(machine.ReadConfig(PciSpec.RevisionId, 1), Is.EqualTo(revision));
        Assert.That(machine.ReadConfig(PciSpec.SubsystemVendorId, 2), Is.Not.Zero.And.Not.EqualTo(0xFFFF));
        Assert.That(machine.ReadConfig(PciSpec.SubsystemId, 2), Is.EqualTo(subsystem));
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
    public void CapabilityList_Walked_IsWellFormedAndEnds([Values(0, 4)] int vectors)
    {
        var machine = new PciMachine(vectors: vectors);
        var ids = new HashSet<uint>();
        Assert.That(machine.ReadConfig(PciSpec.Status, 2) & PciSpec.StatusCapabilities, Is.Not.Zero);
        var taken = new HashSet<int>();
        var steps = 0;
        for(var at = (int)machine.ReadConfig(PciSpec.CapabilitiesPointer, 1); at != 0; at = (int)machine.ReadConfig(at + 1, 1))
        {
            Assert.That(++steps, Is.LessThanOrEqualTo(48), "the list loops");
            Assert.That(at, Is.InRange(0x40, 0xFC));
            Assert.That(at % 4, Is.Zero);
            Assert.That(machine.ReadConfig(at, 1), Is.Not.Zero.And.Not.EqualTo(0xFF), "capability id");
            var size = machine.ReadConfig(at, 1) switch
            {
                PciSpec.CapabilityVendor => (int)machine.ReadConfig(at + 2, 1),
                PciSpec.CapabilityPowerManagement => 8,
                PciSpec.CapabilityMsix => 12,
                PciSpec.CapabilityExpress => 0x3C,
                _ => throw new InvalidOperationException("an unknown capability"),
            };
            Assert.That(machine.ReadConfig(at, 1) == PciSpec.CapabilityVendor || ids.Add(machine.ReadConfig(at, 1)), Is.True, "twice");
            Assert.That(at + size, Is.LessThanOrEqualTo(0x100));
            for(var i = at; i < at + size; i++)
            {
                Assert.That(taken.Add(i), Is.True, $"capabilities overlap at 0x{i:X}");
            }
        }
        // What every PCI Express function must have.
        Assert.That(ids, Does.Contain(PciSpec.CapabilityPowerManagement).And.Contain(PciSpec.CapabilityExpress));
    }

    [TestCase(PciMode.Transitional, true, true)]
    [TestCase(PciMode.Modern, false, true)]
    [TestCase(PciMode.Legacy, true, false)]
    [Rule("PCIH-04", "LEG-04", "LEG-08")]
    public void Bars_AllSized_AreThoseOfTheInterfacesOnAlignedMasks(PciMode mode, bool legacy, bool modern)
    {
        var machine = new PciMachine(vectors: 4, mode: mode);
        var found = new Dictionary<int, (uint Type, ulong Size)>();
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
            var typeBits = (type & 1) != 0 ? 0x3U : 0xFU;
            Assert.That(mask & typeBits, Is.EqualTo(type & typeBits), "type bits are read-only");
            if((type & typeBits) != 4)
            {
                found[bar] = (type & typeBits, (~mask & uint.MaxValue | typeBits) + 1);
                continue;
            }
            machine.WriteConfig(register + 4, 4, uint.MaxValue);
            mask |= (ulong)machine.ReadConfig(register + 4, 4) << 32;
            machine.WriteConfig(register + 4, 4, 0);
            found[bar] = (type & typeBits, ~(mask & ~0xFUL) + 1);
            bar++;
        }
        var expected = new Dictionary<int, (uint, ulong)> { [1] = (0, 0x1000) };
        if(legacy)
        {
            // The legacy registers are in BAR0, the first I/O region (LEG-04).
            expected[0] = (1, 0x40);
        }
        if(modern)
        {
            // 64-bit memory, not prefetchable: reading the ISR has side effects.
            expected[4] = (4, 0x4000);
        }
        Assert.That(found, Is.EquivalentTo(expected));
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
