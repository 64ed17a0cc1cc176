// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The interface through which the core reports what a guest's driver or a peer on the network did wrong. Whoever embeds the
// core implements it, for example by a log.

namespace VirtioNet.Reports
{
    /// <summary>
    /// Receives what the other side did wrong. A guest can cause a report with every store that it makes, and a peer with
    /// every frame that it sends, millions of times a second. So the caller formats no text, and the receiver limits how often
    /// it shows each rule.
    /// </summary>
    public interface IReports
    {
        /// <summary>
        /// The other side has broken a rule, and what it did had no effect. <paramref name="where"/> and
        /// <paramref name="value"/> are the numbers concerned, such as a register's offset and what was written.
        /// <paramref name="subject"/> names what the report is about, such as a request or a file, if the rule does not say it.
        /// </summary>
        void Misuse(Rule rule, ulong where, ulong value, string subject = "");

        /// <summary>
        /// A frame does not reach the driver or the wire, for a reason that its counter cannot tell. <paramref name="length"/> is
        /// that of the frame in bytes, <paramref name="etherType"/> the type field after its addresses or 0 if it is not
        /// known, <paramref name="limit"/> the limit that it exceeds, in bytes unless the rule says otherwise, or 0.
        /// </summary>
        void FrameDropped(Rule rule, int length, ushort etherType, int limit);

        /// <summary>
        /// The device has set DEVICE_NEEDS_RESET and does nothing more until the driver resets it. Called once until then.
        /// </summary>
        void Parked(string reason);
    }
}
