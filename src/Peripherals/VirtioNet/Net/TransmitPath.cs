#nullable enable
// From transmit queue to wire. virtio v1.4-cs01: 5.1.6.2 "Packet Transmission".

using System;

using VirtioNet.Memory;
using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

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
            memory = transport.Memory;
            counters = device.Counters;
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
                    foreach(ref readonly var chain in new ReadOnlySpan<DescriptorChain>(chains, 0, count))
                    {
                        Transmit(queue, chain);
                        queue.Push(chain, 0);
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
            var length = unchecked((long)chain.ReadableLength - device.HeaderSize);
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
            var size = unchecked((int)chain.ReadableLength);
            if(length >= NetLayout.MinFrameSize && memory.TryMap(segments, size, out var packet) && !TransmitOffload.IsAskedFor(packet))
            {
                // Nothing is to be done to the usual frame: it is sent from where it is.
                var frame = packet.Slice(device.HeaderSize);
                device.Sent(queueIndex, frame);
                Send(frame);
            }
            else
            {
                TransmitCopy(segments, size);
            }
        }

        private void TransmitCopy(ReadOnlySpan<Segment> segments, int size)
        {
            copied ??= new byte[NetLayout.HeaderSize + NetLayout.MaxFrameSize];
            var packet = copied.AsSpan(0, size);
            if(!new ChainReader(memory, segments).TryRead(packet))
            {
                counters.TxDropMalformed++;
            }
            else if(!TrySend(packet.Slice(device.HeaderSize), new TransmitOffload(packet, device.BigEndian)))
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
                segmentation ??= new Segmentation(sink, counters);
                return segmentation.TrySend(frame, offload);
            }
            // NET-20: a flag that was not negotiated asks for nothing.
            if(offload.NeedsChecksum && device.Features.Has(Feature.Csum) && !offload.TryCompleteChecksum(frame))
            {
                return false;
            }
            if(frame.Length < NetLayout.MinFrameSize)
            {
                counters.TxPadded++;
                copied.AsSpan(device.HeaderSize + frame.Length, NetLayout.MinFrameSize - frame.Length).Clear();
                frame = copied.AsSpan(device.HeaderSize, NetLayout.MinFrameSize);
            }
            Send(frame);
            return true;
        }

        private void Send(ReadOnlySpan<byte> frame)
        {
            counters.TxFrames++;
            counters.TxBytes += (uint)frame.Length;
            sink.Send(frame);
        }

        // Header and frame that have to be changed or put together, read once and then out of the guest's reach. This and what
        // follows is reused, so that a frame allocates nothing.
        private byte[]? copied;
        private Segmentation? segmentation;

        private readonly DescriptorChain[] chains = new DescriptorChain[Batch];

        private readonly int queueIndex;
        private readonly VirtioTransport transport;
        private readonly NetDevice device;
        private readonly IFrameSink sink;
        private readonly IGuestMemory memory;
        private readonly NetCounters counters;

        // Chains popped at once.
        private const int Batch = 64;
    }
}
