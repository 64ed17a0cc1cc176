#nullable enable
// The network device: configuration, features, and the two paths of a frame.
// virtio v1.4-cs01: 5.1 "Network Device".

using System;
using System.Buffers.Binary;

using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Transport;

namespace VirtioNet.Net
{
    /// <summary>A virtio-net device with one pair of queues, behind any transport.</summary>
    public sealed class NetDevice : IVirtioDevice
    {
        /// <summary>
        /// Makes a device with link up. The MAC address has 6 bytes; <paramref name="mtu"/> is 68..65535 bytes;
        /// <paramref name="queueSize"/> is the most descriptors of a queue, 1..32768, where <paramref name="rxQueueSize"/>
        /// or <paramref name="txQueueSize"/> do not set it apart; <paramref name="features"/> changes what is offered, such as "+RING_PACKED -EVENT_IDX". Throws
        /// ArgumentException otherwise (H-122).
        /// </summary>
        public NetDevice(ReadOnlySpan<byte> mac, int mtu, int queueSize, IFrameSink sink, int rxQueueSize = 0, int txQueueSize = 0, string features = "")
        {
            if(mac.Length != NetLayout.MacSize)
            {
                throw new ArgumentException("a MAC address has six bytes", nameof(mac));
            }
            if(mtu < NetLayout.MinMtu || mtu > NetLayout.MaxMtu)
            {
                throw new ArgumentException($"mtu is {mtu}; it must be {NetLayout.MinMtu} to {NetLayout.MaxMtu} bytes", nameof(mtu));
            }
            queueSizes[NetLayout.ReceiveQueue] = CheckSize(rxQueueSize, nameof(rxQueueSize), queueSize);
            queueSizes[NetLayout.TransmitQueue] = CheckSize(txQueueSize, nameof(txQueueSize), queueSize);
            Offered = FeatureSelection.Change(Default, Supported, features);
            if(FeatureDependencies.TryFindBroken(Offered, out var feature, out var needed))
            {
                throw new ArgumentException($"features: {FeatureSelection.NameOf(feature)} needs {needed}", nameof(features));
            }
            this.sink = sink;
            this.mtu = mtu;
            this.mac = mac.ToArray();
            mac.CopyTo(config.AsSpan(NetLayout.ConfigMac));
            WriteConfig(NetLayout.ConfigStatus, NetLayout.StatusLinkUp);
            WriteConfig(NetLayout.ConfigMtu, (ushort)mtu);
        }

        /// <inheritdoc/>
        public void Attach(VirtioTransport transport)
        {
            this.transport = transport;
            transmit = new TransmitPath(transport, this, sink);
            receive = new ReceivePath(transport, this);
        }

        /// <summary>A frame arrives from the wire, without check sequence. The array is the device's from then on.</summary>
        public void Receive(byte[] frame)
        {
            receive!.Receive(frame);
        }

        /// <inheritdoc/>
        public bool CanRunWith(FeatureSet features)
        {
            return !FeatureDependencies.TryFindBroken(features, out _, out _);
        }

        /// <inheritdoc/>
        public void Start(FeatureSet features)
        {
            Features = features;
            MergeableBuffers = features.Has(Feature.MrgRxbuf);
            mtuNegotiated = features.Has(Feature.Mtu);
            // NETL-04.
            HeaderSize = transport!.IsLegacy && !MergeableBuffers ? NetLayout.LegacyHeaderSize : NetLayout.HeaderSize;
            BigEndian = transport.UsesBigEndian;
        }

        /// <inheritdoc/>
        public void Notified(Virtqueue queue)
        {
            if(queue.Index == NetLayout.TransmitQueue)
            {
                transmit!.Drain(queue);
            }
            else
            {
                receive!.Drain(queue);
            }
        }

        /// <inheritdoc/>
        public void Reset()
        {
            receive!.Reset();
            mac.CopyTo(config, NetLayout.ConfigMac);
            // Until features come, those of a legacy driver that uses a queue at once: none.
            Start(new FeatureSet());
        }

        /// <inheritdoc/>
        public void QueueStopped(int queue)
        {
            if(queue == NetLayout.ReceiveQueue)
            {
                // H-49: what waits for its buffers waits for nothing.
                receive!.Reset();
            }
        }

        /// <inheritdoc/>
        public bool TryWriteConfig(int offset, byte value)
        {
            // NETL-02; NETL-06 lets each byte count at once.
            if(offset >= NetLayout.ConfigMac + NetLayout.MacSize)
            {
                return false;
            }
            config[offset] = value;
            return true;
        }

        /// <inheritdoc/>
        public int BigEndianConfigIndex(int offset)
        {
            // NETL-01: behind the MAC address all fields have 16 bits.
            return offset < NetLayout.ConfigStatus ? offset : offset ^ 1;
        }

        /// <summary>Changes the MAC address, six bytes, and tells the driver that its configuration has changed.</summary>
        public void SetMac(ReadOnlySpan<byte> mac)
        {
            mac.CopyTo(this.mac);
            mac.CopyTo(config.AsSpan(NetLayout.ConfigMac, NetLayout.MacSize));
            transport!.ConfigChanged();
        }

        /// <summary>Longest frame that may be delivered: with MTU negotiated, mtu and header (NET-06), tag apart.</summary>
        public int MaxReceiveLength(ReadOnlySpan<byte> frame)
        {
            if(!mtuNegotiated)
            {
                return NetLayout.MaxFrameSize;
            }
            var type = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(NetLayout.EthernetHeaderSize - sizeof(ushort)));
            var tag = type == NetLayout.VlanTagType || type == NetLayout.ServiceTagType ? NetLayout.VlanTagSize : 0;
            return mtu + NetLayout.EthernetHeaderSize + tag;
        }

        /// <summary>The link: down, frames are dropped in both directions. A change is told to the driver (NET-17).</summary>
        public bool LinkUp
        {
            get => linkUp;
            set
            {
                if(value != linkUp)
                {
                    linkUp = value;
                    WriteConfig(NetLayout.ConfigStatus, value ? NetLayout.StatusLinkUp : (ushort)0);
                    transport!.ConfigChanged();
                }
            }
        }

        /// <summary>The features in force.</summary>
        public FeatureSet Features { get; private set; }

        /// <summary>True if VIRTIO_NET_F_MRG_RXBUF was negotiated.</summary>
        public bool MergeableBuffers { get; private set; }

        /// <summary>Size of struct virtio_net_hdr as negotiated: 12 bytes, or 10 for a legacy driver without MRG_RXBUF.</summary>
        public int HeaderSize { get; private set; } = NetLayout.HeaderSize;

        /// <summary>True if the fields of the header are big-endian: those of a legacy driver on such a guest (NETL-03).</summary>
        public bool BigEndian { get; private set; }

        /// <summary>What the device has counted.</summary>
        public NetCounters Counters { get; } = new NetCounters();

        /// <summary>The MAC address, six bytes; a legacy driver may have set it until the next reset.</summary>
        public ReadOnlySpan<byte> Mac => config.AsSpan(NetLayout.ConfigMac, NetLayout.MacSize);

        /// <inheritdoc/>
        public ushort DeviceType => NetLayout.DeviceType;

        /// <inheritdoc/>
        public uint PciClass => NetLayout.PciClassEthernet;

        /// <inheritdoc/>
        public FeatureSet Offered { get; }

        /// <inheritdoc/>
        public FeatureSet OfferedToLegacy => Offered.Has(Feature.Csum) ? new FeatureSet().With(Feature.Gso) : new FeatureSet();

        /// <inheritdoc/>
        public int QueueCount => NetLayout.QueueCount;

        /// <inheritdoc/>
        public ushort MaxQueueSize(int queue)
        {
            return queueSizes[queue];
        }

        /// <inheritdoc/>
        public ReadOnlySpan<byte> Config => config;

        private static ushort CheckSize(int size, string name, int queueSize)
        {
            if(size == 0)
            {
                size = queueSize;
                name = nameof(queueSize);
            }
            return size >= 1 && size <= RingLayout.MaxQueueSize
                ? (ushort)size
                : throw new ArgumentException($"{name} is {size}; it must be 1 to {RingLayout.MaxQueueSize} descriptors", name);
        }

        private void WriteConfig(int offset, ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(config.AsSpan(offset), value);
        }

        private VirtioTransport? transport;
        private TransmitPath? transmit;
        private ReceivePath? receive;
        private bool mtuNegotiated;
        private bool linkUp = true;

        private readonly IFrameSink sink;
        private readonly int mtu;
        private readonly byte[] mac;
        private readonly ushort[] queueSizes = new ushort[NetLayout.QueueCount];
        private readonly byte[] config = new byte[NetLayout.ConfigSize];

        private static readonly FeatureSet Default = new FeatureSet()
            .With(Feature.Csum)
            .With(Feature.HostTso4)
            .With(Feature.HostTso6)
            .With(Feature.HostEcn)
            .With(Feature.HostUfo)
            .With(Feature.HostUso)
            .With(Feature.Mac)
            .With(Feature.Status)
            .With(Feature.Mtu)
            .With(Feature.MrgRxbuf)
            .With(Feature.IndirectDesc)
            .With(Feature.EventIdx)
            .With(Feature.RingReset);

        // Those that drivers seldom know, or whose absence is what a test usually wants, have to be asked for.
        private static readonly FeatureSet Supported = Default
            .With(Feature.AccessPlatform)
            .With(Feature.RingPacked)
            .With(Feature.InOrder)
            .With(Feature.OrderPlatform)
            .With(Feature.NotificationData)
            .With(Feature.NotifConfigData);
    }
}
