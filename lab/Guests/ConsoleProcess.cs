// renode-virtio-net, MIT licence: see LICENSE.
// Another program, driven over its standard input and output as by somebody at a terminal: waits end when it prints what is
// expected, and never because time has passed, except that each has a long limit after which it fails.

using System.Diagnostics;
using System.Text.RegularExpressions;

namespace VirtioNet.Lab.Guests;

/// <summary>A running program and what it has said. It is killed at the latest by Dispose.</summary>
public sealed class ConsoleProcess : IDisposable
{
    /// <summary>
    /// Starts a program. <paramref name="name"/> is what messages call it. The calling thread has to live as long as the
    /// program, which the kernel kills when that thread ends.
    /// </summary>
    public ConsoleProcess(string name, string program, IEnumerable<string> arguments)
    {
        this.name = name;
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // If this process is killed, it cannot kill the program. setpriv asks the kernel to do so (PR_SET_PDEATHSIG).
        start.FileName = File.Exists(SetPriv) ? SetPriv : program;
        var prefix = File.Exists(SetPriv) ? new[] { "--pdeathsig", "KILL", "--", program } : Array.Empty<string>();
        foreach(var argument in prefix.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }
        process = Process.Start(start) ?? throw new GuestException($"{name}: {program} does not start");
        readers = new[] { Read(process.StandardOutput, text => said += text), Read(process.StandardError, text => complained += text) };
    }

    /// <summary>Types a line.</summary>
    public void Type(string line)
    {
        try
        {
            process.StandardInput.Write(line + "\n");
            process.StandardInput.Flush();
        }
        catch(Exception complaint) when(complaint is IOException or ObjectDisposedException)
        {
            // The program has ended; the next WaitFor throws and says so.
        }
    }

    /// <summary>
    /// Waits until the program has said something, and takes all that it has said up to there. Throws if it ends, or if
    /// the limit passes.
    /// </summary>
    public Match WaitFor(Regex expected, int seconds = Limit)
    {
        var start = Stopwatch.GetTimestamp();
        lock(gate)
        {
            while(true)
            {
                var match = expected.Match(said, taken);
                if(match.Success)
                {
                    taken = match.Index + match.Length;
                    return match;
                }
                if(disposals != 0)
                {
                    throw new GuestException($"{name}: was switched off");
                }
                if(open == 0)
                {
                    process.WaitForExit();
                    throw new GuestException($"{name}: ended with exit code {process.ExitCode} before it said '{expected}'{LastLines}");
                }
                var left = TimeSpan.FromSeconds(seconds) - Stopwatch.GetElapsedTime(start);
                if(left <= TimeSpan.Zero)
                {
                    throw new GuestException($"{name}: did not say '{expected}' within {seconds} seconds{LastLines}");
                }
                Monitor.Wait(gate, left);
            }
        }
    }

    /// <summary>Ends the program by SIGKILL, so that it can do nothing more, and waits until it has ended.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Kills it. Any thread may call, more than once.</summary>
    public void Dispose()
    {
        if(Interlocked.Exchange(ref disposals, 1) != 0)
        {
            return;
        }
        Kill();
        foreach(var reader in readers)
        {
            reader.Join();
        }
        process.Dispose();
    }

    /// <summary>Seconds that a machine under load may take for anything that is asked for here.</summary>
    public const int Limit = 120;

    private Thread Read(StreamReader stream, Action<string> add)
    {
        open++;
        var thread = new Thread(() =>
        {
            var buffer = new char[4096];
            int count;
            do
            {
                count = stream.Read(buffer);
                lock(gate)
                {
                    add(new string(buffer, 0, count));
                    open -= count == 0 ? 1 : 0;
                    Monitor.PulseAll(gate);
                }
            }
            while(count > 0);
        }) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private string LastLines
    {
        get
        {
            var lines = (said + complained).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return lines.Length == 0 ? "; it said nothing" : "; its last lines:\n  " + string.Join("\n  ", lines.TakeLast(LinesToTell));
        }
    }

    private string said = "";
    private string complained = "";
    private int taken;
    private int open;
    private int disposals;

    private readonly object gate = new();
    private readonly string name;
    private readonly Process process;
    private readonly Thread[] readers;

    private const int LinesToTell = 15;
    // Of util-linux.
    private const string SetPriv = "/usr/bin/setpriv";
}
