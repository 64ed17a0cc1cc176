// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What one transmit queue counts.

namespace VirtioNet.Net
{
    /// <summary>Each packet that the driver sends on the queue is counted once: in <see cref="Packets"/>, or as dropped for one reason.</summary>
    public sealed class TransmitCounters
    {
        /// <summary>Packets handed to the wire; one that is cut into frames counts once.</summary>
        public ulong Packets { get; internal set; }

        /// <summary>Frames that these packets become on the wire.</summary>
        public ulong Frames { get; internal set; }

        /// <summary>Bytes of those frames, without check sequence.</summary>
        public ulong Bytes { get; internal set; }

        /// <summary>Of the packets, those shorter than 60 bytes that were filled up with zeros (H-64).</summary>
        public ulong Padded { get; internal set; }

        /// <summary>
        /// Buffers that held no legal frame: too short for virtio-net header and Ethernet header, too long, or device-writable
        /// (H-14, H-60, H-63, H-64).
        /// </summary>
        public ulong DropMalformed { get; internal set; }

        /// <summary>Packets that ask for an offload that was not negotiated, or that cannot be done (H-65 to H-70).</summary>
        public ulong DropOffload { get; internal set; }

        /// <summary>Packets sent while the link was down or the queue closed.</summary>
        public ulong DropLinkDown { get; internal set; }

        /// <summary>All packets that were dropped.</summary>
        public ulong Drops => DropMalformed + DropOffload + DropLinkDown;

        /// <summary>Of the packets, those whose checksum the driver has left to the device.</summary>
        public ulong NeedsChecksum { get; internal set; }

        /// <summary>Of the packets, those that the driver has left to the device to be cut, whether or not that made more than one frame.</summary>
        public ulong LargePackets { get; internal set; }

        /// <summary>Bytes of those packets.</summary>
        public ulong LargeBytes { get; internal set; }

        /// <summary>Frames that they become.</summary>
        public ulong LargeFrames { get; internal set; }

        /// <summary>Bytes of those frames.</summary>
        public ulong LargeFrameBytes { get; internal set; }

        /// <summary>Of the large packets, those that become one frame.</summary>
        public ulong UncutPackets { get; internal set; }

        /// <summary>Bytes of those.</summary>
        public ulong UncutBytes { get; internal set; }
    }
}
