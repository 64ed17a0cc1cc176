// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_GUEST_OFFLOADS. virtio v1.4-cs01: 5.1.9.5.9 "Offloads State Configuration".

using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>SET: which of the negotiated receive offloads are on.</summary>
    internal sealed class OffloadCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            return command == ControlLayout.OffloadsSet ? Feature.CtrlGuestOffloads : (Feature?)null;
        }

        /// <summary>
        /// Bits have the numbers of the features, except for those of UDP tunnels (46 and 47), which the device does not offer, so that
        /// they are refused like every bit that stands for no offload.
        /// </summary>
        public override bool TryRun(byte command, ref CommandData data, IControlledDevice device)
        {
            return data.TryReadUInt64(out var offloads) && data.Left == 0 && device.TrySetOffloads(new FeatureSet(offloads, 0));
        }
    }
}
