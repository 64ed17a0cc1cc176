// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can set in the network device by commands, and what the device can ask of the driver. virtio v1.4-cs01: 5.1.9.5
// "Control Virtqueue".

using VirtioNet.Net.Control;
using VirtioNet.Spec;
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
            driver.Pairs = pairs;
            for(var pair = before; pair < pairs; pair++)
            {
                // The driver may have sent on it before.
                transport!.Defer(transport.EnabledQueue(queues.Transmit[pair].Number)!);
            }
            for(var pair = pairs; pair < before; pair++)
            {
                // No frame comes out of this queue once the command is used (NET-119).
                ReceiveAgain(queues.Receive[pair]);
            }
            return true;
        }

        /// <inheritdoc/>
        ReceiveFilter IControlledDevice.Filter => driver.Filter;

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
