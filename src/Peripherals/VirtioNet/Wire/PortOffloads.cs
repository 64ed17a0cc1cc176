// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which packets with work left a port takes as they are.

namespace VirtioNet.Wire
{
    /// <summary>The packets with work left that a port takes. The default value: none of them, only ordinary frames.</summary>
    public readonly struct PortOffloads
    {
        /// <summary>True if the port takes the packet as it is.</summary>
        public bool Take(int length, in PacketOffload offload)
        {
            return offload.Segmentation == Segmentation.None
                ? Checksum || !offload.NeedsChecksum
                : (offload.Segmentation & ~Segmentation) == 0 && length <= LargestPacket;
        }

        /// <summary>The same for packets that are to be cut up to a length only.</summary>
        public PortOffloads LimitedTo(int largestPacket)
        {
            return new PortOffloads { Checksum = Checksum, Segmentation = Segmentation, LargestPacket = largestPacket };
        }

        /// <summary>Packets whose checksum is to be completed.</summary>
        public bool Checksum { get; init; }

        /// <summary>Packets that are to be cut, by type.</summary>
        public Segmentation Segmentation { get; init; }

        /// <summary>Longest packet that is to be cut, in bytes.</summary>
        public int LargestPacket { get; init; }
    }
}
