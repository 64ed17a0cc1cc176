// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can set in the network device by commands, and what the device can ask of the driver. virtio v1.4-cs01: 5.1.9.5
// "Control Virtqueue".

using System;

using VirtioNet.Net.Control;
using VirtioNet.Net.Hashing;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    public sealed partial class NetDevice : IControlledDevice
    {
        /// <summary>
        /// Asks the driver to announce itself to the network, for example because it is somewhere else now. False if no driver that can do
        /// so runs the device (VIRTIO_NET_F_GUEST_ANNOUNCE).
        /// </summary>
        public bool Announce()
        {
            if(!CanAnnounce)
            {
                return false;
            }
            driver.ShallAnnounce = true;
            ShowStatus();
            transport!.ConfigChanged();
            return true;
        }

        /// <summary>True if a driver runs the device that can announce itself.</summary>
        public bool CanAnnounce => negotiated.Features.Has(Feature.GuestAnnounce) && (transport!.Status & DeviceStatus.DriverOk) != 0;

        /// <summary>What the driver has set since the last reset.</summary>
        internal DriverState Driver => driver;

        /// <summary>The receive offloads that are on.</summary>
        internal FeatureSet OffloadsOn => negotiated.Offloads;

        /// <inheritdoc/>
        void IControlledDevice.SetAddress(MacAddress address)
        {
            driver.Filter.Address = address;
            if(negotiated.Features.Has(Feature.Mac))
            {
                config.Show(address);
                transport!.ConfigChangedByDriver();
            }
        }

        /// <inheritdoc/>
        void IControlledDevice.AnnouncementSeen()
        {
            driver.ShallAnnounce = false;
            ShowStatus();
            transport!.ConfigChangedByDriver();
        }

        /// <inheritdoc/>
        bool IControlledDevice.TrySetOffloads(FeatureSet offloads)
        {
            if(!offloads.IsSubsetOf(negotiated.Features & NetFeatures.ReceiveOffloads))
            {
                return false;
            }
            UseNegotiated(negotiated.WithOffloads(offloads));
            // What waits for buffers may be what the driver does not take any more.
            foreach(var queue in queues.Receive)
            {
                ReceiveAgain(queue);
            }
            return true;
        }

        /// <inheritdoc/>
        bool IControlledDevice.TrySetPairs(int pairs)
        {
            if(pairs < 1 || pairs > QueuePairs || !queues.AreEnabled(pairs, transport!))
            {
                return false;
            }
            var before = driver.Pairs;
            // With a table of the driver's any queue may have received.
            var received = driver.Indirection == null ? before : QueuePairs;
            driver.Pairs = pairs;
            driver.Indirection = null;
            LookAtTransmitQueues(before, pairs);
            for(var pair = pairs; pair < received; pair++)
            {
                // No frame comes out of this queue once the command is used (NET-119).
                ReceiveAgain(queues.Receive[pair]);
            }
            return true;
        }

        /// <inheritdoc/>
        bool IControlledDevice.TrySetRss(IndirectionTable table, int transmitQueues, HashSettings hash)
        {
            if(transmitQueues < 1 || transmitQueues > QueuePairs || !IsReceiving(table.Unclassified) || !Array.TrueForAll(table.Pairs, IsReceiving)
                || !Array.TrueForAll(queues.Transmit[..transmitQueues], x => transport!.IsEnabled(x.Number)))
            {
                return false;
            }
            var before = driver.Pairs;
            // Linux 6.1 names the number with which it has started, also when it has enabled more pairs since and sends on all of them. So none is
            // taken away.
            driver.Pairs = Math.Max(before, transmitQueues);
            driver.Indirection = table;
            driver.Hash = hash;
            LookAtTransmitQueues(before, driver.Pairs);
            foreach(var queue in queues.Receive)
            {
                // What waits may belong to another queue now.
                ReceiveAgain(queue);
            }
            return true;
        }

        /// <inheritdoc/>
        bool IControlledDevice.TrySetModeration(int queue, NotificationModeration moderation)
        {
            if(!IsModerated(queue))
            {
                return false;
            }
            transport!.SetModeration(queue, moderation);
            return true;
        }

        /// <inheritdoc/>
        void IControlledDevice.SetModerationOfAll(bool transmit, NotificationModeration moderation)
        {
            if(transmit)
            {
                driver.TransmitModeration = moderation;
            }
            else
            {
                driver.ReceiveModeration = moderation;
            }
            foreach(var role in transmit ? (QueueRole[])queues.Transmit : queues.Receive)
            {
                transport!.SetModeration(role.Number, moderation);
            }
        }

        /// <inheritdoc/>
        bool IControlledDevice.TryGetModeration(int queue, out NotificationModeration moderation)
        {
            var isModerated = IsModerated(queue);
            moderation = isModerated ? transport!.ModerationOf(queue) : default;
            return isModerated;
        }

        /// <inheritdoc/>
        bool IControlledDevice.TryTellStatistics(int queue, ulong types, CommandResult result)
        {
            if(!transport!.HasQueue(queue) || (types & ~(queues.All[queue].StatisticsTypes & StatisticsTypes)) != 0)
            {
                return false;
            }
            for(byte type = 0; type < 8 * sizeof(ulong); type++)
            {
                if((types >> type & 1) != 0)
                {
                    QueueStatistics.Tell(queues.All[queue], type, transport, result);
                }
            }
            return true;
        }

        /// <inheritdoc/>
        ulong IControlledDevice.StatisticsTypes => StatisticsTypes;

        /// <inheritdoc/>
        HashSettings IControlledDevice.Hash
        {
            get => driver.Hash;
            set => driver.Hash = value;
        }

        /// <inheritdoc/>
        ReceiveFilter IControlledDevice.Filter => driver.Filter;

        // Of these pairs, which are used from now on, the driver may have sent on a queue before.
        private void LookAtTransmitQueues(int first, int end)
        {
            for(var pair = first; pair < end; pair++)
            {
                transport!.Defer(transport.EnabledQueue(queues.Transmit[pair].Number)!);
            }
        }

        private ulong StatisticsTypes => QueueStatistics.TypesWith(negotiated.Features);

        private bool IsReceiving(int pair)
        {
            return pair < QueuePairs && transport!.IsEnabled(queues.Receive[pair].Number);
        }

        private bool IsModerated(int queue)
        {
            return transport!.IsEnabled(queue) && !(queues.All[queue] is ControlRole);
        }

        // Lets what waits in a queue come in again.
        private void ReceiveAgain(ReceiveRole queue)
        {
            foreach(var packet in queue.TakeWaiting())
            {
                Receive(packet);
            }
        }
    }
}
