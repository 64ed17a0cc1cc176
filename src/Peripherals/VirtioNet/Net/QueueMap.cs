// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which number each queue has, and what it is for. virtio v1.4-cs01: 5.1.2 "Virtqueues".
//
//   receiveq1 0, transmitq1 1, receiveq2 2, transmitq2 3, ..., controlq
//
// With N pairs the control queue has the number 2N if VIRTIO_NET_F_MQ or VIRTIO_NET_F_RSS was negotiated. Else there is one pair as far as the
// driver knows, and the number is 2; receiveq2, which nobody uses then, has the number 2N meanwhile.

using System;
using System.Collections.Generic;

using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// The roles of all queues, by number and by kind. This is the one place that knows how queues are numbered. Sizes belong to the
    /// numbers, because a driver may ask for them before it has negotiated.
    /// </summary>
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
                Receive[pair] = new ReceiveRole(device, all.Count);
                all.Add(Receive[pair]);
                Transmit[pair] = new TransmitRole(device, all.Count, pair, sink);
                all.Add(Transmit[pair]);
            }
            rxSize = SizeOf(options.RxQueueSize, options);
            txSize = SizeOf(options.TxQueueSize, options);
            if(device.Offered.Has(Feature.CtrlVq))
            {
                control = new ControlRole(device, all.Count);
                all.Add(control);
            }
            All = all.ToArray();
        }

        /// <summary>The features in force have changed: gives the control queue its number.</summary>
        public void Number(FeatureSet features)
        {
            if(control != null)
            {
                Swap(control, features.Has(Feature.Mq) || features.Has(Feature.Rss) ? All.Length - 1 : NetLayout.ControlQueue);
            }
        }

        /// <summary>True if all queues of the first so many pairs are enabled.</summary>
        public bool AreEnabled(int pairs, VirtioTransport transport)
        {
            for(var pair = 0; pair < pairs; pair++)
            {
                if(!transport.IsEnabled(Receive[pair].Number) || !transport.IsEnabled(Transmit[pair].Number))
                {
                    return false;
                }
            }
            return true;
        }

        /// <summary>Most descriptors that the driver may choose for a queue: 1..32768.</summary>
        public ushort MaxSizeOf(int number)
        {
            var isLastOfAll = control != null && number == All.Length - 1;
            return isLastOfAll ? ControlQueueSize : number % NetLayout.QueuesPerPair == NetLayout.ReceiveQueue ? rxSize : txSize;
        }

        /// <summary>Every queue, by its number.</summary>
        public QueueRole[] All { get; }

        /// <summary>The receive queues, by pair.</summary>
        public ReceiveRole[] Receive { get; }

        /// <summary>The transmit queues, by pair.</summary>
        public TransmitRole[] Transmit { get; }

        // Gives a role another number, and the role that has this number the number of the first.
        private void Swap(QueueRole role, int number)
        {
            var other = All[number];
            (other.Number, role.Number) = (role.Number, number);
            All[other.Number] = other;
            All[number] = role;
        }

        private static ushort SizeOf(long setApart, NetOptions options)
        {
            return (ushort)(setApart == 0 ? options.QueueSize : setApart);
        }

        private readonly ControlRole? control;
        private readonly ushort rxSize;
        private readonly ushort txSize;

        // As in QEMU's device: commands come one at a time, and each takes a few descriptors.
        private const ushort ControlQueueSize = 64;
    }
}
