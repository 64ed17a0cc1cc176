#nullable enable
// What a front end can get wrong.

using VirtioNet.Reports;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>Rules for front ends, by what happens to those that break them.</summary>
    public static class FrontEndRules
    {
        /// <summary>A message breaks the protocol; the subject says which message, and how.</summary>
        public static readonly Rule Message = new Rule("the front end is disconnected", "vhost-user: Message Specification");

        /// <summary>Something was thrown while the front end was served; the subject says what.</summary>
        public static readonly Rule Defect = new Rule("the front end is disconnected because of a defect of the back end", "vhost-user: Communication");

        /// <summary>A socket is for one front end at a time.</summary>
        public static readonly Rule OneFrontEnd = new Rule("a second front end was turned away, because one is connected", "vhost-user: Communication");

        /// <summary>The configuration space of this device is not to be written.</summary>
        public static readonly Rule ReadOnlyConfiguration = new Rule("all fields of the configuration are read-only", "vhost-user: VHOST_USER_SET_CONFIG");
    }
}
