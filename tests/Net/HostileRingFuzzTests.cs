// renode-virtio-net, MIT licence: see LICENSE.
// Random ring contents against the invariants I1 to I9 of docs/conformance.md. A failure names its seed.

using NUnit.Framework;

namespace VirtioNet.Tests.Net;

public sealed class HostileRingFuzzTests
{
    [Test]
    [Rule("H-01", "H-02", "H-03", "H-07", "H-09", "H-10", "H-11", "H-13", "H-17", "H-19", "H-21", "H-26", "H-30")]
    public void Rings_OfKnownSeeds_KeepTheInvariants()
    {
        var reasons = RunAll(0, 20_000);

        // The seeds have to reach both sound rings and many different errors.
        Assert.That(reasons.Count(x => x.Length == 0), Is.GreaterThan(2000));
        Assert.That(reasons.Select(Sentence).Distinct().Count(), Is.GreaterThan(8), string.Join('\n', reasons.Select(Sentence).Distinct()));
    }

    [Test]
    [Rule("H-01", "H-02", "H-03", "H-07", "H-09", "H-10", "H-11", "H-13", "H-17", "H-19", "H-21", "H-26", "H-30")]
    public void Rings_OfFreshSeeds_KeepTheInvariants()
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_SEED"), out var seed) ? seed : Random.Shared.Next(100_000, int.MaxValue - 20_000);
        TestContext.Progress.WriteLine($"FUZZ_SEED={first} replays these rings");
        RunAll(first, 20_000);
    }

    [Test]
    [Rule("H-01", "H-02", "H-03", "H-07", "H-09", "H-10", "H-11", "H-13", "H-17", "H-19", "H-21", "H-26", "H-30", "LEG-10")]
    public void LegacyRings_OfKnownSeeds_KeepTheInvariants()
    {
        var reasons = RunAll(0, 10_000, true);
        Assert.That(reasons.Count(x => x.Length == 0), Is.GreaterThan(1000));
        Assert.That(reasons.Select(Sentence).Distinct().Count(), Is.GreaterThan(8));
    }

    // The device does the same for the same input (invariant I9).
    [Test]
    public void Rings_OfOneSeed_GiveOneTrace()
    {
        for(var seed = 0; seed < 300; seed++)
        {
            var (first, second) = (new HostileDriver(seed), new HostileDriver(seed));
            first.Run(Steps);
            second.Run(Steps);
            Assert.That(first.Trace.SequenceEqual(second.Trace) && first.Trace.Count > Steps, Is.True, $"seed {seed}");
        }
    }

    private static List<string> RunAll(int firstSeed, int count, bool legacy = false)
    {
        var reasons = new List<string>();
        for(var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            var driver = new HostileDriver(seed, legacy);
            try
            {
                driver.Run(Steps);
            }
            catch(Exception e)
            {
                // An invariant was broken, or an exception has left the device, which breaks invariant I1.
                throw new AssertionException($"seed {seed}: {e.Message}", e);
            }
            reasons.Add(driver.Parked.Count > 0 ? driver.Parked[0] : "");
        }
        return reasons;
    }

    private static string Sentence(string reason)
    {
        var start = reason.IndexOf(": ", StringComparison.Ordinal);
        return start < 0 ? reason : reason[start..reason.IndexOf(" (", StringComparison.Ordinal)];
    }

    private const int Steps = 24;
}
