// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_STATS. virtio v1.4-cs01: 5.1.9.5.11 "Device Statistics".

using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>QUERY: which statistics there are. GET: those of some types, of some queues.</summary>
    internal sealed class StatisticsCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            return command == ControlLayout.StatisticsQuery || command == ControlLayout.StatisticsGet ? Feature.DeviceStats : (Feature?)null;
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            if(command == ControlLayout.StatisticsQuery)
            {
                result.WriteUInt64(device.StatisticsTypes);
                return data.Left == 0;
            }
            if(data.Left == 0 || data.Left % EntrySize != 0 || data.Left > MaxEntries * EntrySize)
            {
                return false;
            }
            // One entry that is wrong makes the whole command fail, and then nothing of the result counts.
            while(data.Left != 0)
            {
                if(!TryReadEntry(ref data, out var queue, out var types) || !device.TryTellStatistics(queue, types, result))
                {
                    return false;
                }
            }
            return true;
        }

        private static bool TryReadEntry(ref CommandData data, out ushort queue, out ulong types)
        {
            types = 0;
            return data.TryReadUInt16(out queue) && data.TrySkip(Reserved) && data.TryReadUInt64(out types);
        }

        private const int EntrySize = 16;
        private const int Reserved = 6;
        // Many more than there are queues: a driver that asks for more means to keep the device busy.
        private const int MaxEntries = 256;
    }
}
