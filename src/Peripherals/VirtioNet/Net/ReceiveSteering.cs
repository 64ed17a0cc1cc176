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

        /// <summary>The queue of the packet's flow; if it is not in use, the next one that is; if none is, the first.</summary>
        public ReceiveRole Choose(ReadOnlySpan<byte> packet)
        {
            var chosen = flows.Choose(packet, queues.Length);
            for(var i = 0; i < queues.Length; i++)
            {
                var queue = queues[(chosen + i) % queues.Length];
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
