// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_ANNOUNCE. virtio v1.4-cs01: 5.1.9.5.4 "Gratuitous Packet Sending".

using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>ACK: the driver has seen that the device asks it to announce itself.</summary>
    internal sealed class AnnounceCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            return command == ControlLayout.AnnounceAck ? Feature.GuestAnnounce : (Feature?)null;
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            if(data.Left != 0)
            {
                return false;
            }
            device.AnnouncementSeen();
            return true;
        }
    }
}
