// renode-virtio-net, MIT licence: see LICENSE.
// throughput: sends as many frames as asked for in one direction, then in the other.

using Spectre.Console;

namespace VirtioNet.Lab;

/// <summary>Measures, and checks every byte meanwhile.</summary>
internal sealed class ThroughputCommand(IAnsiConsole console)
{
    public int Run(Wiring wiring, int frames, int size, int burst)
    {
        using var network = new LabNetwork(wiring, size, CaptureLimit);
        Report.Start(console, network);
        Report.Line(console, $"{Report.Count(frames)} frames of {size} bytes each way, in bursts of {burst}; every byte is checked.");
        var results = Measure(network, frames, size, burst);
        Summarize(results);
        foreach(var result in results.Where(result => !result.IsClean))
        {
            Report.Line(console, $"FAILED {result.Direction}: {Report.Count(result.Lost)} of {Report.Count(result.Sent)} frames lost or changed,"
                + $" {result.Checker.Corrupted} changed, {result.Checker.OutOfOrder} late or twice;"
                + $" dropped by the sending device: {result.Sender.DropText}; by the receiving one: {result.Receiver.DropText}.");
        }
        return Report.End(console, network) && results.TrueForAll(result => result.IsClean) ? LabProgram.Success : LabProgram.Failure;
    }

    private List<ThroughputResult> Measure(LabNetwork network, int frames, int size, int burst)
    {
        var results = new List<ThroughputResult>();
        foreach(var (from, to) in new[] { (network.A, network.B), (network.B, network.A) })
        {
            var run = new ThroughputRun(network, from, to);
            FrameProgress.Show(console, $"{from.Name} to {to.Name}", frames, step => results.Add(run.Run(frames, size, burst, step)));
        }
        return results;
    }

    private void Summarize(List<ThroughputResult> results)
    {
        var table = Report.Table(results.Select(result => result.Direction).Prepend("").ToArray());
        void Add(string name, Func<ThroughputResult, string> value) => Report.Row(table, results.Select(value).Prepend(name).ToArray());
        Add("Frames received, checked", r => Report.Count(r.Checker.Good));
        Add("Frames lost or changed", r => Report.Count(r.Lost));
        Add("Frames dropped by devices", r => Report.Count(r.Sender.Dropped + r.Receiver.Dropped));
        Add("MB", r => Report.Decimal(Bytes(r) / 1e6));
        Add("Seconds", r => Report.Decimal(r.Seconds, 2));
        Add("Frames/s", r => Report.Count((long)(r.Checker.Good / r.Seconds)));
        Add("Mbit/s", r => Report.Count((long)(Bytes(r) * 8 / r.Seconds / 1e6)));
        Add("Interrupts per frame, sender", r => NodeCounts.PerFrame(r.Sender.Interrupts, r.Sent));
        Add("Interrupts per frame, receiver", r => NodeCounts.PerFrame(r.Receiver.Interrupts, r.Sent));
        Add("Notifications per frame, sender", r => NodeCounts.PerFrame(r.Sender.Notifications, r.Sent));
        Add("Notifications per frame, receiver", r => NodeCounts.PerFrame(r.Receiver.Notifications, r.Sent));
        console.Write(table);
    }

    private static double Bytes(ThroughputResult result) => (double)result.Checker.Good * result.Size;

    // 15 MB of usual frames: enough to look at, and Wireshark opens it at once.
    private const int CaptureLimit = 10_000;
}
