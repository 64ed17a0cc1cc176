// guests: two Linux machines, nothing of them ours but the device.

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Spectre.Console;
using VirtioNet.Spec;

namespace VirtioNet.Lab.Guests;

/// <summary>Boots the guests, lets them ping each other, and sends a file each way.</summary>
internal sealed partial class GuestsCommand(IAnsiConsole console)
{
    public int Run(GuestsWiring wiring, int count, int mebibytes)
    {
        using var network = new GuestNetwork(GuestImage.Find(wiring.Kernel, wiring.Initrd), wiring.Capture, CaptureLimit);
        // Ctrl-C leaves no guest behind, and no socket.
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
        guests.AddRange(network.Ports.Select(port => network.StartGuest(port, new QemuCard { Packed = wiring.Packed })).ToList());
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
        // Its exit code tells whether there was any answer; what counts here is that all came.
        var output = from.Run($"ping -c {count} -i 0.2 -W 5 {address} || true", ConsoleProcess.Limit + count);
        Report.Line(console, output);
        return output.Contains($"{count} packets received, 0% packet loss", StringComparison.Ordinal);
    }

    private Transfer Send(QemuGuest from, QemuGuest to, int toNumber, int mebibytes)
    {
        var direction = $"{from.Name} to {to.Name}";
        from.Run($"dd if=/dev/urandom of={Sent} bs=64k count={16 * mebibytes} 2> /dev/null");
        to.Begin($"nc -l -p {FilePort} > {Received}");
        var start = Stopwatch.GetTimestamp();
        // A refused connection has taken nothing from the file.
        from.Run($"until nc {AddressOf(toNumber)} {FilePort} < {Sent}; do usleep 10000; done", TransferLimit);
        to.End(TransferLimit);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var sum = Checksum(from, Sent);
        var isSame = Checksum(to, Received) == sum;
        from.Run($"rm {Sent}");
        to.Run($"rm {Received}");
        Report.Line(console, isSame
            ? $"{direction}: {mebibytes} MiB arrived unchanged, sha256 {sum[..16]}... on both ends"
            : $"FAILED {direction}: what arrived has another sha256 than what was sent, {sum}");
        return new Transfer(direction, mebibytes, seconds, isSame);
    }

    private static string Checksum(QemuGuest guest, string file)
    {
        return HexNumber().Match(guest.Run($"sha256sum < {file}")).Value;
    }

    private void Summarize(GuestNetwork network, Transfer[] transfers)
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

    private sealed record Transfer(string Direction, int Mebibytes, double Seconds, bool IsSame);

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex HexNumber();

    private readonly List<QemuGuest> guests = new();

    private static readonly string[] Names = { "A", "B" };

    private const int CaptureLimit = 10_000;
    private const int FilePort = 5000;
    // 64 MiB at less than 1 Mbit/s.
    private const int TransferLimit = 600;
    private const string Sent = "/tmp/sent";
    private const string Received = "/tmp/received";
}
