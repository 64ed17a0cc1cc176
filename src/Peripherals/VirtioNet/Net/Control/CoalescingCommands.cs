// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_NOTF_COAL. virtio v1.4-cs01: 5.1.9.5.10 "Notifications Coalescing".

using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Net.Control
{
    /// <summary>TX_SET, RX_SET and VQ_SET: how long notifications may wait for more to tell. VQ_GET: how long they may wait now.</summary>
    internal sealed class CoalescingCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            switch(command)
            {
                case ControlLayout.CoalescingTransmitSet:
                case ControlLayout.CoalescingReceiveSet:
                    return Feature.NotfCoal;
                case ControlLayout.CoalescingQueueSet:
                case ControlLayout.CoalescingQueueGet:
                    return Feature.VqNotfCoal;
                default:
                    return null;
            }
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            switch(command)
            {
                case ControlLayout.CoalescingQueueSet:
                    return TryReadQueue(ref data, out var queue) && TryReadLast(ref data, out var moderation) && device.TrySetModeration(queue, moderation);
                case ControlLayout.CoalescingQueueGet:
                    return TryReadQueue(ref data, out queue) && data.Left == 0 && TryTell(queue, result, device);
                default:
                    if(!TryReadLast(ref data, out moderation))
                    {
                        return false;
                    }
                    device.SetModerationOfAll(command == ControlLayout.CoalescingTransmitSet, moderation);
                    return true;
            }
        }

        private static bool TryTell(int queue, CommandResult result, IControlledDevice device)
        {
            if(!device.TryGetModeration(queue, out var moderation))
            {
                return false;
            }
            result.WriteUInt32(moderation.MaxChains);
            result.WriteUInt32(moderation.MaxMicroseconds);
            return true;
        }

        private static bool TryReadQueue(ref CommandData data, out int queue)
        {
            var isRead = data.TryReadUInt16(out var index) & data.TryReadUInt16(out _);
            queue = index;
            return isRead;
        }

        private static bool TryReadLast(ref CommandData data, out NotificationModeration moderation)
        {
            var isRead = data.TryReadUInt32(out var packets) & data.TryReadUInt32(out var microseconds);
            moderation = new NotificationModeration(packets, microseconds);
            return isRead && data.Left == 0;
        }
    }
}
