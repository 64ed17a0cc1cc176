// renode-virtio-net, MIT licence: see LICENSE.
// A Renode process whose monitor is on pipes. An exception that Renode does not handle ends it, as it does a user's Renode; in Renode's
// server for Robot Framework, or in a test that calls Renode's code, it would not.

using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace VirtioNet.Tests.Renode.Values;

/// <summary>A Renode process with the plugin loaded.</summary>
internal sealed partial class RenodeConsole : IDisposable
{
    public RenodeConsole()
    {
        process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(RenodeAssemblies.Bin, "Renode.dll"), "--disable-xwt", "--console", "--plain"])
        {
            Environment = { ["DOTNET_ROLL_FORWARD"] = "Major" },
            // It stays open and silent: at its end, Renode's console thread would spin.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var answer = Tell($"include @{Path.Combine(Checkout.Root, "scripts", "load-plugin.resc").Replace(" ", "\\ ")}");
        if(IsDead || answer.Text.Contains("There was an error", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"Renode did not load the plugin:\n{answer}");
        }
    }

    /// <summary>Types commands into the monitor and waits until they are done. Returns its answers, and what was logged meanwhile.</summary>
    public Answer Tell(params string[] commands)
    {
        // The mark is typed with quotes and answered without, so that the echo of the command is not taken for the answer.
        var mark = $"mark-{++marks}-is-reached";
        try
        {
            process.StandardInput.Write(string.Concat(commands.Append($"echo \"{mark}\"").Select(x => x + "\n")));
            process.StandardInput.Flush();
        }
        catch(IOException)
        {
            IsDead = true;
        }
        lock(output)
        {
            var start = Stopwatch.StartNew();
            string text;
            while(!(text = LogLine().Replace(output.ToString(), "")).Replace($"\"{mark}\"", "").Contains(mark, StringComparison.Ordinal))
            {
                if(IsDead || start.Elapsed > Patience)
                {
                    IsDead = true;
                    break;
                }
                Monitor.Wait(output, Patience);
            }
            var log = string.Join('\n', LogLine().Matches(output.ToString()).Select(x => x.Value.TrimEnd()));
            last = output.ToString();
            output.Clear();
            return new Answer(text, log, IsDead);
        }
    }

    /// <summary>Waits until a line of the log since the last command was typed holds the pattern; false if the process ends first.</summary>
    public bool WaitForLog(string pattern)
    {
        lock(output)
        {
            var start = Stopwatch.StartNew();
            while(!Regex.IsMatch(last + output, pattern))
            {
                if(IsDead || start.Elapsed > Patience)
                {
                    return false;
                }
                Monitor.Wait(output, Patience);
            }
            return true;
        }
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>The process has ended, or does not answer any more.</summary>
    public bool IsDead { get; private set; }

    private void Take(string? line)
    {
        lock(output)
        {
            // The end of a stream is a null line.
            IsDead |= line == null;
            output.Append(line).Append('\n');
            Monitor.PulseAll(output);
        }
    }

    // Lines of the log come at any time, even in the middle of a line of the monitor. Their form depends on Renode's version.
    [GeneratedRegex(@"\[?\d\d:\d\d:\d\d\.\d{4}\]? \[(NOISY|DEBUG|INFO|WARNING|ERROR)\] [^\n]*\n")]
    private static partial Regex LogLine();

    private int marks;
    private string last = "";

    private readonly Process process;
    private readonly StringBuilder output = new();

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
}

/// <summary>What a user sees after a command.</summary>
internal sealed record Answer(string Text, string Log, bool IsLast)
{
    public override string ToString() => $"{Text.Trim()}\n{Log}";
}
