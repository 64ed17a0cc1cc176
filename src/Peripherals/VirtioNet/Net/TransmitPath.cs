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
            var reader = new ChainReader(transport.Memory, chain.Readable);
            Span<byte> header = stackalloc byte[NetLayout.HeaderSize];
            // Zeroed by the runtime: what is behind a short frame is its padding.
            var frame = new byte[Math.Max(length, NetLayout.MinFrameSize)];
            if(!reader.TryRead(header.Slice(0, device.HeaderSize)) || !reader.TryRead(frame.AsSpan(0, (int)length)))
            {
                counters.TxDropMalformed++;
                return;
            }
            // H-65. The flags ask for nothing that was negotiated, so they are ignored (NET-19, NET-20, NET-30).
            if(header[NetLayout.HeaderGsoType] != NetLayout.GsoNone)
            {
                counters.TxDropOffload++;
                return;
            }
            if(!device.LinkUp)
            {
                counters.TxDropLinkDown++;
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

        private readonly VirtioTransport transport;
        private readonly NetDevice device;
        private readonly IFrameSink sink;
    }
}
