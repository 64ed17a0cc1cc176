// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which frames a driver wants, besides what its tables say. virtio v1.4-cs01: 5.1.9.5.1 "Packet Receive Filtering".

using System;

namespace VirtioNet.Net.Control
{
    /// <summary>The receive modes. Each is bit n for the command n of the class VIRTIO_NET_CTRL_RX.</summary>
    [Flags]
    internal enum ReceiveModes
    {
        /// <summary>Only frames that the tables name.</summary>
        None = 0,
        /// <summary>PROMISC: every frame, whatever else is set.</summary>
        Promiscuous = 1,
        /// <summary>ALLMULTI: every multicast frame.</summary>
        AllMulticast = 2,
        /// <summary>ALLUNI: every unicast frame.</summary>
        AllUnicast = 4,
        /// <summary>NOMULTI: no multicast frame. This does not concern broadcast.</summary>
        NoMulticast = 8,
        /// <summary>NOUNI: no unicast frame.</summary>
        NoUnicast = 16,
        /// <summary>NOBCAST: no broadcast frame.</summary>
        NoBroadcast = 32,
    }
}
