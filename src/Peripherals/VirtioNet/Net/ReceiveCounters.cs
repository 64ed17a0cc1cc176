// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What one receive queue counts.

namespace VirtioNet.Net
{
    /// <summary>Each frame for the queue is counted once: in <see cref="Frames"/>, or as dropped for one reason; or it still waits for buffers.</summary>
    public sealed class ReceiveCounters
    {
        /// <summary>Frames put into the driver's buffers.</summary>
        public ulong Frames { get; internal set; }

        /// <summary>Bytes of those frames.</summary>
        public ulong Bytes { get; internal set; }

        /// <summary>Frames that came while the driver was not running, or that still waited when it reset the device or the queue.</summary>
        public ulong DropNotReady { get; internal set; }

        /// <summary>Frames that came while too many others waited for buffers (H-80).</summary>
        public ulong DropOverruns { get; internal set; }

        /// <summary>Frames shorter than an Ethernet header (H-84).</summary>
        public ulong DropRunt { get; internal set; }

        /// <summary>Frames longer than the MTU allows (H-83, H-85).</summary>
        public ulong DropTooLong { get; internal set; }

        /// <summary>Frames that did not fit the driver's buffers (H-81).</summary>
        public ulong DropTooBig { get; internal set; }

        /// <summary>Frames for an address that the driver has not asked for, by mode or table.</summary>
        public ulong DropOtherAddress { get; internal set; }

        /// <summary>Frames for a VLAN that the driver has not asked for.</summary>
        public ulong DropOtherVlan { get; internal set; }

        /// <summary>Frames that came while the link was down or the queue closed.</summary>
        public ulong DropLinkDown { get; internal set; }

        /// <summary>All frames that were dropped.</summary>
        public ulong Drops => DropNotReady + DropOverruns + DropRunt + DropTooLong + DropTooBig + DropOtherAddress + DropOtherVlan + DropLinkDown;

        /// <summary>Of the frames, those whose checksum the driver has to complete (VIRTIO_NET_HDR_F_NEEDS_CSUM).</summary>
        public ulong NeedsChecksum { get; internal set; }

        /// <summary>Of the frames, those that stand for several on a wire (gso_type is not NONE).</summary>
        public ulong LargePackets { get; internal set; }

        /// <summary>Bytes of those.</summary>
        public ulong LargeBytes { get; internal set; }
    }
}
