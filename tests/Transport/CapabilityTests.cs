// renode-virtio-net, MIT licence: see LICENSE.
// The virtio structure capabilities: which there are, and that each points at a structure inside its BAR. virtio v1.4-cs01: 4.1.4.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class CapabilityTests
{
    [Test]
    [Rule("PCI-19", "PCI-36", "PCI-48", "PCI-53", "PCI-62")]
    public void Capabilities_OfTheCard_AreOneOfEachRequiredType()
    {
        Assert.That(Walk().Select(x => x.Type).Order(), Is.EqualTo(Enumerable.Range(1, 5)));
    }

    [Test]
    [Rule("SHM-01")]
    public void Capabilities_OfTheCard_ExposeNoSharedMemoryRegion()
    {
        const int sharedMemoryCfg = 8;
        Assert.That(Walk().Select(x => x.Type), Has.None.EqualTo(sharedMemoryCfg));
    }

    [TestCase(1, 16, 4U, 64U)]
    [TestCase(2, 20, 2U, 2U)]
    [TestCase(3, 16, 1U, 1U)]
    [TestCase(4, 16, 4U, 12U)]
    [Rule("PCI-14", "PCI-17", "PCI-18", "PCI-37", "PCI-39", "PCI-54")]
    public void Capability_OfEachStructure_HasItsSizeAndLiesAlignedInItsBar(int type, int size, uint alignment, uint minimum)
    {
        var capability = Walk().Single(x => x.Type == type);
        Assert.That(capability.Size, Is.EqualTo(size));
        Assert.That(capability.Bar, Is.LessThanOrEqualTo(5));
        Assert.That(capability.Offset % alignment, Is.Zero);
        Assert.That(capability.Length, Is.GreaterThanOrEqualTo(minimum));
        Assert.That((ulong)capability.Offset + capability.Length, Is.LessThanOrEqualTo(BarSize(capability.Bar)));
        Assert.That(capability.Id, Is.Zero, "an id is for types with several structures");
    }

    [Test]
    [Rule("PCI-14", "PCI-17")]
    public void PciCfgCapability_AtPowerOn_IsOf20BytesAndPointsNowhere()
    {
        var capability = Walk().Single(x => x.Type == PciLayout.CapPciCfg);
        Assert.That(capability, Is.EqualTo(capability with { Size = 20, Offset = 0, Length = 0, Id = 0 }));
        Assert.That(capability.Bar, Is.LessThanOrEqualTo(5));
    }

    [Test]
    [Rule("PCI-38", "PCI-40", "PCI-41")]
    public void Notification_OfEveryQueue_FitsTheStructure()
    {
        var driver = new CardAtStage(Stage.Probed).Pci;
        var notify = driver.Structures[PciLayout.CapNotifyCfg];
        var multiplier = driver.Config(notify.Capability + PciLayout.CapExtra, 4);
        Assert.That(multiplier == 0 || multiplier % 2 == 0 && (multiplier & (multiplier - 1)) == 0, Is.True, $"multiplier {multiplier}");
        for(var queue = 0U; queue < driver.Common(CommonCfg.NumQueues, 2); queue++)
        {
            driver.Common(CommonCfg.QueueSelect, 2, queue);
            Assert.That(driver.Common(CommonCfg.QueueNotifyOff, 2) * multiplier + 2, Is.LessThanOrEqualTo(notify.Length));
        }
    }

    [Test]
    public void Structures_OfTheCard_DoNotOverlap()
    {
        var taken = new HashSet<(int, uint)>();
        foreach(var capability in Walk().Where(x => x.Length > 0))
        {
            for(var i = 0U; i < capability.Length; i++)
            {
                Assert.That(taken.Add((capability.Bar, capability.Offset + i)), Is.True, $"type {capability.Type} at 0x{i:X}");
            }
        }
    }

    private static List<VirtioCapability> Walk()
    {
        var machine = new PciMachine();
        var found = new List<VirtioCapability>();
        for(var at = (int)machine.ReadConfig(PciSpec.CapabilitiesPointer, 1); at != 0; at = (int)machine.ReadConfig(at + 1, 1))
        {
            if(machine.ReadConfig(at, 1) == PciSpec.CapabilityVendor)
            {
                found.Add(new VirtioCapability((int)machine.ReadConfig(at + 3, 1), (int)machine.ReadConfig(at + 2, 1), (int)machine.ReadConfig(at + 4, 1),
                    (int)machine.ReadConfig(at + 5, 1), machine.ReadConfig(at + 8, 4), machine.ReadConfig(at + 12, 4)));
            }
        }
        return found;
    }

    private static ulong BarSize(int bar)
    {
        var machine = new PciMachine();
        machine.WriteConfig(PciSpec.Bar0 + 4 * bar, 4, uint.MaxValue);
        return ~((ulong)machine.ReadConfig(PciSpec.Bar0 + 4 * bar, 4) & ~0xFUL | 0xFFFF_FFFF_0000_0000) + 1;
    }

    private readonly record struct VirtioCapability(int Type, int Size, int Bar, int Id, uint Offset, uint Length);
}
