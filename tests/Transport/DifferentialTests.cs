// renode-virtio-net, MIT licence: see LICENSE.
// The same traffic over every transport gives the same frames in the same order, and the same counters.
//
//   TRAFFIC_STEPS=200             so many steps a run; 1500 unless it is given

using System.Globalization;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

public sealed class DifferentialTests
{
    [Test]
    [Rule("BASE-12", "LEG-10", "LEG-11", "PCI-69", "MMIO-13", "MMIOL-01")]
    public void Traffic_OverAnyTransportAndInterrupt_IsTheSame([ValueSource(nameof(Rigs))] Rig rig, [ValueSource(nameof(Features))] FeatureSet features, [Values(1, 2, 3)] int seed)
    {
        if(!expectations.TryGetValue((features, seed), out var expected))
        {
            expected = expectations[(features, seed)] = Run(Reference, features, seed, Steps);
        }
        var actual = Run(rig, features, seed, Steps);
        for(var i = 0; i < Math.Min(expected.Count, actual.Count); i++)
        {
            Assert.That(actual[i], Is.EqualTo(expected[i]), $"event {i}");
        }
        Assert.That(actual, Has.Count.EqualTo(expected.Count));
    }

    [Test]
    public void Traffic_OfTheScript_HasEveryKindOfEvent([ValueSource(nameof(Features))] FeatureSet features, [Values(1, 2, 3)] int seed)
    {
        var log = Run(Reference, features, seed, UsualSteps);
        Assert.That(log.Count(x => x.StartsWith("wire", StringComparison.Ordinal)), Is.GreaterThan(1000));
        Assert.That(log.Count(x => x.StartsWith("driver", StringComparison.Ordinal)), Is.GreaterThan(1000));
        Assert.That(log.Count(x => x == "start"), Is.GreaterThan(3));
        Assert.That(log.Count(x => x.StartsWith("config", StringComparison.Ordinal)), Is.GreaterThan(10));
        foreach(var counter in new[] { "TxPadded", "TxDropLinkDown", "RxDropLinkDown", "RxDropNotReady", "RxDropRunt" })
        {
            Assert.That(log, Has.None.EqualTo($"{counter} 0"));
        }
    }

    private static List<string> Run(Rig rig, FeatureSet features, int seed, int steps)
    {
        // Where buffers are merged, a long frame takes three.
        var made = rig.Make(features.Has(Feature.MrgRxbuf) ? 700 : 2048);
        var log = new TrafficScript(made, features, seed).Run(steps);
        Assert.That(made.Complaints(), Is.Empty, rig.Name);
        return log;
    }

    private const int UsualSteps = 1500;
    private static readonly int Steps = int.Parse(Environment.GetEnvironmentVariable("TRAFFIC_STEPS") ?? $"{UsualSteps}", CultureInfo.InvariantCulture);

    // Events of the reference rig, computed once for each feature set and seed.
    private readonly Dictionary<(FeatureSet, int), List<string>> expectations = new();

    private static readonly Rig Reference = new("modern PCI, polling", x => TrafficRig.OnPci(x, false, EventWay.Polling));

    private static readonly Rig[] Rigs =
    {
        new("modern PCI, INTx", x => TrafficRig.OnPci(x, false, EventWay.Line)),
        new("modern PCI, a vector for each queue", x => TrafficRig.OnPci(x, false, EventWay.VectorForEachQueue)),
        new("modern PCI, shared vector", x => TrafficRig.OnPci(x, false, EventWay.SharedVector)),
        new("modern card, INTx", x => TrafficRig.OnPci(x, false, EventWay.Line, PciMode.Modern)),
        new("legacy PCI, polling", x => TrafficRig.OnPci(x, true, EventWay.Polling)),
        new("legacy PCI, INTx", x => TrafficRig.OnPci(x, true, EventWay.Line)),
        new("legacy PCI, a vector for each queue", x => TrafficRig.OnPci(x, true, EventWay.VectorForEachQueue)),
        new("legacy PCI, shared vector", x => TrafficRig.OnPci(x, true, EventWay.SharedVector)),
        new("legacy card, INTx", x => TrafficRig.OnPci(x, true, EventWay.Line, PciMode.Legacy)),
        new("MMIO version 2, line", x => TrafficRig.OnMmio(x, 2, EventWay.Line)),
        new("MMIO version 2, polling", x => TrafficRig.OnMmio(x, 2, EventWay.Polling)),
        new("MMIO version 1, line", x => TrafficRig.OnMmio(x, 1, EventWay.Line)),
        new("MMIO version 1, polling", x => TrafficRig.OnMmio(x, 1, EventWay.Polling)),
    };

    private static readonly FeatureSet[] Features =
    {
        NetDriver.AllFeatures,
        NetDriver.AllFeatures.Without(Feature.EventIdx),
        NetDriver.AllFeatures.Without(Feature.MrgRxbuf).Without(Feature.Mtu),
        new FeatureSet().With(Feature.Version1),
    };

    /// <summary>A way to make a machine for a size of receive buffers, told by its name.</summary>
    public sealed record Rig(string Name, Func<int, TrafficRig> Make)
    {
        public override string ToString() => Name;
    }
}
