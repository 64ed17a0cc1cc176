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
Console.WriteLine("| packet | packets each quantum | network | Renode's Switch | ratio | of both: waiting to leave |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach(var (name, length, offload) in Kinds())
{
    foreach(var count in new[] { 16, 256 })
    {
        var traffic = new Traffic(length, offload, length > 2000 ? count / 4 : count);
        var (ours, renodes, both) = Compare(traffic);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {traffic.Count} | {ours:F2} us | {renodes:F2} us | 1 / {renodes / ours:F1} | {both:F2} us |"));
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

// All are measured in turn, with packets and without, and the smallest time of each counts: whatever else the host does only adds
// to it. What a quantum costs without packets is taken off. Microseconds of processor time for a packet.
static (double Ours, double Renodes, double Both) Compare(Traffic traffic)
{
    var (ours, renodes, both) = (new Smallest(), new Smallest(), new Smallest());
    // .NET compiles a method anew, and better, once it has been called often: what is measured is the code that a long run has.
    var watch = Stopwatch.StartNew();
    while(watch.Elapsed < WarmUp)
    {
        Round(new Smallest(), new Smallest(), new Smallest());
    }
    for(var round = 0; round < Rounds; round++)
    {
        Round(ours, renodes, both);
    }
    return (ours.OfOne(traffic.Packets), renodes.OfOne(traffic.Packets), both.OfOne(traffic.Packets));

    void Round(Smallest ours, Smallest renodes, Smallest both)
    {
        MeasureCards(traffic, MakeNetwork, ours);
        MeasureCards(traffic, MakeSwitch, renodes);
        var way = new WayOut();
        Measure(way, () => way.Bytes, traffic, both);
    }
}

static void MeasureCards(Traffic traffic, Action<BenchCard, BenchCard> connect, Smallest smallest)
{
    var left = new BenchCard("left") { Offloads = Everything };
    var right = new BenchCard("right") { Offloads = Everything };
    connect(left, right);
    // From now on it is known where the receiver is.
    right.Exit.TrySend(Traffic.Answer, default);
    Measure(left.Exit, () => right.Bytes, traffic, smallest);
}

static void Measure(IPacketSink sender, Func<long> bytes, Traffic traffic, Smallest smallest)
{
    var packet = traffic.MakePacket();
    try
    {
        Run(sender, packet, traffic, 1);
        var before = bytes();
        smallest.See(Run(sender, packet, traffic with { Count = 0 }, traffic.Quanta), Run(sender, packet, traffic, traffic.Quanta));
        if(bytes() - before < (long)traffic.Packets * traffic.Length)
        {
            throw new InvalidOperationException($"{bytes() - before} bytes have arrived: packets were lost");
        }
    }
    finally
    {
        EmulationManager.Instance.Clear();
    }
}

static TimeSpan Run(IPacketSink sender, byte[] packet, Traffic traffic, int quanta)
{
    var start = ProcessorTime.Now;
    for(var i = 0; i < quanta; i++)
    {
        for(var j = 0; j < traffic.Count; j++)
        {
            sender.TrySend(packet, traffic.Offload);
        }
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMicroseconds(100));
    }
    return ProcessorTime.Now - start;
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

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    private const int TcpHeaders = 54;
    private const int Segment = 1448;
    private const int Rounds = 8;
}

/// <summary>Packets of one kind, so many in each quantum.</summary>
internal sealed record Traffic(int Length, PacketOffload Offload, int Count)
{
    /// <summary>In how many quanta they are sent, when they are measured.</summary>
    public int Quanta => (Length > 2000 ? 1_600 : 51_200) / Count;

    /// <summary>All that are sent then.</summary>
    public int Packets => Quanta * Count;

    /// <summary>A short packet of the receiver, to the sender.</summary>
    public static byte[] Answer
    {
        get
        {
            var packet = new Traffic(Ethernet.MinFrameSize, default, 1).MakePacket();
            (packet[5], packet[11]) = (packet[11], packet[5]);
            return packet;
        }
    }

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

/// <summary>
/// What every packet of a card costs, wherever it goes: it is copied, and waits until no CPU runs. From here it goes nowhere.
/// </summary>
internal sealed class WayOut : IPacketSink, IDeparting
{
    public WayOut()
    {
        waiting = new WaitingPackets(this);
    }

    public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload) => waiting.TryKeep(packet, offload);

    public void Leave(Packet packet, TimeInterval sent)
    {
        Bytes += packet.Length;
    }

    public long Bytes { get; private set; }

    private readonly WaitingPackets waiting;
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
