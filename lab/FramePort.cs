// renode-virtio-net, MIT licence: see LICENSE.
// An end of the wire that takes ordinary frames.

using VirtioNet.Wire;

namespace VirtioNet.Lab;

/// <summary>Gives each frame to <paramref name="receive"/>, in an array of its own.</summary>
public sealed class FramePort(Action<byte[]> receive) : IPacketPort
{
    public void Receive(Packet packet) => receive(packet.Bytes.ToArray());

    public PortOffloads Offloads => default;
}
