// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What goes wrong between any port and its partner outside.

using VirtioNet.Reports;

namespace VirtioNet.Outside
{
    /// <summary>Rules for frames from and to a partner.</summary>
    public static class PartnerRules
    {
        /// <summary>A frame has at least an Ethernet header.</summary>
        public static readonly Rule ReceivedTooShort = new Rule("a frame from a partner is shorter than an Ethernet header; look at what sends it", "IEEE 802.3: 3.2");

        /// <summary>A frame is as long as a datagram of IP at most.</summary>
        public static readonly Rule ReceivedTooLong = new Rule("a frame from a partner is longer than any; look at what sends it", "docs/outside.md");

        /// <summary>A partner has to take its frames.</summary>
        public static readonly Rule QueueFull = new Rule("frames come faster than the partner takes them, and as many wait as there is room for", "docs/outside.md");
    }
}
