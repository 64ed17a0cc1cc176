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
                int count;
                while((count = queue.Pop(chains.AsSpan(0, Math.Min(budget, chains.Length)))) != 0)
                {
                    budget -= count;
                    for(var i = 0; i < count; i++)
                    {
                        Transmit(queue, chains[i]);
                        queue.Push(chains[i], 0);
                    }
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
        private void Transmit(Virtqueue queue, in DescriptorChain chain)
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
            var segments = queue.Readable(chain);
            var size = (int)chain.ReadableLength;
            if(length >= NetLayout.MinFrameSize && transport.Memory.TryMap(segments, size, out var message) && !TransmitOffload.IsAskedFor(message))
            {
                // Nothing is to be done to the usual frame: it is sent from where it is.
                var frame = message.Slice(device.HeaderSize);
                device.Sent(queueIndex, frame);
                Send(frame);
                return;
            }
            packet ??= new byte[NetLayout.HeaderSize + NetLayout.MaxFrameSize];
            var copy = packet.AsSpan(0, size);
            if(!new ChainReader(transport.Memory, segments).TryRead(copy))
            {
                counters.TxDropMalformed++;
            }
            else if(!TrySend(copy.Slice(device.HeaderSize), new TransmitOffload(copy, device.BigEndian)))
            {
                counters.TxDropOffload++;
            }
        }

        private bool TrySend(Span<byte> frame, in TransmitOffload offload)
        {
            device.Sent(queueIndex, frame);
            if(!offload.IsNegotiated(device.Features))
            {
                return false;
            }
            if(offload.GsoType != NetLayout.GsoNone)
            {
                return Segmentation.TrySend(frame, offload, sink, device.Counters);
            }
            // NET-20: a flag that was not negotiated asks for nothing.
            if(offload.NeedsChecksum && device.Features.Has(Feature.Csum) && !offload.TryCompleteChecksum(frame))
            {
                return false;
            }
            if(frame.Length < NetLayout.MinFrameSize)
            {
                device.Counters.TxPadded++;
                packet.AsSpan(device.HeaderSize + frame.Length, NetLayout.MinFrameSize - frame.Length).Clear();
                frame = packet.AsSpan(device.HeaderSize, NetLayout.MinFrameSize);
            }
            Send(frame);
            return true;
        }

        private void Send(ReadOnlySpan<byte> frame)
        {
            device.Counters.TxFrames++;
            device.Counters.TxBytes += (uint)frame.Length;
            sink.Send(frame);
        }

        // Header and frame that have to be changed or put together, read once and then out of the guest's reach. This and what
        // follows is reused, so that a frame allocates nothing.
        private byte[]? packet;

        private readonly DescriptorChain[] chains = new DescriptorChain[Batch];

        private readonly int queueIndex;
        private readonly VirtioTransport transport;
        private readonly NetDevice device;
        private readonly IFrameSink sink;

        // Chains popped at once.
        private const int Batch = 64;
    }
}
