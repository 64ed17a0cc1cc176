// renode-virtio-net, MIT licence: see LICENSE.
// The class PciCapability: where capabilities lie in configuration space, and which of their methods an access calls.

using NUnit.Framework;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

public sealed class PciCapabilityTests
{
    [Test]
    [Rule("PCI-01")]
    public void Capabilities_Added_FollowEachOtherAlignedAndLinked()
    {
        var first = new RecordingCapability(13, PciSpec.CapabilityVendor);
        var second = new RecordingCapability(12, PciSpec.CapabilityMsix);
        var bench = Start(first, second).Bench;
        Assert.That((first.Offset, second.Offset), Is.EqualTo((0x40, 0x50)), "at a multiple of 4");
        Assert.That(bench.ReadConfig(1, PciSpec.CapabilitiesPointer, 1), Is.EqualTo(0x40));
        Assert.That(bench.ReadConfig(1, 0x40, 2), Is.EqualTo(0x5000 | PciSpec.CapabilityVendor));
        Assert.That(bench.ReadConfig(1, 0x50, 2), Is.EqualTo(PciSpec.CapabilityMsix), "the last links to nothing");
        Assert.That(bench.ReadConfig(1, PciSpec.Status, 2) & PciSpec.StatusCapabilities, Is.Not.Zero);
    }

    [Test]
    public void Capabilities_BeyondTheirSpace_AreRefusedAtConstruction()
    {
        var config = new ConfigSpace();
        for(var i = 0; i < 12; i++)
        {
            var capability = new RecordingCapability(16);
            config.Add(capability);
            Assert.That(capability.Offset, Is.EqualTo(0x40 + 16 * i));
        }
        Action act = () => config.Add(new RecordingCapability(1));
        Assert.Throws<InvalidOperationException>(act);
    }

    // The first capability is at 0x40..0x4B, the second at 0x4C..0x57.
    [TestCase(0x38, 8, "", "")]
    [TestCase(0x40, 1, "0+1", "")]
    [TestCase(0x40, 8, "0+8", "")]
    [TestCase(0x4A, 2, "10+2", "")]
    [TestCase(0x48, 8, "8+4", "0+4")]
    [TestCase(0x4C, 4, "", "0+4")]
    [TestCase(0x50, 8, "", "4+8")]
    [TestCase(0x58, 8, "", "")]
    [TestCase(0x100, 4, "", "")]
    public void Access_OfAnyPlaceAndWidth_ReachesTheCapabilitiesThatItTouches(int offset, int width, string first, string second)
    {
        var capabilities = new[] { new RecordingCapability(), new RecordingCapability() };
        var bench = Start(capabilities).Bench;
        bench.ReadConfig(1, offset, width);
        AssertCalls("read ");
        bench.WriteConfig(1, offset, width, 0);
        AssertCalls("write ");

        void AssertCalls(string kind)
        {
            var expected = new[] { first, second }.Select(x => x.Length == 0 ? "" : kind + x);
            Assert.That(capabilities.Select(x => string.Join(", ", x.Calls)), Is.EqualTo(expected));
            Array.ForEach(capabilities, x => x.Calls.Clear());
        }
    }

    [Test]
    public void Registers_OfACapability_AreMadeAtReadingAndWrittenWhereAllowed()
    {
        var capability = new RecordingCapability();
        var bench = Start(new RecordingCapability(), capability).Bench;
        var counter = capability.Offset + RecordingCapability.Counter;
        Assert.That(bench.ReadConfig(1, counter, 4), Is.EqualTo(1));
        Assert.That(bench.ReadConfig(1, counter, 4), Is.EqualTo(2));
        bench.WriteConfig(1, counter, 4, 7);
        Assert.That(bench.ReadConfig(1, counter, 4), Is.EqualTo(8));
        bench.WriteConfig(1, counter - 4, 4, 0);
        Assert.That(bench.ReadConfig(1, counter - 4, 4), Is.EqualTo(0x1234_5678), "read-only");
    }

    [Test]
    [Rule("PCIH-08", "H-107")]
    public void Reset_AskedForByAWrite_EndsIt()
    {
        var first = new RecordingCapability();
        var next = new RecordingCapability();
        var (bench, function) = Start(first, next);
        bench.WriteConfig(1, PciSpec.Command, 2, PciSpec.CommandBusMaster);
        function.Pending = true;
        next.Calls.Clear();
        function.Calls.Clear();

        first.WhenWritten = () => function.Config.ResetRequested = true;
        // The last 4 bytes of the first, and the first 4 of the next.
        bench.WriteConfig(1, next.Offset - 4, 8, 0);
        Assert.That(next.Calls, Is.EqualTo(new[] { "reset", "master False" }));
        Assert.That(function.Calls, Is.EqualTo(new[] { "reset", "master False" }));
        Assert.That(bench.Lines, Has.None.True);

        first.WhenWritten = null;
        bench.WriteConfig(1, next.Offset, 4, 0);
        Assert.That(function.Calls, Has.Count.EqualTo(2), "asked for once");
    }

    [Test]
    [Rule("PCIH-05")]
    public void BusMaster_GivenAndTaken_IsToldToCapabilitiesOnce()
    {
        var capability = new RecordingCapability();
        var (bench, function) = Start(capability);
        bench.WriteConfig(1, PciSpec.Command, 2, PciSpec.CommandBusMaster);
        bench.WriteConfig(1, PciSpec.Command, 2, PciSpec.CommandBusMaster | PciSpec.CommandSerr);
        bench.WriteConfig(1, PciSpec.CacheLineSize, 1, 8);
        bench.WriteConfig(1, PciSpec.Command, 2, 0);
        Assert.That(capability.Calls, Is.EqualTo(new[] { "master True", "master False" }));
        Assert.That(function.Calls, Is.EqualTo(capability.Calls));
    }

    private static (PciBench Bench, PlainFunction Function) Start(params PciCapability[] capabilities)
    {
        var bench = new PciBench();
        var function = new PlainFunction(0x11, Array.Empty<Bar>(), capabilities);
        bench.Bus.TryAdd(1, 0, function);
        return (bench, function);
    }
}
