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
        /// <summary>RxDropTooLong.</summary>
        public static readonly Rule ReceivedTooLong = new Rule("a frame from the network is longer than the mtu of this card and its Ethernet header; raise mtu on the card, or lower the MTU of the sender", "virtio v1.4-cs01: 5.1.4.1");

        /// <summary>RxDropTooBig.</summary>
        public static readonly Rule ReceivedTooBig = new Rule("a frame from the network does not fit the receive buffers of the guest's driver; let the guest use a larger MTU or VIRTIO_NET_F_MRG_RXBUF, or lower mtu on the card", "virtio v1.4-cs01: 5.1.9.3");

        /// <summary>RxDropRunt.</summary>
        public static readonly Rule ReceivedTooShort = new Rule("a frame from the network is shorter than an Ethernet header; look at what sends it", "IEEE 802.3: 3.2");

        /// <summary>RxDropOverruns.</summary>
        public static readonly Rule ReceivedTooFast = new Rule("frames come faster than the guest's driver offers receive buffers; raise rxQueueSize on the card", "virtio v1.4-cs01: 5.1.9.3");

        /// <summary>TxDropMalformed: the buffers of a packet.</summary>
        public static readonly Rule SentWithoutFrame = new Rule("the guest's driver sends a buffer without a whole virtio-net header and Ethernet header, or one that the device may write", "virtio v1.4-cs01: 5.1.9.2");

        /// <summary>TxDropMalformed: the length of a packet.</summary>
        public static readonly Rule SentTooLong = new Rule("the guest's driver sends a packet that is longer than any legal one", "virtio v1.4-cs01: 5.1.9.2");

        /// <summary>TxDropMalformed: the memory of a packet.</summary>
        public static readonly Rule SentFromNowhere = new Rule("the memory of a packet that the guest's driver sends is RAM no more", "virtio v1.4-cs01: 2.6");

        /// <summary>TxDropOffload: a type of segmentation.</summary>
        public static readonly Rule OffloadNotNegotiated = new Rule("the guest's driver leaves a segmentation to the device that it has not negotiated; offer it with features on the card, or mend the driver", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>TxDropOffload: gso_type without NEEDS_CSUM.</summary>
        public static readonly Rule SegmentsWithoutChecksum = new Rule("the guest's driver leaves a segmentation to the device without VIRTIO_NET_HDR_F_NEEDS_CSUM", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>TxDropOffload: csum_start, csum_offset.</summary>
        public static readonly Rule ChecksumOutsidePacket = new Rule("csum_start and csum_offset of a packet that the guest's driver sends are not after its Ethernet header and inside it", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>TxDropOffload: gso_size.</summary>
        public static readonly Rule SegmentSizeTooSmall = new Rule("gso_size of a packet that the guest's driver sends is so small that the packet would become too many frames", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>TxDropOffload: gso_type.</summary>
        public static readonly Rule SegmentsOfOtherHeaders = new Rule("the headers of a packet that the guest's driver sends are not those that gso_type says", "virtio v1.4-cs01: 5.1.9.2.1");

        /// <summary>The rule that a packet breaks whose work cannot be done.</summary>
        internal static Rule Of(OffloadFault fault)
        {
            switch(fault)
            {
                case OffloadFault.ChecksumOutsidePacket: return ChecksumOutsidePacket;
                case OffloadFault.SegmentsWithoutChecksum: return SegmentsWithoutChecksum;
                case OffloadFault.SegmentSizeTooSmall: return SegmentSizeTooSmall;
                default: return SegmentsOfOtherHeaders;
            }
        }
    }
}
