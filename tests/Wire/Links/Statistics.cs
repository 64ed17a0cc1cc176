// renode-virtio-net, MIT licence: see LICENSE.
// Formulas for what random models should do, independent of the code that is tested, and bounds for what 10^6 draws of
// them may differ. Bounds are five standard deviations: a right model misses one by chance once in 1.7 million.

using NUnit.Framework;

namespace VirtioNet.Tests.Wire.Links;

public static class Statistics
{
    public const int Count = 1_000_000;

    /// <summary>Holds a part of n independent draws against its probability: the variance is p (1 - p) / n.</summary>
    public static void AssertPart(double part, double probability, double draws, string what, double inflation = 1)
    {
        Assert.That(part, Is.EqualTo(probability).Within(Sigmas * Math.Sqrt(probability * (1 - probability) * inflation / draws)), what);
    }

    /// <summary>Holds a mean of n independent draws against its expectation.</summary>
    public static void AssertMean(double mean, double expected, double variance, double draws, string what)
    {
        Assert.That(mean, Is.EqualTo(expected).Within(Sigmas * Math.Sqrt(variance / draws)), what);
    }

    /// <summary>Lengths of the runs of true.</summary>
    public static List<int> Bursts(bool[] values)
    {
        var bursts = new List<int>();
        for(var i = 0; i < values.Length; i++)
        {
            if(values[i] && i > 0 && values[i - 1])
            {
                bursts[^1]++;
            }
            else if(values[i])
            {
                bursts.Add(1);
            }
        }
        return bursts;
    }

    /// <summary>
    /// Part of losses of a Markov chain whose states lose with these probabilities, and the variance of the part over n packets,
    /// times n: variance of one, plus twice its covariance with each that follows.
    /// </summary>
    public static (double Part, double Variance) OfChain(double[][] moves, double[] losses)
    {
        var steady = Enumerable.Repeat(1.0 / losses.Length, losses.Length).ToArray();
        for(var i = 0; i < 100_000; i++)
        {
            // Half a step at a time, so that a chain that only ever alternates settles, too.
            steady = Step(steady).Zip(steady, (x, y) => (x + y) / 2).ToArray();
        }
        var part = Dot(steady, losses);
        var variance = part * (1 - part);
        var after = steady.Zip(losses, (x, y) => x * y).ToArray();
        for(var i = 0; i < 10_000; i++)
        {
            after = Step(after);
            variance += 2 * (Dot(after, losses) - part * part);
        }
        return (part, variance);

        double[] Step(double[] from) => Enumerable.Range(0, losses.Length).Select(to => Enumerable.Range(0, losses.Length).Sum(x => from[x] * moves[x][to])).ToArray();

        static double Dot(double[] one, double[] other) => one.Zip(other, (x, y) => x * y).Sum();
    }

    /// <summary>The standard normal distribution's part below x, by the series of its integral.</summary>
    public static double NormalBelow(double x)
    {
        var term = x;
        var sum = x;
        for(var i = 1; i < 200; i++)
        {
            term *= -x * x / 2 / i;
            sum += term / (2 * i + 1);
        }
        return 0.5 + sum / Math.Sqrt(2 * Math.PI);
    }

    /// <summary>Its inverse, by halving.</summary>
    public static double NormalAt(double u)
    {
        double low = -5, high = 5;
        for(var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = NormalBelow(middle) < u ? (middle, high) : (low, middle);
        }
        return low;
    }

    public static double Variance(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return values.Sum(x => (x - mean) * (x - mean)) / values.Count;
    }

    public const double Sigmas = 5;
}
