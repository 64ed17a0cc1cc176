// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The device configuration space of the network device. virtio v1.4-cs01: 5.1.4 "Device configuration layout".

using System;
using System.Buffers.Binary;

using VirtioNet.Net.Hashing;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>The fields as bytes, little-endian. NetDevice decides their values; here they are only laid out for the driver.</summary>
    internal sealed class NetConfig
    {
        /// <summary>
        /// The fields of a device with so many pairs of queues, which offers these features. max_virtqueue_pairs exists only with
        /// VIRTIO_NET_F_MQ or VIRTIO_NET_F_RSS, or if a vhost-user front end offers several pairs.
        /// </summary>
        public NetConfig(int queuePairs, FeatureSet offered)
        {
            hasSpeed = offered.Has(Feature.SpeedDuplex);
            var offersHashes = offered.Has(Feature.Rss) || offered.Has(Feature.HashReport);
            // Fields that do not exist are 0, and those at the end are not there at all, as in devices without them.
            bytes = new byte[offersHashes ? NetLayout.ConfigSizeWithHashes : hasSpeed ? NetLayout.ConfigSizeWithDuplex : NetLayout.ConfigSize];
            var offersMq = offered.Has(Feature.Mq) || offered.Has(Feature.Rss);
            Write(NetLayout.ConfigMaxVirtqueuePairs, offersMq || queuePairs > 1 ? (ushort)queuePairs : (ushort)0);
            if(offersHashes)
            {
                bytes[NetLayout.ConfigRssMaxKeySize] = ToeplitzHash.MaxKeySize;
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(NetLayout.ConfigSupportedHashTypes), (uint)HashTypes.All);
            }
            if(offered.Has(Feature.Rss))
            {
                Write(NetLayout.ConfigRssMaxTableLength, IndirectionTable.MaxLength);
            }
            if(offered.Has(Feature.HashTunnel))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(NetLayout.ConfigSupportedTunnelTypes), (uint)TunnelTypes.All);
            }
        }

        /// <summary>
        /// The index in <see cref="Bytes"/> of the byte that a big-endian legacy driver finds at an offset. It has the fields in its own
        /// byte order (NETL-01): the two bytes of each field of 16 bits change places. speed and what comes after it are not for legacy drivers.
        /// </summary>
        public static int BigEndianIndex(int offset)
        {
            return offset < NetLayout.ConfigStatus || offset >= NetLayout.ConfigSpeed ? offset : offset ^ 1;
        }

        /// <summary>Shows the MAC address.</summary>
        public void Show(MacAddress mac)
        {
            mac.Write(bytes.AsSpan(NetLayout.ConfigMac));
        }

        /// <summary>Shows the state of the link, and whether the driver shall announce itself.</summary>
        public void ShowStatus(bool linkUp, bool shallAnnounce)
        {
            var status = (linkUp ? NetLayout.StatusLinkUp : 0) | (shallAnnounce ? NetLayout.StatusAnnounce : 0);
            Write(NetLayout.ConfigStatus, (ushort)status);
        }

        /// <summary>Shows the MTU, 68..65535 bytes.</summary>
        public void ShowMtu(int mtu)
        {
            Write(NetLayout.ConfigMtu, (ushort)mtu);
        }

        /// <summary>Shows speed and duplex, if these fields exist.</summary>
        public void ShowSpeed(uint speed, byte duplex)
        {
            if(hasSpeed)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(NetLayout.ConfigSpeed), speed);
                bytes[NetLayout.ConfigDuplex] = duplex;
            }
        }

        /// <summary>All fields.</summary>
        public ReadOnlySpan<byte> Bytes => bytes;

        private void Write(int offset, ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);
        }

        private readonly byte[] bytes;
        private readonly bool hasSpeed;
    }
}
