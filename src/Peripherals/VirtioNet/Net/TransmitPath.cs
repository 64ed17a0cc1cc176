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
        /// <summary>Connects the path to its wire.</summary>
        public TransmitPath(VirtioTransport transport, NetDevice device, IFrameSink sink)
        {
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
            if(!device.LinkUp)
            {
                counters.TxDropLinkDown++;
                return;
            }
            var reader = new ChainReader(transport.Memory, chain.Readable);
            Span<byte> header = stackalloc byte[NetLayout.HeaderSize];
            if(!reader.TryRead(header.Slice(0, device.HeaderSize)))
            {
                counters.TxDropMalformed++;
                return;
            }
            var offload = new TransmitOffload(header, device.BigEndian);
            if(!offload.IsNegotiated(device.Features))
            {
                counters.TxDropOffload++;
            }
            else if(offload.GsoType != NetLayout.GsoNone)
            {
                TransmitSegments(reader, (int)length, offload);
            }
            else
            {
                TransmitFrame(reader, (int)length, offload);
            }
        }

        private void TransmitFrame(ChainReader reader, int length, in TransmitOffload offload)
        {
            var counters = device.Counters;
            // Zeroed by the runtime: what is behind a short frame is its padding.
            var frame = new byte[Math.Max(length, NetLayout.MinFrameSize)];
            if(!reader.TryRead(frame.AsSpan(0, length)))
            {
                counters.TxDropMalformed++;
                return;
            }
            // NET-20: a flag that was not negotiated asks for nothing.
            if(offload.NeedsChecksum && device.Features.Has(Feature.Csum) && !offload.TryCompleteChecksum(frame.AsSpan(0, length)))
            {
                counters.TxDropOffload++;
                return;
            }
            if(length < NetLayout.MinFrameSize)
            {
                counters.TxPadded++;
            }
            counters.TxFrames++;
            counters.TxBytes += (uint)frame.Length;
            sink.Send(frame);
        }

        private void TransmitSegments(ChainReader reader, int length, in TransmitOffload offload)
        {
            packet ??= new byte[NetLayout.MaxFrameSize];
            if(!reader.TryRead(packet.AsSpan(0, length)))
            {
                device.Counters.TxDropMalformed++;
            }
            else if(!Segmentation.TrySend(packet.AsSpan(0, length), offload, sink, device.Counters))
            {
                device.Counters.TxDropOffload++;
            }
        }

        // A packet that is to be cut; it goes no further itself.
        private byte[]? packet;

        private readonly VirtioTransport transport;
        private readonly NetDevice device;
        private readonly IFrameSink sink;
    }
}
