// renode-virtio-net, MIT licence: see LICENSE.
// Wireshark's own reader, for tests that ask whether it understands a capture.

using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace VirtioNet.Tests.Wire.Captures;

internal static class Tshark
{
    /// <summary>Starts tshark. Where it is not installed, the test is skipped.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("tshark") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach(var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        try
        {
            return Process.Start(start)!;
        }
        catch(Win32Exception)
        {
            Assert.Ignore("tshark is not installed");
            throw;
        }
    }

    /// <summary>The given fields of each packet, with a "|" between them.</summary>
    public static string[] Fields(string file, params string[] fields)
    {
        using var tshark = Start(new[] { "-n", "-r", file, "-T", "fields", "-E", "separator=|", "-E", "aggregator=;" }.Concat(fields.SelectMany(x => new[] { "-e", x })).ToArray());
        var errors = tshark.StandardError.ReadToEndAsync();
        var lines = tshark.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        tshark.WaitForExit();
        Assert.That(tshark.ExitCode, Is.Zero, errors.Result);
        return lines;
    }
}
