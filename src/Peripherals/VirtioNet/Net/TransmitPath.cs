#nullable enable
// From transmit queue to wire. virtio v1.4-cs01: 5.1.6.2 "Packet Transmission".

using System;

using VirtioNet.Memory;
using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Transport;

namespace VirtioNet.Net
{
    /// <summary>Pops what the driver sends, one frame a chain.</summary>
    public sealed class TransmitPath
    {
        /// <summary>Connects a queue to its wire.</summary>
        public TransmitPath(VirtioTransport transport, NetDevice device, IFrameSink sink, int queueIndex)
        {
            this.queueIndex = queueIndex;
            this.transport = transport;
            this.device = device;
            this.sink = sink;
        }

        /// <summary>
        /// Sends what is available, at most one queue's worth (H-55); then the rest is deferred. All of it is
        /// published as one batch.
        /// </summary>
        public void Drain(Virtqueue queue)
        {
            var budget = (int)queue.Size;
            do
            {
                while(budget > 0 && queue.TryPop(out var chain) == PopResult.Chain)
                {
                    budget--;
                    Transmit(chain);
                    queue.Push(chain, 0);
                }
            }
            while(queue.EnableNotifications() && budget > 0);
            transport.Complete(queue);
            if(budget == 0)
            {
                transport.Defer(queue);
            }
        }

        // R2: whatever is wrong with the frame, its buffer goes back, and the reason is counted.
        private void Transmit(in DescriptorChain chain)
        {
            var counters = device.Counters;
            var length = (long)chain.ReadableLength - device.HeaderSize;
            if(length < NetLayout.EthernetHeaderSize || length > NetLayout.MaxFrameSize || chain.WritableLength != 0)
            {
                counters.TxDropMalformed++;
                return;
            }
            if(!device.IsPassing(queueIndex))
            {
                counters.TxDropLinkDown++;
                return;
            }
            packet ??= new byte[NetLayout.HeaderSize + NetLayout.MaxFrameSize];
            var message = packet.AsSpan(0, (int)chain.ReadableLength);
            if(!new ChainReader(transport.Memory, chain.Readable).TryRead(message))
            {
                counters.TxDropMalformed++;
                return;
            }
            var frame = message.Slice(device.HeaderSize);
            device.Sent(queueIndex, frame);
            var offload = new TransmitOffload(message, device.BigEndian);
            if(!offload.IsNegotiated(device.Features))
            {
                counters.TxDropOffload++;
            }
            else if(offload.GsoType == NetLayout.GsoNone)
            {
                TransmitFrame(frame, offload);
            }
            else if(!Segmentation.TrySend(frame, offload, sink, counters))
            {
                counters.TxDropOffload++;
            }
        }

        private void TransmitFrame(Span<byte> frame, in TransmitOffload offload)
        {
            var counters = device.Counters;
            // NET-20: a flag that was not negotiated asks for nothing.
            if(offload.NeedsChecksum && device.Features.Has(Feature.Csum) && !offload.TryCompleteChecksum(frame))
            {
                counters.TxDropOffload++;
                return;
            }
            if(frame.Length < NetLayout.MinFrameSize)
            {
                counters.TxPadded++;
                var padding = packet.AsSpan(device.HeaderSize + frame.Length, NetLayout.MinFrameSize - frame.Length);
                padding.Clear();
                frame = packet.AsSpan(device.HeaderSize, NetLayout.MinFrameSize);
            }
            counters.TxFrames++;
            counters.TxBytes += (uint)frame.Length;
            sink.Send(frame);
        }

        // Header and frame of what is being sent, read once and then out of the guest's reach; reused, so that a frame
        // allocates nothing.
        private byte[]? packet;

        private readonly int queueIndex;
        private readonly VirtioTransport transport;
        private readonly NetDevice device;
        private readonly IFrameSink sink;
    }
}
