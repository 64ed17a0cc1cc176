// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The end of a wire: who receives packets.

namespace VirtioNet.Wire
{
    /// <summary>What a network delivers to.</summary>
    public interface IPacketPort
    {
        /// <summary>Takes a packet. It is shared with others and is not changed.</summary>
        void Receive(Packet packet);

        /// <summary>What the port takes without help. A network finishes the other packets before it delivers them.</summary>
        PortOffloads Offloads { get; }
    }
}
