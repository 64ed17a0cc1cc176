// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A transmit queue: from the driver to the wire. virtio v1.4-cs01: 5.1.9.2 "Packet Transmission".

using System;

using VirtioNet.Memory;
using VirtioNet.Net.Control;
using VirtioNet.Queues;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// Takes what the driver sends, one packet a chain, and hands it to the wire whole. Checksums and segmentation that the driver
    /// leaves to the device are checked here, and done (SoftwareOffload) by the receiver that needs ordinary frames.
    /// </summary>
    internal sealed class TransmitRole : QueueRole
    {
        /// <summary>Connects the transmit queue of a pair to its wire.</summary>
        public TransmitRole(NetDevice device, int number, int pair, IPacketSink wire)
            : base(device, number)
        {
            this.pair = pair;
            this.wire = wire;
        }

        /// <inheritdoc/>
        public override void Attach(VirtioTransport transport)
        {
            base.Attach(transport);
            memory = transport.Memory;
            steering = Device.Steering;
        }

        /// <summary>
        /// Sends what is available, at most one share of work, and gives all buffers back as one batch. The rest is deferred, so that
        /// each of many notifications causes a bounded amount of work (H-55). Packets on a pair that is not in use stay where they are
        /// until it is (H-74).
        /// </summary>
        public override void Notified(Virtqueue queue)
        {
            if(pair >= Device.PairsInUse)
            {
                LeaveWaiting(queue);
                return;
            }
            var share = new WorkShare(queue.Size);
            do
            {
                Drain(queue, ref share);
            }
            while(!share.IsSpent && queue.EnableNotifications());
            Counters.Packets += (uint)share.Packets;
            Counters.Frames += (uint)share.Frames;
            Counters.Bytes += (uint)share.Bytes;
            Transport.Complete(queue);
            if(share.IsSpent)
            {
                Transport.Defer(queue);
            }
        }

        /// <summary>Nothing to do: no packet is kept here.</summary>
        public override void Stopped()
        {
        }

        /// <inheritdoc/>
        public override void ResetCounters()
        {
            Counters = new TransmitCounters();
        }

        /// <inheritdoc/>
        public override ulong StatisticsTypes => QueueStatistics.Bit(ControlLayout.TransmitBasic) | QueueStatistics.Bit(ControlLayout.TransmitChecksum)
            | QueueStatistics.Bit(ControlLayout.TransmitGso);

        /// <inheritdoc/>
        public override ulong[] Statistics(byte type, QueueCounters traffic)
        {
            switch(type)
            {
                case ControlLayout.TransmitBasic:
                    return new[] { traffic.Notifications, Counters.Frames, Counters.Bytes, traffic.Interrupts, Counters.Drops, Counters.DropMalformed };
                case ControlLayout.TransmitChecksum:
                    return new[] { Counters.Packets - Counters.NeedsChecksum, Counters.NeedsChecksum };
                default:
                    return new[]
                    {
                        Counters.LargePackets, Counters.LargeBytes, Counters.LargeFrames, Counters.LargeFrameBytes, Counters.UncutPackets, Counters.UncutBytes,
                    };
            }
        }

        /// <summary>What the queue has counted.</summary>
        public TransmitCounters Counters { get; private set; } = new TransmitCounters();

        private void LeaveWaiting(Virtqueue queue)
        {
            if(queue.TryPop(out var chain) == PopResult.Chain)
            {
                queue.PutBack(chain);
                Transport.Reports.Misuse(ControlRules.PairNotUsed, (uint)Number, (uint)Device.PairsInUse);
            }
            Transport.Complete(queue);
        }

        // Sends until the ring is empty or the share is spent. Chains that were popped and not sent are put back.
        private void Drain(Virtqueue queue, ref WorkShare share)
        {
            int count;
            while(!share.IsSpent && (count = queue.Pop(chains.AsSpan(0, Math.Min(share.Chains, batch)))) != 0)
            {
                var used = 0;
                while(used < count && !share.IsSpent && TryTransmit(queue, chains[used], ref share))
                {
                    queue.Push(chains[used], 0);
                    used++;
                }
                share.Chains -= used;
                batch = used < count ? Math.Max(1, used) : Math.Min(2 * batch, Batch);
                for(var i = count - 1; i >= used; i--)
                {
                    queue.PutBack(chains[i]);
                }
            }
        }

        // False if the wire has no room now: the chain waits, and nothing was counted. In all other cases the chain is used,
        // and the packet was sent or is counted as dropped.
        private bool TryTransmit(Virtqueue queue, in DescriptorChain chain, ref WorkShare share)
        {
            if(chain.Descriptors > 1)
            {
                share.Waste(chain.Descriptors * RingLayout.DescriptorSize);
            }
            var headerSize = Negotiated.HeaderSize;
            var length = unchecked((long)chain.ReadableLength - headerSize);
            if(length < Ethernet.HeaderSize || length > Ethernet.MaxFrameSize || chain.WritableLength != 0)
            {
                DropMalformed(chain, headerSize);
                return true;
            }
            if(!IsPassing)
            {
                Counters.DropLinkDown++;
                return true;
            }
            var segments = queue.Readable(chain);
            var size = unchecked((int)chain.ReadableLength);
            if(!memory.TryMap(segments, size, out var message))
            {
                return TryTransmitPieces(segments, size, ref share);
            }
            var request = new TransmitRequest(message);
            var packet = message.Slice(headerSize);
            if(request.IsEmpty && length >= Ethernet.MinFrameSize && length <= LongestUntagged)
            {
                // The usual frame has no work left, and is sent straight from guest memory.
                return TrySend(packet, ref share);
            }
            return TrySendUnusual(request.IsForSegments ? Copy(packet) : packet, request, ref share);
        }

        // A message in several places of host memory is put together first.
        private bool TryTransmitPieces(ReadOnlySpan<Segment> segments, int size, ref WorkShare share)
        {
            var message = CopyOf(size);
            if(new ChainReader(memory, segments).TryRead(message))
            {
                return TrySendUnusual(message.Slice(Negotiated.HeaderSize), new TransmitRequest(message), ref share);
            }
            Counters.DropMalformed++;
            ReportDrop(FrameRules.SentFromNowhere, size, default, 0);
            return true;
        }

        // Checks and sends any packet. The caller has copied one that is to be cut, so the guest cannot change headers after they were
        // checked (H-18).
        private bool TrySendUnusual(ReadOnlySpan<byte> packet, TransmitRequest request, ref WorkShare share)
        {
            if(packet.Length > LongestUntagged && packet.Length > Ethernet.MaxPayload + Ethernet.HeaderLength(packet))
            {
                Counters.DropMalformed++;
                ReportDrop(FrameRules.SentTooLong, packet.Length, packet, Ethernet.MaxPayload + Ethernet.HeaderLength(packet));
                return true;
            }
            var fault = FindFault(packet, request, out var offload);
            if(fault != null)
            {
                Counters.DropOffload++;
                ReportDrop(fault, packet.Length, packet, 0);
                share.Waste(packet.Length);
                return true;
            }
            if(packet.Length >= Ethernet.MinFrameSize || offload.Segmentation != Segmentation.None)
            {
                return TrySend(packet, offload, ref share);
            }
            var isSent = TrySend(Pad(packet), offload, ref share);
            Counters.Padded += isSent ? 1U : 0U;
            return isSent;
        }

        // Reads and checks what the driver asks for. Returns the rule that it breaks, or null.
        private Rule? FindFault(ReadOnlySpan<byte> packet, in TransmitRequest request, out PacketOffload offload)
        {
            var rule = request.Read(Negotiated, out offload);
            if(rule != null)
            {
                return rule;
            }
            var fault = SoftwareOffload.Check(packet, ref offload);
            return fault == OffloadFault.None ? null : FrameRules.Of(fault);
        }

        private bool TrySend(ReadOnlySpan<byte> frame, ref WorkShare share)
        {
            if(!wire.TrySend(frame, default))
            {
                share.End();
                return false;
            }
            steering?.Learn(frame, pair);
            share.Count(frame.Length);
            return true;
        }

        private bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload, ref WorkShare share)
        {
            if(!wire.TrySend(packet, offload))
            {
                share.End();
                return false;
            }
            steering?.Learn(packet, pair);
            share.Count(offload.CountFrames(packet.Length), offload.CountBytes(packet.Length));
            if(offload.NeedsChecksum)
            {
                CountOffload(packet.Length, offload);
            }
            return true;
        }

        private void CountOffload(int length, in PacketOffload offload)
        {
            Counters.NeedsChecksum++;
            if(offload.Segmentation == Segmentation.None)
            {
                return;
            }
            var frames = offload.CountFrames(length);
            Counters.LargePackets++;
            Counters.LargeBytes += (uint)length;
            Counters.LargeFrames += (uint)frames;
            Counters.LargeFrameBytes += (uint)offload.CountBytes(length);
            Counters.UncutPackets += frames == 1 ? 1U : 0U;
            Counters.UncutBytes += frames == 1 ? (uint)length : 0U;
        }

        private void DropMalformed(in DescriptorChain chain, int headerSize)
        {
            Counters.DropMalformed++;
            var length = (int)Math.Min(chain.ReadableLength, int.MaxValue);
            if(chain.WritableLength == 0 && length >= headerSize + Ethernet.HeaderSize)
            {
                ReportDrop(FrameRules.SentTooLong, length - headerSize, default, Ethernet.MaxFrameSize);
                return;
            }
            ReportDrop(FrameRules.SentWithoutFrame, length, default, headerSize + Ethernet.HeaderSize);
        }

        // A short frame, filled up with zeros to the 60 bytes that a wire carries at least (H-64).
        private ReadOnlySpan<byte> Pad(ReadOnlySpan<byte> frame)
        {
            frame.CopyTo(padded);
            padded.AsSpan(frame.Length).Clear();
            return padded;
        }

        private Span<byte> Copy(ReadOnlySpan<byte> packet)
        {
            var copy = CopyOf(packet.Length);
            packet.CopyTo(copy);
            return copy;
        }

        // Room for a message or packet that has to be copied; reused, so that it allocates nothing.
        private Span<byte> CopyOf(int length)
        {
            copied ??= new byte[NetLayout.TunnelHeaderSize + Ethernet.MaxFrameSize];
            return copied.AsSpan(0, length);
        }

        // Chains to pop at once: fewer after some had to be put back, since these are read and checked a second time.
        private int batch = Batch;
        private byte[]? copied;
        private IGuestMemory memory = null!;
        private ReceiveSteering? steering;

        private readonly byte[] padded = new byte[Ethernet.MinFrameSize];
        private readonly DescriptorChain[] chains = new DescriptorChain[Batch];
        private readonly int pair;
        private readonly IPacketSink wire;

        private const int Batch = 64;
        private const int LongestUntagged = Ethernet.MaxPayload + Ethernet.HeaderSize;
    }
}
