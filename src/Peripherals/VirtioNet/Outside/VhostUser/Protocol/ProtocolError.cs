// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a front end got wrong. vhost-user, "Communication", lets a back end close the connection because of it.

using VirtioNet.Reports;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>The rule that a message breaks. It ends the connection.</summary>
    internal sealed class ProtocolError
    {
        /// <summary>Takes the rule and the two numbers that go with it.</summary>
        public ProtocolError(Rule rule, ulong where = 0, ulong value = 0)
        {
            Rule = rule;
            Where = where;
            Value = value;
        }

        /// <summary>The rule.</summary>
        public Rule Rule { get; }

        /// <summary>Index of the ring, an address, or what is allowed; 0 where there is none.</summary>
        public ulong Where { get; }

        /// <summary>The offending value.</summary>
        public ulong Value { get; }
    }
}
