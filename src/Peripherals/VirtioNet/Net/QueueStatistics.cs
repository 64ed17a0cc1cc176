// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can read of the counters of a queue. virtio v1.4-cs01: 5.1.9.5.11 "Device Statistics".

using VirtioNet.Net.Control;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Net
{
    /// <summary>Lays counters out as the specification's structures, each a header of eight bytes and counters of 64 bits.</summary>
    internal static class QueueStatistics
    {
        /// <summary>The types, as a bit mask, that there are with these features.</summary>
        public static ulong TypesWith(FeatureSet features)
        {
            var types = Bit(ControlLayout.ControlStatistics) | Bit(ControlLayout.ReceiveBasic) | Bit(ControlLayout.TransmitBasic);
            types |= features.Has(Feature.GuestCsum) ? Bit(ControlLayout.ReceiveChecksum) : 0;
            types |= features.Has(Feature.Csum) ? Bit(ControlLayout.TransmitChecksum) : 0;
            types |= features.Has(Feature.GuestTso4) || features.Has(Feature.GuestTso6) ? Bit(ControlLayout.ReceiveGso) : 0;
            types |= features.Has(Feature.HostTso4) || features.Has(Feature.HostTso6) || features.Has(Feature.HostUso) ? Bit(ControlLayout.TransmitGso) : 0;
            return types;
        }

        /// <summary>The bit of a type.</summary>
        public static ulong Bit(byte type) => 1UL << type;

        /// <summary>Adds the statistics of a type that the queue has.</summary>
        public static void Tell(QueueRole queue, byte type, VirtioTransport transport, CommandResult result)
        {
            var counters = queue.Statistics(type, transport.CountersOf(queue.Number));
            result.WriteByte(type);
            result.WriteByte(0);
            result.WriteUInt16((ushort)queue.Number);
            result.WriteUInt16(0);
            result.WriteUInt16((ushort)(HeaderSize + sizeof(ulong) * counters.Length));
            foreach(var counter in counters)
            {
                result.WriteUInt64(counter);
            }
        }

        private const int HeaderSize = 8;
    }
}
