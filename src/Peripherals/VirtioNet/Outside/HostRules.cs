// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What goes wrong in a port, or between it and the host system, without misuse by anybody. It is reported in the same way as broken
// rules, because the rate of both has to be limited.

using VirtioNet.Reports;

namespace VirtioNet.Outside
{
    /// <summary>What the system refuses a port, and what goes wrong in the port itself.</summary>
    public static class HostRules
    {
        /// <summary>A defect of the port or of what it is connected to; the subject says what was thrown.</summary>
        public static readonly Rule Defect = new Rule("a defect, please report it; the connection was ended because of it", "docs/conformance/hazards.md: H-113");

        /// <summary>The file of a socket could not be removed; the subject names it, and says why.</summary>
        public static readonly Rule SocketLeft = new Rule("the socket's file is left over; remove it by hand", "unix(7)");
    }
}
