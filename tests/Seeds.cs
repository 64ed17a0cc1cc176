// renode-virtio-net, MIT licence: see LICENSE.
// Seeds of random tests: each run takes a new one and prints it, so that the run can be repeated.

using System.Globalization;
using NUnit.Framework;

namespace VirtioNet.Tests;

/// <summary>
/// A random test takes its seed from here: the value of the environment variable that it names, or a fresh seed. The seed is
/// printed in the test's output. If the variable is set to it, the test does the same again.
/// </summary>
internal static class Seeds
{
    /// <summary>A seed that is one number, from 0 on.</summary>
    public static int Next(string variable)
    {
        return int.Parse(Next(variable, () => Random.Shared.Next().ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    }

    /// <summary>A seed in a format of the test's own, in which <paramref name="fresh"/> makes one.</summary>
    public static string Next(string variable, Func<string> fresh)
    {
        var seed = Environment.GetEnvironmentVariable(variable) ?? fresh();
        TestContext.Out.WriteLine($"{variable}={seed} repeats this run");
        return seed;
    }
}
