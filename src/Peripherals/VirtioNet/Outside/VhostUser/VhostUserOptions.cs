// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The options of a vhost-user back end.

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Options that are chosen when a back end is made.</summary>
    public sealed class VhostUserOptions
    {
        /// <summary>A back end that listens at this path.</summary>
        public VhostUserOptions(string path)
        {
            Path = path;
        }

        /// <summary>Where the socket is: 1 to 107 bytes.</summary>
        public string Path { get; }

        /// <summary>
        /// True if front ends may show the device's own configuration to the guest: MAC address and link. QEMU's vhost-user net
        /// shows its own, and warns if another one is offered.
        /// </summary>
        public bool OffersConfiguration { get; init; }
    }
}
