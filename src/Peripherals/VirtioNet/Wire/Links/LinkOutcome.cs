// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What comes of a packet that a link was given.

using System;

namespace VirtioNet.Wire.Links
{
    /// <summary>What a link has done to a packet, besides that it takes time.</summary>
    [Flags]
    public enum LinkEvents : byte
    {
        /// <summary>Nothing.</summary>
        None = 0,
        /// <summary>It is a copy that "duplicate" has made.</summary>
        Duplicated = 1 << 0,
        /// <summary>"corrupt" has turned over one of its bits.</summary>
        Corrupted = 1 << 1,
        /// <summary>"reorder" has let it pass the packets that wait.</summary>
        Reordered = 1 << 2,
    }

    /// <summary>An arrival at the end of a link, or a drop on the way.</summary>
    public readonly struct LinkOutcome
    {
        /// <summary>An arrival, or with a reason a drop.</summary>
        public LinkOutcome(ulong entered, ulong time, Packet packet, LinkEvents events, DropReason drop)
        {
            Entered = entered;
            Time = time;
            Packet = packet;
            Events = events;
            Drop = drop;
        }

        /// <summary>When the link was given the packet, in nanoseconds of virtual time.</summary>
        public ulong Entered { get; }

        /// <summary>When it arrives, or is dropped, in nanoseconds of virtual time.</summary>
        public ulong Time { get; }

        /// <summary>The packet that arrives: the one that was sent, or a changed copy. Or the one that is dropped.</summary>
        public Packet Packet { get; }

        /// <summary>What has been done to it.</summary>
        public LinkEvents Events { get; }

        /// <summary>None for an arrival.</summary>
        public DropReason Drop { get; }
    }
}
