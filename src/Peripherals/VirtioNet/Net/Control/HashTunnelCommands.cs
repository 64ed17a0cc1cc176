// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_HASH_TUNNEL. virtio v1.4-cs01: 5.1.9.4.4 "Inner Header Hash".

using VirtioNet.Net.Hashing;
using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>SET: of which packets that carry another one the inner packet is hashed.</summary>
    internal sealed class HashTunnelCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            return command == ControlLayout.HashTunnelSet ? Feature.HashTunnel : (Feature?)null;
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            if(!data.TryReadUInt32(out var types) || data.Left != 0 || (types & ~(uint)TunnelTypes.All) != 0)
            {
                return false;
            }
            device.Hash = new HashSettings(device.Hash.Types, device.Hash.Key, (TunnelTypes)types);
            return true;
        }
    }
}
