// renode-virtio-net, MIT licence: see LICENSE.
// What a packet costs between two cards, on a network of our own and on Renode's Switch, side by side in one run:
// dotnet run -c Release --project bench/Network

using System.Diagnostics;
using System.Globalization;
using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Time;
using VirtioNet.Bench.Network;
using VirtioNet.Wire;

ConsoleBackend.Instance.SetLogLevel(LogLevel.Error);
Console.WriteLine("| packet | packets each quantum | network | Renode's Switch | ratio |");
Console.WriteLine("|---|---|---|---|---|");
foreach(var (name, length, offload) in Kinds())
{
    foreach(var count in new[] { 16, 256 })
    {
        var (ours, renodes) = Compare(new Traffic(length, offload, length > 2000 ? count / 4 : count));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {(length > 2000 ? count / 4 : count)} | {ours:F2} us | {renodes:F2} us | 1 / {renodes / ours:F1} |"));
    }
}

// A packet of 64 KiB passes our network whole, and the switch as 45 frames.
static IEnumerable<(string Name, int Length, PacketOffload Offload)> Kinds()
{
    yield return ("60 bytes", 60, default);
    yield return ("1514 bytes", 1514, default);
    yield return ("65226 bytes, TCP to be cut", TcpHeaders + 45 * Segment, new PacketOffload
    {
        NeedsChecksum = true, ChecksumStart = 34, ChecksumOffset = 16, Segmentation = Segmentation.Tso4, SegmentSize = Segment, HeaderLength = TcpHeaders,
    });
}

// Both are measured in turn, with packets and without, and the smallest time of each counts: whatever else the host does only adds
// to it. What a quantum costs without packets is taken off. Microseconds for a packet.
static (double Ours, double Renodes) Compare(Traffic traffic)
{
    var (ours, renodes) = (new Smallest(), new Smallest());
    for(var round = 0; round < Rounds; round++)
    {
        Measure(traffic, MakeNetwork, ours);
        Measure(traffic, MakeSwitch, renodes);
    }
    return (ours.OfOne(Quanta * traffic.Count), renodes.OfOne(Quanta * traffic.Count));
}

static void Measure(Traffic traffic, Action<BenchCard, BenchCard> connect, Smallest smallest)
{
    var left = new BenchCard("left") { Offloads = Everything };
    var right = new BenchCard("right") { Offloads = Everything };
    connect(left, right);
    var packet = traffic.MakePacket();
    try
    {
        // All code is compiled.
        Run(left, packet, traffic, Warmup);
        right.Bytes = 0;
        smallest.See(Run(left, packet, traffic with { Count = 0 }, Quanta), Run(left, packet, traffic, Quanta));
        if(right.Bytes < (long)Quanta * traffic.Count * traffic.Length)
        {
            throw new InvalidOperationException($"{right.Bytes} bytes have arrived: packets were lost");
        }
    }
    finally
    {
        EmulationManager.Instance.Clear();
    }
}

static TimeSpan Run(BenchCard sender, byte[] packet, Traffic traffic, int quanta)
{
    var watch = Stopwatch.StartNew();
    for(var i = 0; i < quanta; i++)
    {
        for(var j = 0; j < traffic.Count; j++)
        {
            sender.Exit.TrySend(packet, traffic.Offload);
        }
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMicroseconds(100));
    }
    return watch.Elapsed;
}

static void MakeNetwork(BenchCard left, BenchCard right)
{
    EmulationManager.Instance.CurrentEmulation.CreateNetwork("net");
    if(EmulationManager.Instance.CurrentEmulation.ExternalsManager.TryGetByName<PacketNetwork>("net", out var network))
    {
        network.AttachTo(left);
        network.AttachTo(right);
    }
}

static void MakeSwitch(BenchCard left, BenchCard right)
{
    var network = new Antmicro.Renode.Tools.Network.Switch();
    EmulationManager.Instance.CurrentEmulation.ExternalsManager.AddExternal(network, "switch");
    network.AttachTo(left);
    network.AttachTo(right);
}

internal sealed partial class Program
{
    private static readonly PortOffloads Everything = new() { Checksum = true, Segmentation = Segmentation.Tso4, LargestPacket = 65550 };

    private const int TcpHeaders = 54;
    private const int Segment = 1448;
    private const int Rounds = 8;
    private const int Quanta = 200;
    private const int Warmup = 50;
}

/// <summary>Packets of one kind, so many in each quantum.</summary>
internal sealed record Traffic(int Length, PacketOffload Offload, int Count)
{
    /// <summary>An IPv4 packet to the other card, with TCP if it is to be cut.</summary>
    public byte[] MakePacket()
    {
        var packet = new byte[Length];
        new byte[] { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0 }.CopyTo(packet, 0);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(16), (ushort)(Length - 14));
        new byte[] { 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0x56, 0x78 }.CopyTo(packet, 18);
        packet[46] = 0x50;
        packet[47] = 0x10;
        return packet;
    }
}

/// <summary>The smallest times of so many quanta, without packets and with them.</summary>
internal sealed class Smallest
{
    public void See(TimeSpan without, TimeSpan with)
    {
        empty = without < empty ? without : empty;
        full = with < full ? with : full;
    }

    public double OfOne(int packets) => (full - empty).TotalMicroseconds / packets;

    private TimeSpan empty = TimeSpan.MaxValue;
    private TimeSpan full = TimeSpan.MaxValue;
}
