// renode-virtio-net, MIT licence: see LICENSE.
// A Linux guest in QEMU whose network card is our device, and its shell on the serial console.

using System.Text.RegularExpressions;
using VirtioNet.Wire;

namespace VirtioNet.Lab.Guests;

/// <summary>How a guest's card differs from the usual one.</summary>
public sealed record QemuCard
{
    /// <summary>True if QEMU passes RING_PACKED on to the guest. Other features it passes on without being told.</summary>
    public bool Packed { get; init; }

    /// <summary>Pairs of queues; the guest has as many processors, because Linux uses no more.</summary>
    public int QueuePairs { get; init; } = 1;

    /// <summary>More properties of QEMU's virtio-net-pci, such as "mrg_rxbuf=off".</summary>
    public string Properties { get; init; } = "";

    /// <summary>Words for the guest's kernel command line.</summary>
    public string Arguments { get; init; } = "";
}

/// <summary>A QEMU process and the guest's console.</summary>
public sealed partial class QemuGuest : IDisposable
{
    /// <summary>Starts a guest. A back end has to listen at the socket already.</summary>
    public QemuGuest(string name, GuestImage image, string socket, MacAddress mac, QemuCard card)
    {
        Name = name;
        console = new ConsoleProcess($"guest {name}", image.Qemu, Arguments(image, socket, mac, card));
    }

    /// <summary>Waits for the guest's shell, after power on or a reboot.</summary>
    public void WaitUntilReady()
    {
        console.WaitFor(Ready());
        console.WaitFor(Prompt());
    }

    /// <summary>Runs a command in the guest and returns what it prints. Throws if it fails.</summary>
    public string Run(string command, int seconds = ConsoleProcess.Limit)
    {
        Begin(command);
        return End(seconds);
    }

    /// <summary>Starts a command; <see cref="End"/> waits for it.</summary>
    public void Begin(string command)
    {
        // The console echoes this line with its quotes. So only what the commands print is found by Begun and Ended.
        console.Type($"echo [be''gin]; {command}; echo [\"exit\" $?]");
        console.WaitFor(Begun());
        begun = command;
    }

    /// <summary>Waits for the command that was started.</summary>
    public string End(int seconds = ConsoleProcess.Limit)
    {
        var match = console.WaitFor(Ended(), seconds);
        console.WaitFor(Prompt());
        var output = match.Groups[1].Value.Replace("\r", "").Trim();
        return match.Groups[2].Value == "0"
            ? output
            : throw new GuestException($"guest {Name}: '{begun}' failed with {match.Groups[2].Value}: {output}");
    }

    /// <summary>Types a line after which the shell does not return, such as a reboot. Does not wait.</summary>
    public void Type(string line)
    {
        console.Type(line);
    }

    /// <summary>SIGKILL: QEMU has no time to tell its back end anything.</summary>
    public void Kill()
    {
        console.Kill();
    }

    public void Dispose()
    {
        console.Dispose();
    }

    public string Name { get; }

    // Without the ITS: QEMU 7.2 crashes when a driver starts a vhost-user card whose MSI-X goes through it.
    private static string[] Arguments(GuestImage image, string socket, MacAddress mac, QemuCard card) => new[]
    {
        "-M", "virt,gic-version=3,its=off,memory-backend=ram", "-cpu", "cortex-a53", "-smp", $"{card.QueuePairs}", "-accel", "tcg", "-m", Memory,
        "-nodefaults", "-display", "none", "-serial", "stdio",
        "-kernel", image.Kernel, "-initrd", image.Initrd, "-append", $"console=ttyAMA0 quiet {card.Arguments}",
        // The back end maps the guest's memory.
        "-object", $"memory-backend-memfd,id=ram,size={Memory},share=on",
        // QEMU is the client, and tries each second to connect again if the back end was restarted.
        "-chardev", $"socket,id=backend,path={socket},reconnect=1",
        "-netdev", $"vhost-user,id=net,chardev=backend,queues={card.QueuePairs}",
        // No boot ROM: it would have to be installed, and nothing boots from it.
        "-device", $"virtio-net-pci,netdev=net,mac={mac},romfile=,packed={(card.Packed ? "on" : "off")},mq={(card.QueuePairs > 1 ? "on" : "off")}"
            + (card.Properties == "" ? "" : "," + card.Properties),
    };

    [GeneratedRegex("guest ready")]
    private static partial Regex Ready();

    [GeneratedRegex("guest# ")]
    private static partial Regex Prompt();

    [GeneratedRegex(@"\[begin\]")]
    private static partial Regex Begun();

    [GeneratedRegex(@"(?s)(.*)\[exit (\d+)\]")]
    private static partial Regex Ended();

    private string begun = "";

    private readonly ConsoleProcess console;

    private const string Memory = "256M";
}
