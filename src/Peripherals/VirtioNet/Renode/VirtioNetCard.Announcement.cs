// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// When a card asks its driver to announce itself to the network. virtio v1.4-cs01: 5.1.9.5.4 "Gratuitous Packet Sending".

using Antmicro.Migrant.Hooks;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.Network
{
    public abstract partial class VirtioNetCard
    {
        /// <summary>
        /// Asks the driver to announce itself to the network. Throws <see cref="RecoverableException"/> if no driver runs the card that has
        /// negotiated GUEST_ANNOUNCE.
        /// </summary>
        public void Announce()
        {
            var isAsked = false;
            Run(() => isAsked = Device.Announce());
            if(!isAsked)
            {
                throw new RecoverableException("no driver runs the card that can announce itself: DriverFeatures has no GUEST_ANNOUNCE (bit 21)");
            }
        }

        /// <summary>
        /// True if the card asks its driver to announce itself after a snapshot was loaded, because the networks outside of it may not
        /// know where it is now. The guest then sends packets that it would not have sent without the snapshot.
        /// </summary>
        public bool AnnounceAfterLoad { get; set; }

        // The snapshot is restored as a whole at this time.
        [LatePostDeserialization]
        private void Loaded()
        {
            if(AnnounceAfterLoad && Device.CanAnnounce)
            {
                AnnounceSoon();
            }
        }

        // A driver that sees a link come up and the request at once would announce itself before it uses the link, as Linux does. So
        // there is some time between the two.
        private void AnnounceSoon()
        {
            machine.ScheduleAction(TimeInterval.FromMilliseconds(AnnounceDelay), AnnounceNow, "virtio-net announcement");
        }

        private void AnnounceNow(TimeInterval now)
        {
            Run(this, static card => card.Device.Announce() ? 1UL : 0);
        }

        // Milliseconds of virtual time.
        private const ulong AnnounceDelay = 100;
    }
}
