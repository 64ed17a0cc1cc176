// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which number each queue has, and what it is for. virtio v1.4-cs01: 5.1.2 "Virtqueues".
//
//   receiveq1 0, transmitq1 1, receiveq2 2, transmitq2 3, ...

using System;
using System.Collections.Generic;

using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>The roles of all queues, by number and by kind. This is the one place that knows how queues are numbered.</summary>
    internal sealed class QueueMap
    {
        /// <summary>Makes the queues of a device. What the driver sends goes to <paramref name="sink"/>.</summary>
        public QueueMap(NetDevice device, NetOptions options, IPacketSink sink)
        {
            var all = new List<QueueRole>();
            Receive = new ReceiveRole[options.QueuePairs];
            Transmit = new TransmitRole[options.QueuePairs];
            for(var pair = 0; pair < options.QueuePairs; pair++)
            {
                Receive[pair] = new ReceiveRole(device, all.Count, SizeOf(options.RxQueueSize, options));
                all.Add(Receive[pair]);
                Transmit[pair] = new TransmitRole(device, all.Count, SizeOf(options.TxQueueSize, options), pair, sink);
                all.Add(Transmit[pair]);
            }
            All = all.ToArray();
        }

        /// <summary>Every queue, by its number.</summary>
        public QueueRole[] All { get; }

        /// <summary>The receive queues, by pair.</summary>
        public ReceiveRole[] Receive { get; }

        /// <summary>The transmit queues, by pair.</summary>
        public TransmitRole[] Transmit { get; }

        private static ushort SizeOf(long setApart, NetOptions options)
        {
            return (ushort)(setApart == 0 ? options.QueueSize : setApart);
        }
    }
}
