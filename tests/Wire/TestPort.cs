// renode-virtio-net, MIT licence: see LICENSE.
// A port of a switch, for tests.

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

    /// <summary>If set, is called with each packet after it was added to <see cref="Received"/>.</summary>
    public Action<Packet>? Receiving { get; set; }
}
