// renode-virtio-net, MIT licence: see LICENSE.
// The jitter over 10^6 packets against its distribution. Statistics.cs says how the bounds come about.

using NUnit.Framework;
using static VirtioNet.Tests.Wire.Links.Statistics;

namespace VirtioNet.Tests.Wire.Links;

public sealed class DelayStatisticsTests
{
    // The formulas, here as functions of the part below.
    private static readonly Dictionary<string, Func<double, double>> Shapes = new()
    {
        ["uniform"] = u => 2 * u - 1,
        ["normal"] = NormalAt,
        ["pareto"] = Pareto,
        ["paretonormal"] = u => 0.25 * NormalAt(u) + 0.75 * Pareto(u),
    };

    [Test]
    public void Jitter_OfADistribution_HasItAtEveryPercentile([Values("uniform", "normal", "pareto", "paretonormal")] string distribution, [Values(0, 25)] int correlation)
    {
        var offsets = Offsets($"delay 1s 1ms {correlation}% distribution {distribution}");

        // More than a hundredth of Pareto's are cut off at 4.
        for(var percentile = 1; percentile < (distribution == "pareto" ? 99 : 100); percentile++)
        {
            var at = Shapes[distribution](percentile / 100.0);
            // How many are below the percentile's value is a part of independent draws.
            AssertPart(offsets.Count(x => x <= at) / (double)Count, percentile / 100.0, Count, $"below the {percentile}th percentile", (100.0 + correlation) / (100 - correlation));
        }
    }

    // Mean and variance by integrals: of the first exactly, of Pareto's with its cut at 4, which 1 / 4.5^3 of all reach.
    [TestCase("uniform", 0, 1.0 / 3)]
    [TestCase("normal", 0, 1.0)]
    [TestCase("pareto", -0.032921810699588, 0.676962)]
    public void Jitter_OfADistribution_HasItsMeanAndVariance(string distribution, double mean, double variance)
    {
        var offsets = Offsets($"delay 1s 1ms distribution {distribution}");

        AssertMean(offsets.Average(), mean, variance, Count, "mean");
        // The fourth moment of these is below 10 times the variance squared. The cut at 4 takes 0.0007 of the normal one's.
        Assert.That(Variance(offsets), Is.EqualTo(variance).Within(5 * variance * Math.Sqrt(10.0 / Count) + 0.0007), "variance");
        Assert.That(offsets, Is.All.InRange(-4, 4));
    }

    [TestCase(25)]
    [TestCase(90)]
    public void Jitter_WithCorrelation_CorrelatesWithThePacketBeforeByThatMuch(int correlation)
    {
        var offsets = Offsets($"delay 1s 1ms {correlation}%");

        var c = correlation / 100.0;
        for(var distance = 1; distance <= 3; distance++)
        {
            var measured = Enumerable.Range(0, Count - distance).Sum(x => offsets[x] * offsets[x + distance]) / (Count - distance) / Variance(offsets);
            // Not more than that of independent draws times (1 + c) / (1 - c).
            Assert.That(measured, Is.EqualTo(Math.Pow(c, distance)).Within(5 * Math.Sqrt((1 + c) / (1 - c) / Count)), $"distance {distance}");
        }
    }

    [Test]
    public void Jitter_WithoutCorrelation_DoesNotDependOnThePacketBefore()
    {
        var offsets = Offsets("delay 1s 1ms");

        for(var distance = 1; distance <= 10; distance++)
        {
            var measured = Enumerable.Range(0, Count - distance).Sum(x => offsets[x] * offsets[x + distance]) / (Count - distance) * 3;
            Assert.That(measured, Is.Zero.Within(5 / Math.Sqrt(Count)), $"distance {distance}");
        }
    }

    // In jitters.
    private static double[] Offsets(string words)
    {
        return new TestLink(words + " limit 1000000").SendMany(Count, 0).Select(x => (x.Time - 1e9) / 1e6).ToArray();
    }

    private static double Pareto(double u)
    {
        return Math.Min(4, (Math.Pow(1 - u, -1.0 / 3) - 1.5) * 4 / 3);
    }
}
