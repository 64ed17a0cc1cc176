// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Why a packet does not arrive.

namespace VirtioNet.Wire.Links
{
    /// <summary>Reasons, of links and of the network between them. Each has a counter.</summary>
    public enum DropReason : byte
    {
        /// <summary>It is not dropped.</summary>
        None = 0,
        /// <summary>The link is down.</summary>
        Down,
        /// <summary>The link's "mtu" is smaller.</summary>
        TooLong,
        /// <summary>The link's "loss" took it.</summary>
        Loss,
        /// <summary>The link holds as many packets or bytes as its "limit", or that of its "tbf", allows.</summary>
        QueueFull,
        /// <summary>The packet is longer than the bucket of the link's "tbf" can ever hold.</summary>
        OverBurst,
        /// <summary>The port does not belong to the packet's VLAN.</summary>
        Vlan,
        /// <summary>The port has sent more to everybody than its storm limit allows.</summary>
        Storm,
        /// <summary>The two ports are in different parts of a divided network.</summary>
        Partition,
        /// <summary>It is addressed to the port that it came from, or to nobody who is connected.</summary>
        NoPort,
        /// <summary>It is no packet that the network can forward: too short for addresses, or its offload cannot be done.</summary>
        Malformed,
        /// <summary>Whoever is connected to the port refused it.</summary>
        Refused,
    }
}
