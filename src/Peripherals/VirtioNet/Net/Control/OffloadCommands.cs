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
        /// Bits have the numbers of the features, except for those of UDP tunnels, whose features have numbers above 63.
        /// </summary>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            return data.TryReadUInt64(out var offloads) && data.Left == 0 && device.TrySetOffloads(FeaturesOf(offloads));
        }

        private static FeatureSet FeaturesOf(ulong offloads)
        {
            var features = new FeatureSet(offloads & ~(Tunnel | TunnelChecksum), 0);
            features = (offloads & Tunnel) != 0 ? features.With(Feature.GuestUdpTunnelGso) : features;
            return (offloads & TunnelChecksum) != 0 ? features.With(Feature.GuestUdpTunnelGsoCsum) : features;
        }

        // VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO and its _CSUM, as this command numbers them.
        private const ulong Tunnel = 1UL << 46;
        private const ulong TunnelChecksum = 1UL << 47;
    }
}
