#nullable enable
// What a front end got wrong. vhost-user: "If back-end detects some error ... it may also close the connection".

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>The rule that a message breaks. It ends the connection.</summary>
    internal sealed class ProtocolError
    {
        /// <summary>Names the rule by a constant sentence, the place, and the offending value.</summary>
        public ProtocolError(string rule, ulong where = 0, ulong value = 0)
        {
            Rule = rule;
            Where = where;
            Value = value;
        }

        /// <summary>The rule.</summary>
        public string Rule { get; }

        /// <summary>Index of the ring, or address, or 0.</summary>
        public ulong Where { get; }

        /// <summary>The offending value.</summary>
        public ulong Value { get; }
    }
}
