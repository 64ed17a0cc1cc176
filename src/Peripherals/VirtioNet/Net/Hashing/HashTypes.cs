// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Over which packets a hash is computed, and what is said of it. virtio v1.4-cs01: 5.1.9.4.3 "Hash calculation for incoming packets",
// 5.1.9.4.5 "Hash reporting for incoming packets".

using System;

namespace VirtioNet.Net.Hashing
{
    /// <summary>VIRTIO_NET_HASH_TYPE_*: what a hash may be computed over.</summary>
    [Flags]
    public enum HashTypes : uint
    {
        /// <summary>No hash is computed.</summary>
        None = 0,
        /// <summary>IPv4: both addresses.</summary>
        Ipv4 = 1 << 0,
        /// <summary>TCP over IPv4: both addresses and ports.</summary>
        Tcp4 = 1 << 1,
        /// <summary>UDP over IPv4: both addresses and ports.</summary>
        Udp4 = 1 << 2,
        /// <summary>IPv6: both addresses.</summary>
        Ipv6 = 1 << 3,
        /// <summary>TCP over IPv6: both addresses and ports.</summary>
        Tcp6 = 1 << 4,
        /// <summary>UDP over IPv6: both addresses and ports.</summary>
        Udp6 = 1 << 5,
        /// <summary>IPv6 with extension headers: both addresses, those of a mobile node where the extensions have them.</summary>
        Ipv6Extended = 1 << 6,
        /// <summary>TCP over IPv6 with extension headers: the same addresses, and both ports.</summary>
        Tcp6Extended = 1 << 7,
        /// <summary>UDP over IPv6 with extension headers: the same addresses, and both ports.</summary>
        Udp6Extended = 1 << 8,
        /// <summary>All types that there are.</summary>
        All = (1 << 9) - 1,
    }

    /// <summary>VIRTIO_NET_HASH_TUNNEL_TYPE_*: of which packets that carry another packet the inner one is hashed.</summary>
    [Flags]
    public enum TunnelTypes : uint
    {
        /// <summary>Always the outer packet.</summary>
        None = 0,
        /// <summary>GRE as in RFC 2784: an IPv4 packet or another, without key and sequence number.</summary>
        Gre2784 = 1 << 0,
        /// <summary>GRE with a key or a sequence number, RFC 2890.</summary>
        Gre2890 = 1 << 1,
        /// <summary>GRE that carries IPv6, or that IPv6 carries, RFC 7676.</summary>
        Gre7676 = 1 << 2,
        /// <summary>GRE in UDP, RFC 8086.</summary>
        GreInUdp = 1 << 3,
        /// <summary>VXLAN, RFC 7348.</summary>
        Vxlan = 1 << 4,
        /// <summary>VXLAN with a protocol of its own, draft-ietf-nvo3-vxlan-gpe.</summary>
        VxlanGpe = 1 << 5,
        /// <summary>Geneve, RFC 8926.</summary>
        Geneve = 1 << 6,
        /// <summary>IPv4 in IPv4, RFC 2003.</summary>
        Ipip = 1 << 7,
        /// <summary>NVGRE, RFC 7637.</summary>
        Nvgre = 1 << 8,
        /// <summary>All types that there are.</summary>
        All = (1 << 9) - 1,
    }
}
