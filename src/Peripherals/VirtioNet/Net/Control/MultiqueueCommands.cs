// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_MQ. virtio v1.4-cs01: 5.1.9.5.6 "Automatic receive steering in multiqueue mode", 5.1.9.5.7 "Receive-side
// scaling (RSS)".

using System;

using VirtioNet.Net.Hashing;
using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>
    /// VQ_PAIRS_SET: how many pairs of queues the driver uses, with automatic steering. RSS_CONFIG: which hashes go to which queue. HASH_CONFIG: how
    /// packets are hashed, whichever way they are steered.
    /// </summary>
    internal sealed class MultiqueueCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            switch(command)
            {
                case ControlLayout.PairsSet: return Feature.Mq;
                case ControlLayout.RssConfig: return Feature.Rss;
                case ControlLayout.HashConfig: return Feature.HashReport;
                default: return null;
            }
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            switch(command)
            {
                case ControlLayout.RssConfig:
                    return TrySetRss(ref data, device);
                case ControlLayout.HashConfig:
                    return TrySetHash(ref data, device);
                default:
                    return data.TryReadUInt16(out var pairs) && data.Left == 0 && device.TrySetPairs(pairs);
            }
        }

        private static bool TrySetRss(ref CommandData data, IControlledDevice device)
        {
            if(!TryReadTypes(ref data, out var types) || !data.TryReadUInt16(out var mask) || mask >= IndirectionTable.MaxLength || (mask & (mask + 1)) != 0
                || !data.TryReadUInt16(out var unclassified))
            {
                return false;
            }
            var table = new int[mask + 1];
            for(var i = 0; i < table.Length; i++)
            {
                if(!data.TryReadUInt16(out var queue))
                {
                    return false;
                }
                table[i] = queue;
            }
            return data.TryReadUInt16(out var transmitQueues) && TryReadKey(ref data, out var key)
                && device.TrySetRss(new IndirectionTable(table, unclassified), transmitQueues, new HashSettings(types, key, device.Hash.Tunnels));
        }

        private static bool TrySetHash(ref CommandData data, IControlledDevice device)
        {
            if(!TryReadTypes(ref data, out var types) || !data.TrySkip(Reserved) || !TryReadKey(ref data, out var key))
            {
                return false;
            }
            device.Hash = new HashSettings(types, key, device.Hash.Tunnels);
            return true;
        }

        private static bool TryReadTypes(ref CommandData data, out HashTypes types)
        {
            var isRead = data.TryReadUInt32(out var value);
            types = (HashTypes)value;
            return isRead && (types & ~HashTypes.All) == 0;
        }

        // The key is the last field of a command.
        private static bool TryReadKey(ref CommandData data, out byte[] key)
        {
            key = Array.Empty<byte>();
            if(!data.TryReadByte(out var length) || length > ToeplitzHash.MaxKeySize || data.Left != length)
            {
                return false;
            }
            key = new byte[length];
            var isRead = true;
            for(var i = 0; i < key.Length; i++)
            {
                isRead &= data.TryReadByte(out key[i]);
            }
            return isRead;
        }

        private const int Reserved = 8;
    }
}
