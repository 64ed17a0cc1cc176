// renode-virtio-net, MIT licence: see LICENSE.
// ping: ARP, then echo requests one by one.

using System.Diagnostics;
using Spectre.Console;
using VirtioNet.Lab.Ipv4;
using VirtioNet.Wire;

namespace VirtioNet.Lab;

/// <summary>Node A pings node B.</summary>
internal sealed class PingCommand(IAnsiConsole console)
{
    /// <summary>Sends so many requests with so much data.</summary>
    public int Run(Wiring wiring, int count, int size)
    {
        using var network = new LabNetwork(wiring, Headers + size);
        Report.Start(console, network);
        var host = new Ipv4Host(network.A);
        _ = new Ipv4Host(network.B);
        var target = network.B.Address;

        host.TryRequest(target);
        network.Settle();
        var data = new byte[size];
        for(var i = 0; i < size; i++)
        {
            data[i] = (byte)(i & 0xFF);
        }
        Report.Line(console, host.TryResolve(target, out var mac) ? $"PING {target} ({mac}): {size} data bytes" : $"PING {target}: no answer to ARP");
        host.Replied = reply => replies.Add(reply);
        for(var i = 1; i <= count; i++)
        {
            Echo(network, host, target, unchecked((ushort)i), data);
        }
        Report.Line(console, "");
        Summarize(network, target, count);
        return Report.End(console, network) && times.Count == count ? LabProgram.Success : LabProgram.Failure;
    }

    /// <summary>Headers in front of the data: Ethernet, IPv4, ICMP.</summary>
    public const int Headers = Ethernet.HeaderSize + IcmpEcho.Headers;

    private void Echo(LabNetwork network, Ipv4Host host, Ipv4Address target, ushort sequence, byte[] data)
    {
        // As ping does, one request a second. It is virtual time: nobody waits.
        network.Clock.Advance(VirtualClock.OneSecond);
        replies.Clear();
        var start = Stopwatch.GetTimestamp();
        host.TryEcho(target, sequence, data);
        network.Settle();
        var time = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        // Exactly one, with the data that was sent: two would be a fault of the lab or the device.
        if(replies.Count == 1 && replies[0].Source == target && replies[0].Sequence == sequence && replies[0].Data.AsSpan().SequenceEqual(data))
        {
            times.Add(time);
            Report.Line(console, $"{data.Length + IcmpEcho.IcmpHeader} bytes from {target}: icmp_seq={sequence} ttl={replies[0].Ttl} time={Report.Decimal(time)} us");
        }
        else
        {
            Report.Line(console, $"icmp_seq={sequence}: {(replies.Count == 0 ? "no reply" : "a wrong reply")}");
        }
    }

    private void Summarize(LabNetwork network, Ipv4Address target, int count)
    {
        var loss = 100.0 * (count - times.Count) / count;
        Report.Line(console, $"--- {target}: {count} sent, {times.Count} received, {Report.Decimal(loss)}% loss"
            + (times.Count == 0 ? "" : $", min/avg/max = {Report.Decimal(times.Min())}/{Report.Decimal(times.Average())}/{Report.Decimal(times.Max())} us"));
        var counts = network.Nodes.Select(node => NodeCounts.Of(node)).ToList();
        var table = Report.Table("Counted by device and bus", "Node A", "Node B");
        Add(table, "Frames sent", counts, c => Report.Count(c.Sent));
        Add(table, "Frames received", counts, c => Report.Count(c.Received));
        Add(table, "Frames dropped", counts, c => c.DropText);
        Add(table, "Interrupts", counts, c => Report.Count(c.Interrupts));
        Add(table, "Interrupts per frame", counts, c => NodeCounts.PerFrame(c.Interrupts, c.Sent + c.Received));
        Add(table, "Notifications", counts, c => Report.Count(c.Notifications));
        Add(table, "Notifications per frame", counts, c => NodeCounts.PerFrame(c.Notifications, c.Sent + c.Received));
        console.Write(table);
    }

    private static void Add(Table table, string name, List<NodeCounts> counts, Func<NodeCounts, string> value)
    {
        Report.Row(table, counts.Select(value).Prepend(name).ToArray());
    }

    private readonly List<IcmpEcho> replies = new();
    private readonly List<double> times = new();
}
