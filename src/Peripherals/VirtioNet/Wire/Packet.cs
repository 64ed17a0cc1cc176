// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A packet on its way through the network.

using System;

namespace VirtioNet.Wire
{
    /// <summary>
    /// A packet that nobody changes any more, so that all who receive it can share it: an Ethernet frame without check
    /// sequence, or a large or unfinished one and the work that it has left.
    /// </summary>
    public sealed class Packet
    {
        /// <summary>Takes an ordinary frame. The array is the packet's from now on.</summary>
        public Packet(byte[] bytes)
            : this(bytes, default)
        {
        }

        /// <summary>Takes the bytes and the work that is left. The array is the packet's from now on.</summary>
        public Packet(byte[] bytes, in PacketOffload offload)
        {
            this.bytes = bytes;
            this.offload = offload;
        }

        /// <summary>Ethernet header and what follows.</summary>
        public ReadOnlySpan<byte> Bytes => bytes;

        /// <summary>Length in bytes.</summary>
        public int Length => bytes.Length;

        /// <summary>The work that is left.</summary>
        public PacketOffload Offload => offload;

        /// <summary>True for an ordinary frame: no work is left. Segmentation always comes with NeedsChecksum.</summary>
        public bool IsFinished => !offload.NeedsChecksum;

        private readonly byte[] bytes;
        private readonly PacketOffload offload;
    }
}
