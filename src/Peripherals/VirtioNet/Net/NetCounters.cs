#nullable enable
// What the device counts. Every frame that comes in is delivered, waiting or counted as dropped (I8).

namespace VirtioNet.Net
{
    /// <summary>Counters since the device was made; a reset by the driver does not clear them.</summary>
    public sealed class NetCounters
    {
        /// <summary>Frames sent by the driver and handed to the wire.</summary>
        public ulong TxFrames { get; internal set; }

        /// <summary>Bytes of those frames, as on the wire without check sequence.</summary>
        public ulong TxBytes { get; internal set; }

        /// <summary>Frames shorter than 60 bytes that were filled up with zeros (H-64).</summary>
        public ulong TxPadded { get; internal set; }

        /// <summary>Buffers that held no legal frame: no room for header and Ethernet header, too long, device-writable (H-14, H-60, H-63, H-64).</summary>
        public ulong TxDropMalformed { get; internal set; }

        /// <summary>Frames that ask for an offload that was not negotiated, or that cannot be done (H-65 to H-70).</summary>
        public ulong TxDropOffload { get; internal set; }

        /// <summary>Of the frames handed to the wire, those that it would not carry: the emulator's network could not parse them.</summary>
        public ulong TxDropRefused { get; internal set; }

        /// <summary>Frames taken off the wire and put into the driver's buffers.</summary>
        public ulong RxFrames { get; internal set; }

        /// <summary>Bytes of those frames.</summary>
        public ulong RxBytes { get; internal set; }

        /// <summary>Frames that came while the driver was not running, or that it left behind by a reset.</summary>
        public ulong RxDropNotReady { get; internal set; }

        /// <summary>Frames that came while the backlog was full (H-80).</summary>
        public ulong RxDropOverruns { get; internal set; }

        /// <summary>Frames shorter than an Ethernet header (H-84).</summary>
        public ulong RxDropRunt { get; internal set; }

        /// <summary>Frames longer than the MTU allows (H-83, H-85).</summary>
        public ulong RxDropTooLong { get; internal set; }

        /// <summary>Frames that did not fit the driver's buffer (H-81).</summary>
        public ulong RxDropTooBig { get; internal set; }

        /// <summary>Frames that came while the link was down, or their queue closed.</summary>
        public ulong RxDropLinkDown { get; internal set; }

        /// <summary>Frames sent while the link was down, or their queue closed.</summary>
        public ulong TxDropLinkDown { get; internal set; }
    }
}
