// renode-virtio-net, MIT licence: see LICENSE.
// The command line: what can be asked for, what the defaults are, and what is wrong with a bad option.

using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Spectre.Console;
using VirtioNet.Lab.Guests;

namespace VirtioNet.Lab;

/// <summary>The lab as a function from arguments to an exit code.</summary>
public static class LabProgram
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>Frames were lost or changed, a device complained of its driver, or a guest failed.</summary>
    public const int Failure = 1;

    /// <summary>An option is wrong, the capture file cannot be written, or what guests need is missing.</summary>
    public const int Usage = 2;

    /// <summary>Most frames of a throughput run that are sent before the receiver has its turn.</summary>
    internal const int LargestBurst = 4096;

    /// <summary>Runs one command. Results go to <paramref name="console"/>, complaints to <paramref name="error"/>.</summary>
    public static int Run(string[] args, IAnsiConsole console, TextWriter error)
    {
        var root = new RootCommand("virtio-net without Renode: two nodes of the driver model, each with the real device behind its PCI bus, or two Linux guests in QEMU, on a learning switch.")
        {
            Ping(console),
            Throughput(console),
            Guests(console),
        };
        var parsed = root.Parse(args);
        if(args.Length == 0)
        {
            root.Parse("--help").Invoke(new InvocationConfiguration { Output = error });
            return Usage;
        }
        if(parsed.Errors.Count > 0)
        {
            Complain(parsed, error);
            return Usage;
        }
        try
        {
            var writer = console.Profile.Out.Writer;
            return parsed.Invoke(new InvocationConfiguration { Output = writer, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch(GuestException complaint)
        {
            error.WriteLine($"lab: {complaint.Message}");
            return complaint is GuestMissingException ? Usage : Failure;
        }
        catch(CaptureException complaint)
        {
            error.WriteLine($"lab: {complaint.Message}");
            return Usage;
        }
        catch(IOException complaint)
        {
            error.WriteLine($"lab: --capture: {complaint.Message}; name a file on a disk with room");
            return Usage;
        }
    }

    private static void Complain(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        var atRoot = command is RootCommand;
        if(parsed.UnmatchedTokens.Count > 0)
        {
            // The message of System.CommandLine names the token, but not what is allowed in its place.
            var choices = atRoot ? command.Subcommands.Select(c => c.Name) : command.Options.Select(option => option.Name);
            error.WriteLine($"lab: '{parsed.UnmatchedTokens[0]}' is not known; there is {string.Join(", ", choices)}");
        }
        else
        {
            foreach(var complaint in parsed.Errors)
            {
                error.WriteLine($"lab: {complaint.Message}");
            }
        }
        error.WriteLine($"lab: {(atRoot ? "" : $"{command.Name} ")}--help explains them all.");
    }

    private static Command Ping(IAnsiConsole console)
    {
        var count = Number("--count", 1, 1_000_000, 4, "Echo requests to send.");
        var size = Number("--size", 0, LabNetwork.LargestFrame - PingCommand.Headers, 56, "Bytes of data in each; more than 1472 raises the MTU.");
        var wiring = new WiringOptions();
        var command = new Command("ping", "Resolves the other node by ARP and sends it ICMP echo requests.") { count, size };
        wiring.AddTo(command);
        command.SetAction(parsed => new PingCommand(console).Run(
            wiring.Read(parsed), parsed.GetValue(count), parsed.GetValue(size)));
        return command;
    }

    private static Command Throughput(IAnsiConsole console)
    {
        var frames = Number("--frames", 1, 100_000_000, 200_000, "Frames to send in each direction.");
        var size = Number("--size", TestFrames.SmallestFrame, LabNetwork.LargestFrame, 1500, "Bytes of each frame, Ethernet header included; more than 1514 raises the MTU.");
        var burst = Number("--burst", 1, LargestBurst, 64, "Frames that arrive before the receiver runs. Beyond what its ring and backlog hold (1280 at most), frames are dropped.");
        var wiring = new WiringOptions();
        var command = new Command("throughput", "Sends numbered, patterned frames in both directions, one after the other, and checks every byte.") { frames, size, burst };
        wiring.AddTo(command);
        command.SetAction(parsed => new ThroughputCommand(console).Run(
            wiring.Read(parsed), parsed.GetValue(frames), parsed.GetValue(size), parsed.GetValue(burst)));
        return command;
    }

    private static Command Guests(IAnsiConsole console)
    {
        var count = Number("--count", 1, 10_000, 5, "Echo requests to send.");
        var size = Number("--size", 1, 64, 4, "MiB of random bytes that each guest sends to the other.");
        var options = new GuestsOptions();
        var command = new Command("guests", "Boots two Linux guests in QEMU on this device, over vhost-user: they ping each other, and send each other a file.") { count, size };
        options.AddTo(command);
        command.SetAction(parsed => new GuestsCommand(console).Run(
            options.Read(parsed), parsed.GetValue(count), parsed.GetValue(size)));
        return command;
    }

    /// <summary>An option that takes a whole number within limits, and says so if it does not get one.</summary>
    internal static Option<int> Number(string name, int least, int most, int standard, string description, bool powerOfTwo = false)
    {
        var kind = powerOfTwo ? "power of two" : "whole number";
        return new Option<int>(name)
        {
            Description = $"{description} A {kind} from {least} to {most}.",
            HelpName = "N",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if(int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                    && value >= least && value <= most && (!powerOfTwo || BitOperations.IsPow2(value)))
                {
                    return value;
                }
                result.AddError($"{name} is '{text}'; give a {kind} from {least} to {most}, or leave it out for {standard}");
                return standard;
            },
        };
    }
}
