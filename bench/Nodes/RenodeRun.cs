// renode-virtio-net, MIT licence: see LICENSE.
// One Renode process with so many nodes: half of them send to their partners, which send each frame back.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace VirtioNet.Bench.Nodes;

/// <summary>Runs the program of scripts/build-baremetal.sh on nodes of "emulation CreateNode", and reads what they have cost.</summary>
internal sealed partial class RenodeRun
{
    /// <summary>False with a reason if something is missing that is needed.</summary>
    public static bool TryFind(out RenodeRun run, out string reason)
    {
        var checkout = AppContext.BaseDirectory;
        while(!File.Exists(Path.Combine(checkout, Loader)))
        {
            checkout = Path.GetDirectoryName(checkout) ?? throw new DirectoryNotFoundException($"There is no {Loader} above {AppContext.BaseDirectory}");
        }
        var finder = Process.Start(new ProcessStartInfo("bash", [Path.Combine(checkout, "scripts/find-renode.sh")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var root = finder.StandardOutput.ReadToEnd().Trim();
        reason = finder.StandardError.ReadToEnd().Trim();
        finder.WaitForExit();
        if(reason.Length == 0 && !File.Exists(Path.Combine(checkout, Firmware)))
        {
            reason = $"there is no {Firmware}: scripts/build-baremetal.sh makes it";
        }
        run = new RenodeRun(Path.Combine(root, "renode"), checkout);
        return reason.Length == 0;
    }

    /// <summary>Measures so many nodes. Throws with what Renode has said if it does not come to the end.</summary>
    public async Task<NodeCost> Measure(int nodes)
    {
        var script = Path.Combine(AppContext.BaseDirectory, $"nodes-{nodes}.resc");
        await File.WriteAllTextAsync(script, ScriptFor(nodes));
        using var process = Process.Start(new ProcessStartInfo(renode, ["--disable-gui", "--console", "--plain", "-e", $"include @{script}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        // Its input stays open: one that has ended is read by Renode again and again, which costs processor time.
        var (errors, output) = (process.StandardError.ReadToEndAsync(), await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        var times = ProcessorSeconds().Matches(output).Select(x => double.Parse(x.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        var packets = SentPackets().Matches(output).Select(x => long.Parse(x.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        if(times.Length != Windows + 1 || packets.Length != 2 * nodes)
        {
            throw new InvalidOperationException($"Renode has not come to the end of {script}:\n{output[Math.Max(0, output.Length - 4000)..]}\n{await errors}");
        }
        var sent = packets[nodes..].Sum() - packets[..nodes].Sum();
        return new NodeCost(nodes, times.Skip(1).Zip(times, (after, before) => after - before).Min(), Window, sent / Windows);
    }

    private RenodeRun(string renode, string checkout)
    {
        this.renode = renode;
        this.checkout = checkout;
    }

    private string ScriptFor(int nodes)
    {
        // Errors only: a line of the log in the middle of the table could not be read.
        var script = new StringBuilder($"""
            logLevel 3
            include @{checkout}/{Loader}
            emulation CreateNetwork "net"
            emulation SetGlobalAdvanceImmediately true

            """);
        for(var node = 1; node <= nodes; node++)
        {
            var isProbe = node % 2 == 0;
            script.Append(CultureInfo.InvariantCulture, $"""
                emulation CreateNode "node{node}"
                mach set "node{node}"
                machine LoadPlatformDescription @{checkout}/platforms/arm64-virt.repl
                sysbus.pcie.net0 MAC "02:00:00:00:00:{node:x2}"
                connector Connect sysbus.pcie.net0 net
                sysbus LoadELF @{checkout}/{Firmware}
                sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_role"` {(isProbe ? 1 : 0)}
                sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_peer"` {node - 1}
                sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_frames"` 1000000

                """);
        }
        // The nodes start, and Renode's code and theirs are compiled, before anything is measured.
        script.AppendLine(CultureInfo.InvariantCulture, $"emulation RunFor \"{WarmUp}\"").AppendLine("net Counters").AppendLine(PrintProcessorTime);
        for(var i = 0; i < Windows; i++)
        {
            script.AppendLine(CultureInfo.InvariantCulture, $"emulation RunFor \"{Window}\"").AppendLine(PrintProcessorTime);
        }
        return script.AppendLine("net Counters").AppendLine("quit").ToString();
    }

    [GeneratedRegex(@"processor seconds: ([\d.]+)")]
    private static partial Regex ProcessorSeconds();

    // A row of the table of counters: port, direction, packets.
    [GeneratedRegex(@"node\d+:\S+ *\|in *\|(\d+)")]
    private static partial Regex SentPackets();

    private readonly string renode;
    private readonly string checkout;

    private const string Loader = "scripts/load-plugin.resc";
    private const string Firmware = "build/baremetal/arm64/echo.elf";
    // Of Renode itself, all threads: user and system.
    private const string PrintProcessorTime = "python \"import clr; clr.AddReference('System.Diagnostics.Process'); import System; "
        + "print('processor seconds: ' + str(System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds))\"";
    // Virtual seconds.
    private const double WarmUp = 0.3;
    private const double Window = 0.1;
    private const int Windows = 4;
}
