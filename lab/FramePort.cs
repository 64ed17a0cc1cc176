// renode-virtio-net, MIT licence: see LICENSE.
// A port of the switch for a receiver that takes finished frames only.

using VirtioNet.Wire;

namespace VirtioNet.Lab;

/// <summary>Gives each frame to <paramref name="receive"/>, in an array of its own.</summary>
public sealed class FramePort(Action<byte[]> receive) : IPacketPort
{
    public void Receive(Packet packet) => receive(packet.Bytes.ToArray());

    public PortOffloads Offloads => default;
}
