// renode-virtio-net, MIT licence: see LICENSE.
// The lab's network: two nodes, a switch between them, and a capture of the frames that pass it.

using VirtioNet.Lab.Ipv4;
using VirtioNet.Spec;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Lab;

/// <summary>Two nodes on a switch, and the loop that lets each have its turn.</summary>
public sealed class LabNetwork : ILabNetwork, INetworkObserver
{
    /// <summary>Makes and connects the nodes.</summary>
    public LabNetwork(Wiring wiring, int largestFrame, long captureLimit = long.MaxValue)
    {
        if(wiring.Capture != null)
        {
            capture = new CaptureFile(wiring.Capture, captureLimit);
        }
        CapturePath = wiring.Capture;
        Network.Observers.Add(this);
        A = Connect(new Node("A", new MacAddress(0x02_00_00_00_00_0A), new Ipv4Address(0x0A_00_00_01), largestFrame, wiring));
        B = Connect(new Node("B", new MacAddress(0x02_00_00_00_00_0B), new Ipv4Address(0x0A_00_00_02), largestFrame, wiring));
    }

    /// <summary>Delivers frames, runs deferred work and serves interrupts until nothing is left to do.</summary>
    public void Settle()
    {
        bool busy;
        do
        {
            busy = Network.Run((ulong)Clock.Nanoseconds);
            foreach(var node in nodes)
            {
                node.Machine.RunDeferred();
                busy |= node.ServeInterrupt();
            }
        }
        while(busy);
    }

    /// <summary>What a node has sent passes the wire, as finished frames, one after the other.</summary>
    public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome)
    {
        if(direction == PortDirection.Out || outcome.Drop != DropReason.None)
        {
            return;
        }
        foreach(var frame in offload.Finish(packet.Bytes, packet.Offload))
        {
            Clock.AdvanceByFrame(frame.Length);
            capture?.Frames.Write((ulong)Clock.Nanoseconds, frame);
        }
    }

    /// <summary>The lab's nodes have addresses of their own.</summary>
    public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
    {
    }

    public void Dispose()
    {
        capture?.Dispose();
    }

    public Node A { get; }

    public Node B { get; }

    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>The switch. It has room for the largest burst that the lab can be asked for.</summary>
    public VirtualNetwork Network { get; } = new("lab", 1, LabProgram.LargestBurst, LabProgram.LargestBurst * LargestFrame);

    public VirtualClock Clock { get; } = new();

    public string? CapturePath { get; }

    public (long Written, long Seen) Captured => (capture?.Frames.Written ?? 0, capture?.Frames.Seen ?? 0);

    public IEnumerable<string> Complaints => nodes.SelectMany(node =>
        node.Machine.Misuses.Concat(node.Machine.ParkedReasons).Select(reason => $"node {node.Name}: {reason}"));

    public IEnumerable<string> Remarks => nodes.SelectMany(node =>
        node.Machine.DroppedFrames.DistinctBy(x => x.Rule).Select(x => $"node {node.Name}: {x}"));

    /// <summary>The longest frame of the lab: a jumbo MTU and its header.</summary>
    public const int LargestFrame = 9000 + Ethernet.HeaderSize;

    private Node Connect(Node node)
    {
        node.Machine.Network = new ClockedPort(Network.Connect(node.Name, node.Machine.Device), Clock);
        nodes.Add(node);
        return node;
    }

    private readonly CaptureFile? capture;
    private readonly SoftwareOffload offload = new();
    private readonly List<Node> nodes = new();

    // What a node sends, it sends at the lab's time.
    private sealed class ClockedPort(NetworkPort port, VirtualClock clock) : IPacketSink
    {
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            return port.TrySend(packet, offload, (ulong)clock.Nanoseconds);
        }
    }
}
