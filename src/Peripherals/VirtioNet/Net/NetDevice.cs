#nullable enable
// The network device: configuration, features, and the two paths of a frame.
// virtio v1.4-cs01: 5.1 "Network Device".

using System;
using System.Buffers.Binary;

using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Net
{
    /// <summary>A virtio-net device with one or more pairs of queues, behind any transport.</summary>
    public sealed class NetDevice : IVirtioDevice
    {
        /// <summary>
        /// Makes a device with link up. The MAC address has 6 bytes; <paramref name="mtu"/> is 68..65535 bytes;
        /// <paramref name="queueSize"/> is the most descriptors of a queue, 1..32768, where <paramref name="rxQueueSize"/>
        /// or <paramref name="txQueueSize"/> do not set it apart; <paramref name="features"/> changes what is offered, such as "+RING_PACKED -EVENT_IDX";
        /// <paramref name="queuePairs"/> is 1..128, more than 1 only where somebody else has a control queue for them. Throws
        /// ArgumentException otherwise (H-122).
        /// </summary>
        public NetDevice(ReadOnlySpan<byte> mac, int mtu, int queueSize, IFrameSink sink, int rxQueueSize = 0, int txQueueSize = 0, string features = "", int queuePairs = 1)
        {
            if(mac.Length != NetLayout.MacSize)
            {
                throw new ArgumentException("a MAC address has six bytes", nameof(mac));
            }
            if(!IsMtuAllowed(mtu))
            {
                throw new ArgumentException($"mtu is {mtu}; it must be {NetLayout.MinMtu} to {NetLayout.MaxMtu} bytes", nameof(mtu));
            }
            if(queuePairs < 1 || queuePairs > MaxQueuePairs)
            {
                throw new ArgumentException($"queuePairs is {queuePairs}; it must be 1 to {MaxQueuePairs}", nameof(queuePairs));
            }
            queueSizes[NetLayout.ReceiveQueue] = CheckSize(rxQueueSize, nameof(rxQueueSize), queueSize);
            queueSizes[NetLayout.TransmitQueue] = CheckSize(txQueueSize, nameof(txQueueSize), queueSize);
            Offered = FeatureSelection.Change(NetFeatures.Default, NetFeatures.Supported, features);
            if(FeatureDependencies.TryFindBroken(Offered, out var feature, out var needed))
            {
                throw new ArgumentException($"features: {FeatureSelection.NameOf(feature)} needs {needed}", nameof(features));
            }
            this.sink = sink;
            this.mac = mac.ToArray();
            transmit = new TransmitPath[queuePairs];
            receive = new ReceivePath[queuePairs];
            closed = new bool[QueueCount];
            steering = queuePairs > 1 ? new FlowSteering() : null;
            mac.CopyTo(config.AsSpan(NetLayout.ConfigMac));
            WriteConfig(NetLayout.ConfigStatus, NetLayout.StatusLinkUp);
            WriteConfig(NetLayout.ConfigMaxVirtqueuePairs, queuePairs > 1 ? (ushort)queuePairs : (ushort)0);
            WriteConfig(NetLayout.ConfigMtu, (ushort)mtu);
        }

        /// <summary>True for an MTU that may be offered (5.1.4.1).</summary>
        public static bool IsMtuAllowed(long mtu)
        {
            return mtu >= NetLayout.MinMtu && mtu <= NetLayout.MaxMtu;
        }

        /// <inheritdoc/>
        public void Attach(VirtioTransport transport)
        {
            this.transport = transport;
            for(var pair = 0; pair < receive.Length; pair++)
            {
                transmit[pair] = new TransmitPath(transport, this, sink, NetLayout.QueuesPerPair * pair + NetLayout.TransmitQueue);
                receive[pair] = new ReceivePath(transport, this, NetLayout.QueuesPerPair * pair + NetLayout.ReceiveQueue);
            }
        }

        /// <summary>A frame arrives from the wire, without check sequence. The array is the device's from then on.</summary>
        public void Receive(byte[] frame)
        {
            receive[steering == null ? 0 : ChoosePair(frame)].Receive(frame);
        }

        /// <summary>A driver has sent a frame: the answers of its flow come to the same pair (5.1.6.5).</summary>
        public void Sent(int queue, ReadOnlySpan<byte> frame)
        {
            steering?.Learn(frame, queue / NetLayout.QueuesPerPair);
        }

        /// <summary>
        /// Closes a queue or opens it again: a closed one is still served, but gets no frames, and those that it sends
        /// are dropped. Queues are open until somebody closes them, and a reset leaves them so.
        /// </summary>
        public void SetOpen(int queue, bool open)
        {
            closed[queue] = !open;
        }

        /// <summary>True if frames pass this queue: it is open, and the link is up.</summary>
        public bool IsPassing(int queue)
        {
            return LinkUp && !closed[queue];
        }

        /// <inheritdoc/>
        public bool CanRunWith(FeatureSet features)
        {
            return !FeatureDependencies.TryFindBroken(features, out _, out _);
        }

        /// <inheritdoc/>
        public void SetFeatures(FeatureSet features)
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
            var pair = queue.Index / NetLayout.QueuesPerPair;
            if(IsReceive(queue.Index))
            {
                receive[pair].Drain(queue);
            }
            else
            {
                transmit[pair].Drain(queue);
            }
        }

        /// <inheritdoc/>
        public void Reset()
        {
            foreach(var path in receive)
            {
                path.Reset();
            }
            mac.CopyTo(config, NetLayout.ConfigMac);
        }

        /// <inheritdoc/>
        public void QueueStopped(int queue)
        {
            if(IsReceive(queue))
            {
                // H-49: what waits for its buffers waits for nothing.
                receive[queue / NetLayout.QueuesPerPair].Reset();
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

        /// <summary>True if the frame may not be delivered: with MTU negotiated, mtu and header are the limit (NET-06), tag apart.</summary>
        public bool IsTooLong(ReadOnlySpan<byte> frame)
        {
            if(!mtuNegotiated)
            {
                return frame.Length > NetLayout.MaxFrameSize;
            }
            var excess = frame.Length - Mtu - NetLayout.EthernetHeaderSize;
            return excess > 0 && (excess > NetLayout.VlanTagSize || !IsTagged(frame));
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

        /// <summary>The largest payload of a frame, 68..65535 bytes; a driver that runs learns of a change at its next start.</summary>
        public int Mtu
        {
            get => BinaryPrimitives.ReadUInt16LittleEndian(config.AsSpan(NetLayout.ConfigMtu));
            set => WriteConfig(NetLayout.ConfigMtu, (ushort)value);
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
        public int QueueCount => NetLayout.QueuesPerPair * receive.Length;

        /// <inheritdoc/>
        public ushort MaxQueueSize(int queue)
        {
            return queueSizes[queue % NetLayout.QueuesPerPair];
        }

        /// <inheritdoc/>
        public ReadOnlySpan<byte> Config => config;

        /// <summary>Most pairs of queues.</summary>
        public const int MaxQueuePairs = 128;

        private static bool IsReceive(int queue)
        {
            return queue % NetLayout.QueuesPerPair == NetLayout.ReceiveQueue;
        }

        private static bool IsTagged(ReadOnlySpan<byte> frame)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(NetLayout.EthernetHeaderSize - sizeof(ushort)));
            return type == NetLayout.VlanTagType || type == NetLayout.ServiceTagType;
        }

        // The pair of the frame's flow, or the next one that runs; the first, if none does.
        private int ChoosePair(ReadOnlySpan<byte> frame)
        {
            var chosen = steering!.Choose(frame, receive.Length);
            for(var i = 0; i < receive.Length; i++)
            {
                var pair = (chosen + i) % receive.Length;
                var queue = NetLayout.QueuesPerPair * pair + NetLayout.ReceiveQueue;
                if(!closed[queue] && transport!.TryGetQueue(queue, out _))
                {
                    return pair;
                }
            }
            return 0;
        }

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
        private bool mtuNegotiated;
        private bool linkUp = true;

        private readonly IFrameSink sink;
        private readonly byte[] mac;
        private readonly TransmitPath[] transmit;
        private readonly ReceivePath[] receive;
        // Queues that SetOpen has closed.
        private readonly bool[] closed;
        // Only where there is a choice.
        private readonly FlowSteering? steering;
        private readonly ushort[] queueSizes = new ushort[NetLayout.QueuesPerPair];
        private readonly byte[] config = new byte[NetLayout.ConfigSize];
    }
}
