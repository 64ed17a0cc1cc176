// renode-virtio-net, MIT licence: see LICENSE.
// The end of a wire, for tests.

using VirtioNet.Wire;

namespace VirtioNet.Tests.Wire;

/// <summary>Keeps what it receives.</summary>
internal sealed class TestPort : IPacketPort
{
    public void Receive(Packet packet)
    {
        Received.Add(packet);
        Receiving?.Invoke(packet);
    }

    public PortOffloads Offloads { get; init; }

    public List<Packet> Received { get; } = new();

    public Action<Packet>? Receiving { get; set; }
}
