// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What goes wrong between a TAP port and the host.

using VirtioNet.Reports;

namespace VirtioNet.Outside.Tap
{
    /// <summary>Rules for the host's side of a TAP interface.</summary>
    public static class TapRules
    {
        /// <summary>The kernel takes no frames then.</summary>
        public static readonly Rule InterfaceDown = new Rule("the host's interface is down; ip link set ... up", Source);

        /// <summary>The subject names it. It is opened again when it is there again.</summary>
        public static readonly Rule InterfaceGone = new Rule("the host's interface was taken away, and is waited for", Source);

        /// <summary>Length of the packet, and the number of the error; the subject says what it is.</summary>
        public static readonly Rule SentRefused = new Rule("the host's kernel has refused a packet", Source);

        /// <summary>The header in front of a packet and the packet's own have to fit.</summary>
        public static readonly Rule ReceivedBroken = new Rule("the host's kernel has left work of a packet that its headers do not allow", Source);

        private const string Source = "Linux: Documentation/networking/tuntap.rst";
    }
}
