// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The network device, between a transport, which brings the driver, and the network. virtio v1.4-cs01: 5.1 "Network Device".
// NetDevice.Control.cs has what a driver sets by commands.

using System;
using System.Linq;
using System.Runtime.CompilerServices;

using VirtioNet.Net.Hashing;
using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// A virtio-net device with one or more pairs of queues, for any transport. What one queue does is in ReceiveRole or
    /// TransmitRole; here is what the queues share: the features in force, the link, the MTU, the address.
    /// </summary>
    public sealed partial class NetDevice : IVirtioDevice, IPacketPort
    {
        /// <summary>
        /// Makes a device with link up, whose packets go to <paramref name="wire"/>. Throws ArgumentException if an option is
        /// not allowed; the message names each one that is not (H-122).
        /// </summary>
        public NetDevice(NetOptions options, IPacketSink wire)
        {
            options.Check();
            Offered = options.Offered;
            ownMac = options.Address;
            mtu = (int)options.Mtu;
            // Behind vhost-user the front end closes the queues that are not used.
            pairsAfterReset = options.HasControlQueue ? 1 : (int)options.QueuePairs;
            driver = new DriverState(ownMac, pairsAfterReset);
            config = new NetConfig((int)options.QueuePairs, Offered);
            queues = new QueueMap(this, options, wire);
            Steering = options.QueuePairs > 1 ? new ReceiveSteering(queues.Receive) : null;
            Counters = new NetCounters(queues);
            config.Show(ownMac);
            ShowStatus();
            config.ShowMtu(mtu);
            config.ShowSpeed((uint)options.Speed, options.DuplexValue);
        }

        /// <inheritdoc/>
        public void Attach(VirtioTransport transport)
        {
            this.transport = transport;
            foreach(var role in queues.All)
            {
                role.Attach(transport);
            }
        }

        /// <summary>
        /// A packet arrives from the wire. One that the driver does not want is dropped. If it has work left that the driver has not
        /// negotiated, it is made into ordinary frames first.
        /// </summary>
        public void Receive(Packet packet)
        {
            var queue = driver.Indirection != null ? queues.Receive[driver.Indirection.Choose(HashOf(packet))]
                : driver.Pairs == 1 ? queues.Receive[0] : Steering!.Choose(packet.Bytes, driver.Pairs);
            if(!driver.Filter.PassesAll && !queue.Filter(packet, driver.Filter))
            {
                return;
            }
            if(packet.IsFinished || TakeAsItIs(packet))
            {
                queue.Receive(packet);
            }
            else
            {
                ReceiveFinished(packet);
            }
        }

        /// <summary>
        /// Closes a queue or opens it again: a closed one is still served, but gets no frames, and those that it sends are
        /// dropped. All queues are open at first; a reset changes nothing of it.
        /// </summary>
        public void SetOpen(int queue, bool open)
        {
            queues.All[queue].IsOpen = open;
        }

        /// <inheritdoc/>
        public bool CanRunWith(FeatureSet features)
        {
            return !FeatureDependencies.FindBroken(features).Any();
        }

        /// <inheritdoc/>
        public void SetFeatures(FeatureSet features)
        {
            UseNegotiated(new Negotiated(features, transport!.GuestIsBigEndian));
            driver.Filter.SetFeatures(features);
            queues.Number(features);
        }

        /// <inheritdoc/>
        public void Notified(Virtqueue queue)
        {
            queues.All[queue.Index].Notified(queue);
        }

        /// <inheritdoc/>
        public void QueueStopped(int queue)
        {
            queues.All[queue].Stopped();
            // If the driver enables it again, it has the moderation that all of its kind have (NET-136, NET-137).
            transport!.SetModeration(queue, queues.All[queue] is TransmitRole ? driver.TransmitModeration
                : queues.All[queue] is ReceiveRole ? driver.ReceiveModeration : default);
        }

        /// <inheritdoc/>
        public void Reset()
        {
            foreach(var role in queues.All)
            {
                role.Stopped();
            }
            driver = new DriverState(ownMac, pairsAfterReset);
            Steering?.Forget();
            config.Show(ownMac);
            ShowStatus();
        }

        /// <inheritdoc/>
        public bool TryWriteConfig(int offset, byte value)
        {
            // A legacy driver may write the MAC address, and each byte of it counts at once (NETL-02, NETL-06).
            var index = offset - NetLayout.ConfigMac;
            if(index < 0 || index >= MacAddress.Size)
            {
                return false;
            }
            SetFilterAddress(driver.Filter.Address.With(index, value));
            return true;
        }

        /// <inheritdoc/>
        public int BigEndianConfigIndex(int offset)
        {
            return NetConfig.BigEndianIndex(offset);
        }

        /// <summary>Changes the MAC address, six bytes, and tells the driver that its configuration has changed.</summary>
        public void SetMac(ReadOnlySpan<byte> mac)
        {
            ownMac = MacAddress.Read(mac);
            SetFilterAddress(ownMac);
            transport!.ConfigChanged();
        }

        /// <summary>Sets all counters, of the device and of each queue, to 0.</summary>
        public void ResetCounters()
        {
            Counters.Reset();
            transport!.ResetCounters();
        }

        /// <summary>What the transmit queue of a pair has counted, the pairs numbered from 0.</summary>
        public TransmitCounters TransmitCountersOf(int pair)
        {
            return queues.Transmit[pair].Counters;
        }

        /// <summary>What the receive queue of a pair has counted.</summary>
        public ReceiveCounters ReceiveCountersOf(int pair)
        {
            return queues.Receive[pair].Counters;
        }

        /// <inheritdoc/>
        public ushort MaxQueueSize(int queue)
        {
            return queues.MaxSizeOf(queue);
        }

        /// <summary>
        /// True while the link is up. While it is down, frames are dropped in both directions. The driver is told of a change
        /// (NET-17).
        /// </summary>
        public bool LinkUp
        {
            get => linkUp;
            set
            {
                if(value != linkUp)
                {
                    linkUp = value;
                    ShowStatus();
                    transport!.ConfigChanged();
                }
            }
        }

        /// <summary>
        /// The largest payload of a frame, 68..65535 bytes, which the caller has checked; a driver that runs learns of a change
        /// at its next start.
        /// </summary>
        public int Mtu
        {
            get => mtu;
            set
            {
                mtu = value;
                config.ShowMtu(value);
            }
        }

        /// <summary>What the device has counted.</summary>
        public NetCounters Counters { get; }

        /// <summary>The MAC address that the configuration shows; a driver may have set it until the next reset.</summary>
        public ReadOnlySpan<byte> Mac => config.Bytes.Slice(NetLayout.ConfigMac, NetLayout.MacSize);

        /// <summary>Pairs of queues that the device has.</summary>
        public int QueuePairs => queues.Receive.Length;

        /// <summary>Pairs of queues that are used, from the first on: 1 until a driver chooses more by VQ_PAIRS_SET.</summary>
        public int PairsInUse => driver.Pairs;

        /// <inheritdoc/>
        public PortOffloads Offloads => negotiated.Receives.LimitedTo(queues.Receive[0].LargestPacket);

        /// <inheritdoc/>
        public ushort DeviceType => NetLayout.DeviceType;

        /// <inheritdoc/>
        public uint PciClass => NetLayout.PciClassEthernet;

        /// <inheritdoc/>
        public FeatureSet Offered { get; }

        /// <inheritdoc/>
        public FeatureSet OfferedToLegacy => Offered.Has(Feature.Csum) ? new FeatureSet().With(Feature.Gso) : new FeatureSet();

        /// <inheritdoc/>
        public int QueueCount => queues.All.Length;

        /// <inheritdoc/>
        public ReadOnlySpan<byte> Config => config.Bytes;

        /// <summary>Chooses the receive queue of a packet; null if there is only one.</summary>
        internal ReceiveSteering? Steering { get; }

        /// <summary>The hash of a packet, as the driver wants it computed.</summary>
        internal PacketHash HashOf(Packet packet)
        {
            return driver.Hash.Of(packet.Bytes);
        }

        private void UseNegotiated(Negotiated value)
        {
            negotiated = value;
            foreach(var role in queues.All)
            {
                role.Negotiated = value;
            }
        }

        private void ShowStatus()
        {
            config.ShowStatus(linkUp, driver.ShallAnnounce);
        }

        private void SetFilterAddress(MacAddress address)
        {
            driver.Filter.Address = address;
            config.Show(address);
        }

        // Not inlined, so that the usual packet does not pay for a copy of the work that is left.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool TakeAsItIs(Packet packet)
        {
            return Offloads.Take(packet.Length, packet.Offload) && ReceiveHeader.CanTell(packet);
        }

        private void ReceiveFinished(Packet packet)
        {
            software ??= new SoftwareOffload();
            foreach(var frame in software.Finish(packet.Bytes, packet.Offload))
            {
                Receive(new Packet(frame.ToArray()));
            }
        }

        private VirtioTransport? transport;
        private Negotiated negotiated = new Negotiated(new FeatureSet(), false);
        private MacAddress ownMac;
        private int mtu;
        private bool linkUp = true;
        // What the driver has set; replaced by a reset.
        private DriverState driver;
        private SoftwareOffload? software;

        private readonly int pairsAfterReset;
        private readonly QueueMap queues;
        private readonly NetConfig config;
    }
}
