// renode-virtio-net, MIT licence: see LICENSE.
// Seeds of random tests: each run takes another, prints it, and can be repeated.

using System.Globalization;
using NUnit.Framework;

namespace VirtioNet.Tests;

/// <summary>
/// A test that draws at random takes its seed from here. It is that of the environment variable, or a fresh one, and is
/// printed with the test's output: with the variable set to it, the test does the same again.
/// </summary>
internal static class Seeds
{
    /// <summary>A seed of one number.</summary>
    public static int Next(string variable)
    {
        return int.Parse(Next(variable, () => Random.Shared.Next().ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    }

    /// <summary>A seed in a format of its own.</summary>
    public static string Next(string variable, Func<string> fresh)
    {
        var seed = Environment.GetEnvironmentVariable(variable) ?? fresh();
        TestContext.Out.WriteLine($"{variable}={seed} repeats this run");
        return seed;
    }
}
