// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which receive queue a packet from the wire goes to. virtio v1.4-cs01: 5.1.9.5.6 "Automatic receive steering in
// multiqueue mode".

using System;

namespace VirtioNet.Net
{
    /// <summary>
    /// A packet goes to the pair of queues on which the driver has sent last on the packet's flow, so that answers come back to
    /// the CPU that asked. A flow on which the driver has not sent goes to a pair by the flow's hash, always the same one.
    /// </summary>
    internal sealed class ReceiveSteering
    {
        /// <summary>Chooses among the receive queues of a device with several.</summary>
        public ReceiveSteering(ReceiveRole[] queues)
        {
            this.queues = queues;
        }

        /// <summary>
        /// The driver has sent a packet on a pair. The packet may lie in guest memory, where the guest can still change it: each offset
        /// in it is read once, checked and kept, so a change can only mislead the choice of a pair.
        /// </summary>
        public void Learn(ReadOnlySpan<byte> packet, int pair)
        {
            flows.Learn(packet, pair);
        }

        /// <summary>The driver has gone, and what was learnt of its flows with it.</summary>
        public void Forget()
        {
            flows.Clear();
        }

        /// <summary>
        /// The queue of the packet's flow, among the queues of the first so many pairs; if it is not in use, the next one of these that is;
        /// if none is, the first.
        /// </summary>
        public ReceiveRole Choose(ReadOnlySpan<byte> packet, int pairs)
        {
            var chosen = flows.Choose(packet, pairs);
            for(var i = 0; i < pairs; i++)
            {
                var queue = queues[(chosen + i) % pairs];
                if(queue.IsInUse)
                {
                    return queue;
                }
            }
            return queues[0];
        }

        private readonly ReceiveRole[] queues;
        private readonly FlowTable flows = new FlowTable();
    }
}
