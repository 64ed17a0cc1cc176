// renode-virtio-net, MIT licence: see LICENSE.
// Loss, duplication, corruption and reordering over 10^6 packets against their formulas. Statistics.cs says how the
// bounds come about.

using NUnit.Framework;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Links.Statistics;

namespace VirtioNet.Tests.Wire.Links;

public sealed class LossStatisticsTests
{
    [TestCase(0.1)]
    [TestCase(1)]
    [TestCase(50)]
    [TestCase(99)]
    public void Loss_Random_TakesItsPart(double percent)
    {
        var lost = new TestLink($"loss {percent}%").Losses(Count);

        AssertPart(lost.Count(x => x) / (double)Count, percent / 100, Count, "rate");
        // Independent: after a lost one, as many are lost as ever.
        AssertPart(After(lost), percent / 100, lost.Count(x => x), "after a lost one");
    }

    [TestCase(1, 25)]
    [TestCase(10, 80)]
    public void Loss_RandomWithCorrelation_TakesItsPartAndComesInBursts(double percent, double correlation)
    {
        double p = percent / 100, c = correlation / 100;

        var lost = new TestLink($"loss {percent}% {correlation}%").Losses(Count);

        // The k-th draw after another correlates by c^k: the variance of the mean grows by (1 + c) / (1 - c).
        AssertPart(lost.Count(x => x) / (double)Count, p, Count, "rate", (1 + c) / (1 - c));
        AssertPart(After(lost), c + (1 - c) * p, lost.Count(x => x), "after a lost one");
        AssertBursts(lost, 1 - c - (1 - c) * p);
    }

    [TestCase(1, 10, 100, 0)]
    [TestCase(2, 50, 70, 0)]
    [TestCase(1, 10, 80, 0.5)]
    [TestCase(5, 95, 100, 0)]
    [TestCase(30, 20, 60, 10)]
    public void Loss_OfGilbertAndElliott_IsThatOfItsChain(double p, double r, double lossInBad, double lossInGood)
    {
        var lost = new TestLink($"loss gemodel {p}% {r}% {lossInBad}% {lossInGood}%").Losses(Count);

        var moves = new[] { new[] { 1 - p / 100, p / 100 }, new[] { r / 100, 1 - r / 100 } };
        var (part, variance) = OfChain(moves, new[] { lossInGood / 100, lossInBad / 100 });
        Assert.That(part, Is.EqualTo((r * lossInGood + p * lossInBad) / (p + r) / 100).Within(1e-9), "the formula of the documentation");
        AssertMean(lost.Count(x => x) / (double)Count, part, variance, Count, "rate");
        // Whether a packet is lost does not depend on where the chain goes next. States two apart correlate by (1 - p - r)^2.
        var stay = new[] { r / (p + r), p / (p + r) };
        var loss = new[] { lossInGood / 100, lossInBad / 100 };
        var both = Enumerable.Range(0, 2).Sum(x => stay[x] * loss[x] * Enumerable.Range(0, 2).Sum(y => moves[x][y] * loss[y]));
        var c = Math.Abs(1 - (p + r) / 100);
        AssertPart(After(lost), both / part, lost.Count(x => x), "after a lost one", (1 + c) / (1 - c));
        if(lossInBad == 100 && lossInGood == 0)
        {
            AssertBursts(lost, r / 100);
        }
    }

    [TestCase(1, 30, 10, 50, 0.5)]
    [TestCase(5, 95, 0, 100, 0)]
    [TestCase(2, 20, 20, 10, 3)]
    public void Loss_OfFourStates_IsThatOfItsChain(double p13, double p31, double p32, double p23, double p14)
    {
        var lost = new TestLink($"loss state {p13}% {p31}% {p32}% {p23}% {p14}%").Losses(Count);

        var moves = new[]
        {
            new[] { 100 - p13 - p14, 0, p13, p14 },
            new[] { 0, 100 - p23, p23, 0 },
            new[] { p31, p32, 100 - p31 - p32, 0 },
            new[] { 100.0, 0, 0, 0 },
        }.Select(x => x.Select(y => y / 100).ToArray()).ToArray();
        var (part, variance) = OfChain(moves, new[] { 0.0, 0, 1, 1 });
        var a = p13 / p31;
        Assert.That(part, Is.EqualTo((a + p14 / 100) / (1 + a + a * p32 / p23 + p14 / 100)).Within(1e-9), "the formula of the documentation");
        AssertMean(lost.Count(x => x) / (double)Count, part, variance, Count, "rate");
        // A run of losses is a single one, with the part p14 of those from the first state or those from the second; or
        // goes on in the third state. So after a loss that is not alone, another follows with 1 - p31 - p32.
        var bursts = Bursts(lost);
        var longer = bursts.Where(x => x > 1).ToArray();
        AssertMean(longer.Average(), 1 + 1 / ((p31 + p32) / 100), Geometric((p31 + p32) / 100), longer.Length, "bursts");
    }

    [TestCase(1, 0)]
    [TestCase(20, 30)]
    public void Duplicate_OfAPart_AddsThatManyCopies(double percent, double correlation)
    {
        var copies = new TestLink($"duplicate {percent}% {correlation}%").SendMany(Count).Count(x => x.Events == LinkEvents.Duplicated);

        AssertPart(copies / (double)Count, percent / 100, Count, "rate", (100 + correlation) / (100 - correlation));
    }

    [TestCase(5, 0)]
    [TestCase(20, 30)]
    public void Corrupt_OfAPart_TurnsEachBitOfThemAsOften(double percent, double correlation)
    {
        const int length = 16;

        var corrupted = new TestLink($"corrupt {percent}% {correlation}%").SendMany(Count, length: length).Where(x => x.Events == LinkEvents.Corrupted).ToArray();

        AssertPart(corrupted.Length / (double)Count, percent / 100, Count, "rate", (100 + correlation) / (100 - correlation));
        var bits = new double[8 * length];
        foreach(var outcome in corrupted)
        {
            bits[Enumerable.Range(0, bits.Length).Single(x => (outcome.Packet.Bytes[x / 8] >> (x % 8) & 1) != 0)]++;
        }
        // Chi square with 127 degrees of freedom has this mean and twice that variance.
        var expected = corrupted.Length / (double)bits.Length;
        AssertMean(bits.Sum(x => (x - expected) * (x - expected) / expected), bits.Length - 1, 2.0 * (bits.Length - 1), 1, "bits");
    }

    [TestCase(25, 0, 1)]
    [TestCase(25, 0, 5)]
    [TestCase(60, 0, 3)]
    [TestCase(25, 50, 1)]
    public void Reorder_WithAGap_LetsItsPartPass(double percent, double correlation, int gap)
    {
        double p = percent / 100, c = correlation / 100;

        var passed = new TestLink($"delay 1us limit 1000000 reorder {percent}% {correlation}% gap {gap}").SendMany(Count, 10).Count(x => x.Events == LinkEvents.Reordered);

        // From one to the next it takes gap - 1 packets and a geometric wait, whose variance is (1 - p) / p^2: renewal theory.
        var cycle = gap - 1 + 1 / p;
        AssertMean(passed / (double)Count, 1 / cycle, Geometric(p) / Math.Pow(cycle, 3) * (1 + c) / (1 - c), Count, "rate");
    }

    private static double After(bool[] lost)
    {
        return Enumerable.Range(1, lost.Length - 1).Count(x => lost[x] && lost[x - 1]) / (double)lost.Count(x => x);
    }

    // A burst that ends with a probability has a geometric length: mean 1 / end, variance (1 - end) / end^2.
    private static void AssertBursts(bool[] lost, double end)
    {
        var bursts = Bursts(lost);
        AssertMean(bursts.Average(), 1 / end, Geometric(end), bursts.Count, "bursts");
        AssertPart(bursts.Count(x => x == 1) / (double)bursts.Count, end, bursts.Count, "bursts of one");
    }

    private static double Geometric(double end)
    {
        return (1 - end) / (end * end);
    }
}
