// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where the core tells what a guest or a peer got wrong.

namespace VirtioNet.Reports
{
    /// <summary>
    /// Receives what the other side did wrong. A guest can cause a report with every store that it makes, and a peer with
    /// every frame that it sends, millions of times a second. So the caller formats nothing, and the receiver limits the rate, rule by rule.
    /// </summary>
    public interface IReports
    {
        /// <summary>
        /// The other side has broken a rule, and what it did had no effect. <paramref name="where"/> and
        /// <paramref name="value"/> are the numbers concerned, such as a register's offset and what was written.
        /// <paramref name="subject"/> names what the rule was broken by, if the rule alone does not say it.
        /// </summary>
        void Misuse(Rule rule, ulong where, ulong value, string subject = "");

        /// <summary>
        /// A frame does not reach the driver or the wire, for a reason that its counter cannot tell. <paramref name="length"/> is
        /// that of the frame in bytes, <paramref name="etherType"/> the type field after its addresses or 0 if it is not
        /// known, <paramref name="limit"/> the number that it breaks, in bytes unless the rule says otherwise, or 0.
        /// </summary>
        void FrameDropped(Rule rule, int length, ushort etherType, int limit);

        /// <summary>
        /// The device has set DEVICE_NEEDS_RESET and does nothing more until the driver resets it. Called once until then.
        /// </summary>
        void Parked(string reason);
    }
}
