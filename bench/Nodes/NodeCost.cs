// renode-virtio-net, MIT licence: see LICENSE.

namespace VirtioNet.Bench.Nodes;

/// <summary>What nodes on one network have cost, and what they have sent.</summary>
internal sealed record NodeCost(int Nodes, double ProcessorSeconds, double VirtualSeconds, long Packets)
{
    /// <summary>Milliseconds of processor time for a node and virtual second.</summary>
    public double OfNode => 1000 * ProcessorSeconds / VirtualSeconds / Nodes;

    /// <summary>Packets that a node has sent in a virtual second.</summary>
    public double PacketsOfNode => Packets / VirtualSeconds / Nodes;
}
