// renode-virtio-net, MIT licence: see LICENSE.
// The lab's network: two nodes, a switch between them, and a capture of the frames that pass it.

using VirtioNet.Lab.Ipv4;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Lab;

/// <summary>Two nodes on a switch, and the loop that lets each have its turn.</summary>
public sealed class LabNetwork : ILabNetwork
{
    /// <summary>Makes and connects the nodes.</summary>
    public LabNetwork(Wiring wiring, int largestFrame, long captureLimit = long.MaxValue)
    {
        if(wiring.Capture != null)
        {
            capture = new CaptureFile(wiring.Capture, captureLimit);
        }
        CapturePath = wiring.Capture;
        Switch.Monitor = Observe;
        A = Connect(new Node("A", new MacAddress(0x02_00_00_00_00_0A), new Ipv4Address(0x0A_00_00_01), largestFrame, wiring));
        B = Connect(new Node("B", new MacAddress(0x02_00_00_00_00_0B), new Ipv4Address(0x0A_00_00_02), largestFrame, wiring));
    }

    /// <summary>Delivers frames, runs deferred work and serves interrupts until nothing is left to do.</summary>
    public void Settle()
    {
        bool busy;
        do
        {
            busy = Switch.DeliverWaiting();
            foreach(var node in nodes)
            {
                node.Machine.RunDeferred();
                busy |= node.ServeInterrupt();
            }
        }
        while(busy);
    }

    public void Dispose()
    {
        capture?.Dispose();
    }

    public Node A { get; }

    public Node B { get; }

    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>The switch. It has room for the largest burst that the lab can be asked for.</summary>
    public LearningSwitch Switch { get; } = new(LabProgram.LargestBurst, LabProgram.LargestBurst * LargestFrame);

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
        node.Machine.Network = Switch.Connect(node.Machine.Device);
        nodes.Add(node);
        return node;
    }

    private void Observe(Packet frame)
    {
        Clock.AdvanceByFrame(frame.Length);
        capture?.Frames.Write((ulong)Clock.Nanoseconds, frame.Bytes);
    }

    private readonly CaptureFile? capture;
    private readonly List<Node> nodes = new();
}
