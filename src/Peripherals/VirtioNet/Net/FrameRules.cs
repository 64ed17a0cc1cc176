// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Why a frame does not reach the driver or the wire. Each is reported with the frame's length and type, and with the limit
// that it breaks.

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>Rules for frames, with what a user can do about them.</summary>
    public static class FrameRules
    {
        /// <summary>Counted as RxDropTooLong. The limit that is reported is MTU, Ethernet header and tags together, in bytes.</summary>
        public static readonly Rule ReceivedTooLong = new Rule("a frame from the network is longer than the mtu of this card and its Ethernet header; raise mtu on the card, or lower the MTU of the sender", "virtio v1.4-cs01: 5.1.4.1");

        /// <summary>Counted as RxDropTooBig. The limit is the room for virtio-net header and frame, in bytes.</summary>
        public static readonly Rule ReceivedTooBig = new Rule("a frame from the network does not fit the receive buffers of the guest's driver; let the guest use a larger MTU or VIRTIO_NET_F_MRG_RXBUF, or lower mtu on the card", "virtio v1.4-cs01: 5.1.9.3");

        /// <summary>Counted as RxDropRunt. The limit is the length of an Ethernet header, in bytes.</summary>
        public static readonly Rule ReceivedTooShort = new Rule("a frame from the network is shorter than an Ethernet header; look at what sends it", "IEEE 802.3: 3.2");

        /// <summary>Counted as RxDropOverruns. The limit is how many frames, or how many bytes, may wait for buffers.</summary>
        public static readonly Rule ReceivedTooFast = new Rule("frames come faster than the guest's driver offers receive buffers; raise rxQueueSize on the card", "virtio v1.4-cs01: 5.1.9.3");

        /// <summary>Counted as TxDropMalformed. The limit is the length of both headers, in bytes.</summary>
        public static readonly Rule SentWithoutFrame = new Rule("the guest's driver sends a buffer without a whole virtio-net header and Ethernet header, or one that the device may write", "virtio v1.4-cs01: 5.1.9.2");

        /// <summary>Counted as TxDropMalformed. The limit is the length of the longest packet, in bytes.</summary>
        public static readonly Rule SentTooLong = new Rule("the guest's driver sends a packet that is longer than any legal one", "virtio v1.4-cs01: 5.1.9.2");

        /// <summary>Counted as TxDropMalformed.</summary>
        public static readonly Rule SentFromNowhere = new Rule("the memory of a packet that the guest's driver sends is RAM no more", "virtio v1.4-cs01: 2.6");

        /// <summary>Counted as TxDropOffload: gso_type asks for a segmentation that was not negotiated.</summary>
        public static readonly Rule OffloadNotNegotiated = new Rule("the guest's driver leaves a segmentation to the device that it has not negotiated; offer it with features on the card, or mend the driver", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>Counted as TxDropOffload: gso_type asks for segmentation, and flags has no NEEDS_CSUM.</summary>
        public static readonly Rule SegmentsWithoutChecksum = new Rule("the guest's driver leaves a segmentation to the device without VIRTIO_NET_HDR_F_NEEDS_CSUM", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>Counted as TxDropOffload: gso_type or flags ask for a tunnel as no driver may.</summary>
        public static readonly Rule TunnelNotWhole = new Rule("the guest's driver leaves a packet in a UDP tunnel to the device with VIRTIO_NET_HDR_F_DATA_VALID, or the checksum of a tunnel without the tunnel", "virtio v1.4-cs01: 5.1.9.2.2");

        /// <summary>Counted as TxDropOffload.</summary>
        public static readonly Rule ChecksumOutsidePacket = new Rule("csum_start and csum_offset of a packet that the guest's driver sends are not after its Ethernet header and inside it", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>Counted as TxDropOffload; see SoftwareOffload.MinSegmentSize and MaxSmallSegments.</summary>
        public static readonly Rule SegmentSizeTooSmall = new Rule("gso_size of a packet that the guest's driver sends is so small that the packet would become too many frames", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>Counted as TxDropOffload.</summary>
        public static readonly Rule SegmentTooLong = new Rule("a packet that the guest's driver sends, or a segment of it, would be longer than IP allows", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>Counted as TxDropOffload.</summary>
        public static readonly Rule SegmentsOfOtherHeaders = new Rule("the headers of a packet that the guest's driver sends are not those that gso_type says", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>The rule that a packet breaks if SoftwareOffload.Check has found this fault.</summary>
        internal static Rule Of(OffloadFault fault)
        {
            switch(fault)
            {
                case OffloadFault.ChecksumOutsidePacket: return ChecksumOutsidePacket;
                case OffloadFault.SegmentsWithoutChecksum: return SegmentsWithoutChecksum;
                case OffloadFault.SegmentSizeTooSmall: return SegmentSizeTooSmall;
                case OffloadFault.LongerThanIpAllows: return SegmentTooLong;
                default: return SegmentsOfOtherHeaders;
            }
        }
    }
}
