// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// gso_type of struct virtio_net_hdr, in packets that are sent and received, and on TAP interfaces. virtio v1.4-cs01: 5.1.9.

using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>The field's values, and the types of segmentation that they stand for.</summary>
    public static class GsoType
    {
        /// <summary>
        /// The types as a set. Where one gso_type is for both IP versions, both are in the set, and SoftwareOffload.Check later leaves the one
        /// that the packet's headers have. False for a value that the specification does not define.
        /// </summary>
        public static bool TryRead(byte gsoType, out Segmentation types)
        {
            var tunnel = gsoType & Tunnels;
            if(tunnel == 0)
            {
                return TryReadType(gsoType, out types);
            }
            // The one bit is for a packet of IPv4 that is carried, the other for one of IPv6, which the type itself may tell, too.
            var carried = tunnel == NetLayout.GsoUdpTunnel4 ? Segmentation.Tso4 | Segmentation.Uso4
                : tunnel == NetLayout.GsoUdpTunnel6 ? Segmentation.Tso6 | Segmentation.Uso6 : Segmentation.None;
            var isRead = TryReadType((byte)(gsoType & ~Tunnels), out types) && (types & carried) != Segmentation.None;
            types = isRead ? (types & (carried | Segmentation.Ecn)) | Segmentation.UdpTunnel : Segmentation.None;
            return isRead;
        }

        /// <summary>The value for a checked packet, whose one type it is, for TCP perhaps with ECN, and perhaps in a tunnel.</summary>
        public static byte Of(Segmentation segmentation)
        {
            var type = TypeOf(segmentation & ~(Segmentation.UdpTunnel | Segmentation.UdpTunnelChecksum));
            if((segmentation & Segmentation.UdpTunnel) == 0)
            {
                return type;
            }
            return (byte)(type | ((segmentation & (Segmentation.Tso4 | Segmentation.Uso4)) != 0 ? NetLayout.GsoUdpTunnel4 : NetLayout.GsoUdpTunnel6));
        }

        private static bool TryReadType(int gsoType, out Segmentation types)
        {
            switch(gsoType)
            {
                case NetLayout.GsoNone: types = Segmentation.None; return true;
                case NetLayout.GsoTcp4: types = Segmentation.Tso4; return true;
                case NetLayout.GsoTcp6: types = Segmentation.Tso6; return true;
                case NetLayout.GsoTcp4 | NetLayout.GsoEcn: types = Segmentation.Tso4 | Segmentation.Ecn; return true;
                case NetLayout.GsoTcp6 | NetLayout.GsoEcn: types = Segmentation.Tso6 | Segmentation.Ecn; return true;
                case NetLayout.GsoUdp: types = Segmentation.Ufo4 | Segmentation.Ufo6; return true;
                case NetLayout.GsoUdpL4: types = Segmentation.Uso4 | Segmentation.Uso6; return true;
                default: types = Segmentation.None; return false;
            }
        }

        private static byte TypeOf(Segmentation segmentation)
        {
            switch(segmentation)
            {
                case Segmentation.None: return NetLayout.GsoNone;
                case Segmentation.Tso4: return NetLayout.GsoTcp4;
                case Segmentation.Tso6: return NetLayout.GsoTcp6;
                case Segmentation.Tso4 | Segmentation.Ecn: return NetLayout.GsoTcp4 | NetLayout.GsoEcn;
                case Segmentation.Tso6 | Segmentation.Ecn: return NetLayout.GsoTcp6 | NetLayout.GsoEcn;
                case Segmentation.Uso4: case Segmentation.Uso6: return NetLayout.GsoUdpL4;
                default: return NetLayout.GsoUdp;
            }
        }

        private const byte Tunnels = NetLayout.GsoUdpTunnel4 | NetLayout.GsoUdpTunnel6;
    }
}
