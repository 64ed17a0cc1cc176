// renode-virtio-net, MIT licence: see LICENSE.
// guests: two Linux guests in QEMU, whose network device is that of this project.

using System.Diagnostics;
using System.Runtime.InteropServices;
using Spectre.Console;
using VirtioNet.Spec;

namespace VirtioNet.Lab.Guests;

/// <summary>Boots the guests, lets them ping each other, and sends a file each way.</summary>
internal sealed class GuestsCommand(IAnsiConsole console)
{
    public int Run(GuestsWiring wiring, int count, int mebibytes)
    {
        using var network = new GuestNetwork(GuestImage.Find(wiring.Kernel, wiring.Initrd), wiring.Capture, CaptureLimit);
        // Ctrl-C ends the guests, too, and removes the sockets.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => network.Dispose());
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => network.Dispose());
        Report.Line(console, "Path: Linux guest -> rings in its memory -> vhost-user -> device -> switch -> the same way back. Two QEMUs, no Renode.");
        Boot(network, wiring);
        Report.Line(console, "");
        var isPinged = Ping(guests[0], AddressOf(1), count);
        Report.Line(console, "");
        var transfers = new[] { Send(guests[0], guests[1], 1, mebibytes), Send(guests[1], guests[0], 0, mebibytes) };
        Report.Line(console, "");
        Summarize(network, transfers);
        return Report.End(console, network) && isPinged && Array.TrueForAll(transfers, x => x.IsSame) ? LabProgram.Success : LabProgram.Failure;
    }

    private void Boot(GuestNetwork network, GuestsWiring wiring)
    {
        for(var i = 0; i < Names.Length; i++)
        {
            network.AddPort(Names[i], i + 1, wiring.Features);
        }
        Report.Line(console, "Booting two guests, some seconds each...");
        var start = Stopwatch.GetTimestamp();
        // Both boot at the same time.
        guests.AddRange(network.Ports.Select(port => network.StartGuest(port)).ToList());
        for(var i = 0; i < guests.Count; i++)
        {
            guests[i].WaitUntilReady();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var port = network.Ports[i];
            port.WaitUntil(backend => backend.IsRunning, "started by the guest's driver");
            var rings = port.Backend.Features.Has(Feature.RingPacked) ? "packed" : "split";
            Report.Line(console, $"Guest {port.Name}: Linux {guests[i].Run("uname -rm")}, {port.Mac}, {AddressOf(i)}, features {port.Backend.Features}, {rings} rings; ready after {Report.Decimal(seconds)} s");
        }
    }

    private bool Ping(QemuGuest from, string address, int count)
    {
        // The exit code of ping says whether any answer came. Here all have to come, so the output is read.
        var output = from.Run($"ping -c {count} -i 0.2 -W 5 {address} || true", ConsoleProcess.Limit + count);
        Report.Line(console, output);
        return output.Contains($"{count} packets received, 0% packet loss", StringComparison.Ordinal);
    }

    private FileTransfer Send(QemuGuest from, QemuGuest to, int toNumber, int mebibytes)
    {
        var transfer = FileTransfer.Run(from, to, AddressOf(toNumber), mebibytes);
        Report.Line(console, transfer.IsSame
            ? $"{from.Name} to {to.Name}: {mebibytes} MiB arrived unchanged, sha256 {transfer.Sent[..16]}... on both ends"
            : $"FAILED {from.Name} to {to.Name}: sent was sha256 {transfer.Sent}, what arrived has {transfer.Received}");
        return transfer;
    }

    private void Summarize(GuestNetwork network, FileTransfer[] transfers)
    {
        var counts = network.Ports.Select(port => NodeCounts.Of(port.Backend.Counters)).ToList();
        var table = Report.Table("Counted by the device", "Guest A", "Guest B");
        void Add(string name, IEnumerable<string> values) => Report.Row(table, values.Prepend(name).ToArray());
        Add("Frames sent", counts.Select(c => Report.Count(c.Sent)));
        Add("Frames received", counts.Select(c => Report.Count(c.Received)));
        Add("Frames dropped", counts.Select(c => c.DropText));
        Add("MiB sent as a file", transfers.Select(t => Report.Count(t.Mebibytes)));
        Add("Seconds for it", transfers.Select(t => Report.Decimal(t.Seconds, 2)));
        Add("Mbit/s", transfers.Select(t => Report.Decimal(t.Mebibytes * 8.388608 / t.Seconds)));
        console.Write(table);
    }

    private static string AddressOf(int guest) => $"192.168.100.{guest + 1}";

    private readonly List<QemuGuest> guests = new();

    private static readonly string[] Names = { "A", "B" };

    private const int CaptureLimit = 10_000;
}
