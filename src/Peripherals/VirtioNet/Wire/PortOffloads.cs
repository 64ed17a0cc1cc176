// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a port takes of packets that have work left.

namespace VirtioNet.Wire
{
    /// <summary>The unfinished packets that a port can do something with. The default value: none.</summary>
    public readonly struct PortOffloads
    {
        /// <summary>True if the port takes the packet as it is.</summary>
        public bool Take(int length, in PacketOffload offload)
        {
            return offload.Segmentation == Segmentation.None
                ? Checksum || !offload.NeedsChecksum
                : (offload.Segmentation & ~Segmentation) == 0 && length <= LargestPacket;
        }

        /// <summary>Packets whose checksum is to be completed.</summary>
        public bool Checksum { get; init; }

        /// <summary>Packets that are to be cut, by type.</summary>
        public Segmentation Segmentation { get; init; }

        /// <summary>Longest packet that is to be cut, in bytes.</summary>
        public int LargestPacket { get; init; }
    }
}
