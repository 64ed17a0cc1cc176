// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Why the work that a packet asks for cannot be done.

namespace VirtioNet.Wire
{
    /// <summary>What <see cref="SoftwareOffload.Check"/> finds.</summary>
    public enum OffloadFault
    {
        /// <summary>Nothing: the packet can be finished.</summary>
        None,
        /// <summary>The bytes to sum or the place of the checksum are not after the Ethernet header and inside the packet.</summary>
        ChecksumOutsidePacket,
        /// <summary>A packet to be cut has to have its checksums completed, too, and this one does not ask for it.</summary>
        SegmentsWithoutChecksum,
        /// <summary>The packet's headers are not those of the segmentation that it asks for, or their length fields are wrong.</summary>
        OtherHeaders,
        /// <summary>The segment size is 0, or so small that the packet would become too many frames.</summary>
        SegmentSizeTooSmall,
        /// <summary>A segment, or the datagram to be cut into fragments, is longer than IP allows.</summary>
        LongerThanIpAllows,
    }
}
