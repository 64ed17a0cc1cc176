// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Extensions of vhost-user that both sides have to agree on: "Protocol features".

using System;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>VHOST_USER_PROTOCOL_F_*, as a set.</summary>
    [Flags]
    internal enum ProtocolFeatures : ulong
    {
        /// <summary>None.</summary>
        None = 0,
        /// <summary>VHOST_USER_PROTOCOL_F_MQ: the front end can ask how many queues there are.</summary>
        Mq = 1 << 0,
        /// <summary>VHOST_USER_PROTOCOL_F_REPLY_ACK: any request can ask for a reply.</summary>
        ReplyAck = 1 << 3,
        /// <summary>VHOST_USER_PROTOCOL_F_NET_MTU: the front end sets the MTU.</summary>
        NetMtu = 1 << 4,
        /// <summary>VHOST_USER_PROTOCOL_F_CONFIG: the front end shows the back end's configuration to the guest.</summary>
        Config = 1 << 9,
        /// <summary>VHOST_USER_PROTOCOL_F_RESET_DEVICE: the front end can reset the device.</summary>
        ResetDevice = 1 << 13,
        /// <summary>VHOST_USER_PROTOCOL_F_STATUS: the front end passes device_status on.</summary>
        Status = 1 << 16,
    }
}
