// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a capture tells of a packet besides its bytes. IETF draft-ietf-opsawg-pcapng: 4.3.1 "Enhanced Packet Block Flags Word".

using System;

namespace VirtioNet.Wire.Captures
{
    /// <summary>The flags that are used here.</summary>
    [Flags]
    public enum PacketTraits
    {
        /// <summary>Nothing.</summary>
        None = 0,
        /// <summary>From the device into the network.</summary>
        Inbound = 1,
        /// <summary>From the network to the device.</summary>
        Outbound = 2,
        /// <summary>To one address.</summary>
        Unicast = 1 << 2,
        /// <summary>To a group of addresses.</summary>
        Multicast = 2 << 2,
        /// <summary>To everybody.</summary>
        Broadcast = 3 << 2,
        /// <summary>A checksum has to be completed.</summary>
        ChecksumNotReady = 1 << 9,
        /// <summary>Nobody has to check the checksum.</summary>
        ChecksumValid = 1 << 10,
        /// <summary>TCP that is to be cut into segments.</summary>
        Segmented = 1 << 11,
    }
}
