// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Into what a large packet can be cut. The names are those of Linux's ethtool and of virtio v1.4-cs01: 5.1.3 (HOST_TSO4
// and others).

using System;

namespace VirtioNet.Wire
{
    /// <summary>
    /// A type of segmentation, or a set of them: what a packet asks for is one type, what a port takes is a set.
    /// </summary>
    [Flags]
    public enum Segmentation : ushort
    {
        /// <summary>The packet is one frame.</summary>
        None = 0,
        /// <summary>TCP over IPv4, into segments.</summary>
        Tso4 = 1 << 0,
        /// <summary>TCP over IPv6, into segments.</summary>
        Tso6 = 1 << 1,
        /// <summary>UDP over IPv4, into datagrams.</summary>
        Uso4 = 1 << 2,
        /// <summary>UDP over IPv6, into datagrams.</summary>
        Uso6 = 1 << 3,
        /// <summary>A UDP datagram over IPv4, into IP fragments.</summary>
        Ufo4 = 1 << 4,
        /// <summary>A UDP datagram over IPv6, into IP fragments.</summary>
        Ufo6 = 1 << 5,
        /// <summary>Besides Tso4 or Tso6: the packet has TCP's CWR flag, which belongs to its first segment only.</summary>
        Ecn = 1 << 6,
        /// <summary>Besides one of TCP or a datagram's: the packet is carried by UDP, such as VXLAN's or Geneve's, and each segment is, too.</summary>
        UdpTunnel = 1 << 7,
        /// <summary>Besides UdpTunnel: the checksum of the UDP that carries is to be completed. Without it that stays as it is, mostly 0.</summary>
        UdpTunnelChecksum = 1 << 8,
    }
}
