// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_MQ. virtio v1.4-cs01: 5.1.9.5.6 "Automatic receive steering in multiqueue mode".

using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>VQ_PAIRS_SET: how many pairs of queues the driver uses.</summary>
    internal sealed class MultiqueueCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            return command == ControlLayout.PairsSet ? Feature.Mq : (Feature?)null;
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, IControlledDevice device)
        {
            return data.TryReadUInt16(out var pairs) && data.Left == 0 && device.TrySetPairs(pairs);
        }
    }
}
