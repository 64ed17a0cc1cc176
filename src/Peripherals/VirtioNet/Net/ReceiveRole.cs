// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A receive queue: from the wire to the driver. virtio v1.4-cs01: 5.1.9.3 "Setting Up Receive Buffers",
// 5.1.9.4 "Processing of Incoming Packets".

using System;

using VirtioNet.Memory;
using VirtioNet.Net.Control;
using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// Puts frames into the driver's buffers, in the order they came. A frame for which there are no buffers waits until the
    /// driver has made some available and notifies the queue.
    /// </summary>
    internal sealed class ReceiveRole : QueueRole
    {
        /// <summary>Makes a receive queue for which nothing waits.</summary>
        public ReceiveRole(NetDevice device, int number)
            : base(device, number)
        {
        }

        /// <inheritdoc/>
        public override void Attach(VirtioTransport transport)
        {
            base.Attach(transport);
            memory = transport.Memory;
        }

        /// <summary>
        /// True if the driver wants a packet; otherwise counts why not. A packet that is dropped anyway, because the link is down or it
        /// is no frame, is left to <see cref="Receive"/>.
        /// </summary>
        public bool Filter(Packet packet, ReceiveFilter filter)
        {
            var frame = packet.Bytes;
            if(!IsPassing || frame.Length < Ethernet.HeaderSize)
            {
                return true;
            }
            switch(filter.Judge(frame))
            {
                case FilterVerdict.OtherVlan:
                    Counters.DropOtherVlan++;
                    return false;
                case FilterVerdict.OtherAddress:
                    Counters.DropOtherAddress++;
                    return false;
                default:
                    return true;
            }
        }

        /// <summary>Takes a packet off the wire that the driver takes as it is: delivers it, lets it wait for buffers, or drops and counts it.</summary>
        public void Receive(Packet frame)
        {
            if(!IsPassing)
            {
                Counters.DropLinkDown++;
            }
            else if(!Transport.TryGetQueue(Number, out var queue))
            {
                // No driver runs the queue, and nothing is kept for a later one (H-49, H-106).
                Counters.DropNotReady++;
            }
            else if(IsLengthAllowed(frame))
            {
                DeliverOrWait(queue, frame);
            }
        }

        /// <summary>
        /// Delivers the frames that wait, in one batch of about as many buffers as the queue has. The rest is deferred, so that each of
        /// many notifications causes a bounded amount of work (H-55).
        /// </summary>
        public override void Notified(Virtqueue queue)
        {
            var budget = (int)queue.Size;
            var fate = Fate.Settled;
            while(fate == Fate.Settled && budget > 0 && backlog.Count > 0)
            {
                fate = Deliver(queue, backlog.Peek(), ref budget);
                if(fate == Fate.Settled)
                {
                    backlog.RemoveFirst();
                }
            }
            Conclude(queue, fate);
        }

        /// <summary>Drops what waits: the driver that it waited for is gone (H-49).</summary>
        public override void Stopped()
        {
            Counters.DropNotReady += (uint)backlog.TakeAll().Length;
        }

        /// <summary>Gives up the packets that wait, in their order, and counts none of them.</summary>
        public Packet[] TakeWaiting()
        {
            return backlog.TakeAll();
        }

        /// <inheritdoc/>
        public override void ResetCounters()
        {
            Counters = new ReceiveCounters();
        }

        /// <inheritdoc/>
        public override ulong StatisticsTypes => QueueStatistics.Bit(ControlLayout.ReceiveBasic) | QueueStatistics.Bit(ControlLayout.ReceiveChecksum)
            | QueueStatistics.Bit(ControlLayout.ReceiveGso);

        /// <summary>
        /// The device never says that a checksum is right, and looks at none that is not its own to make; it coalesces no packets. Those counters are 0.
        /// </summary>
        public override ulong[] Statistics(byte type, QueueCounters traffic)
        {
            switch(type)
            {
                case ControlLayout.ReceiveBasic:
                    return new[] { traffic.Notifications, Counters.Frames, Counters.Bytes, traffic.Interrupts, Counters.Drops, Counters.DropOverruns };
                case ControlLayout.ReceiveChecksum:
                    return new[] { 0UL, Counters.NeedsChecksum, Counters.Frames - Counters.NeedsChecksum, 0UL };
                default:
                    return new[] { Counters.LargePackets, Counters.LargeBytes, 0UL, 0UL };
            }
        }

        /// <summary>What the queue has counted.</summary>
        public ReceiveCounters Counters { get; private set; } = new ReceiveCounters();

        /// <summary>
        /// The largest packet that should come here uncut. With mergeable buffers it takes half of the ring at most, if each buffer
        /// has room for a usual frame: one that needs more buffers than there are could never be delivered.
        /// </summary>
        public int LargestPacket => Negotiated.MergeableBuffers && Transport.TryGetQueue(Number, out var queue)
            ? Math.Min(Ethernet.MaxFrameSize, queue.Size / 2 * (Ethernet.HeaderSize + Device.Mtu))
            : Ethernet.MaxFrameSize;

        /// <summary>True if the queue is open and the driver runs it.</summary>
        public bool IsInUse => IsOpen && Transport.TryGetQueue(Number, out _);

        // Of a packet that is to be cut, the frames that it stands for count.
        private bool IsLengthAllowed(Packet packet)
        {
            var frame = packet.Bytes;
            if(frame.Length < Ethernet.HeaderSize)
            {
                Counters.DropRunt++;
                ReportDrop(FrameRules.ReceivedTooShort, frame.Length, frame, Ethernet.HeaderSize);
                return false;
            }
            var length = packet.IsFinished ? frame.Length : packet.Offload.LongestFrame(frame.Length);
            var limit = Negotiated.MaxPayload(Device.Mtu) + Ethernet.HeaderSize;
            if(length <= limit)
            {
                return true;
            }
            // Tags are part of the header, and lengthen the frame that an MTU allows.
            limit += Ethernet.HeaderLength(frame) - Ethernet.HeaderSize;
            if(length <= limit)
            {
                return true;
            }
            Counters.DropTooLong++;
            ReportDrop(FrameRules.ReceivedTooLong, length, frame, limit);
            return false;
        }

        private void DeliverOrWait(Virtqueue queue, Packet frame)
        {
            // Frames that wait already come first; and while bus mastering is off, the device must not touch memory.
            if(backlog.Count != 0 || !Transport.BusMaster)
            {
                Wait(frame);
                return;
            }
            var budget = (int)queue.Size;
            var fate = Deliver(queue, frame, ref budget);
            if(fate != Fate.Settled)
            {
                Wait(frame);
            }
            Conclude(queue, fate);
        }

        private void Wait(Packet frame)
        {
            if(!backlog.TryAdd(frame))
            {
                Counters.DropOverruns++;
                ReportDrop(FrameRules.ReceivedTooFast, frame.Length, frame.Bytes, backlog.Count == ReceiveBacklog.MaxFrames ? ReceiveBacklog.MaxFrames : ReceiveBacklog.MaxBytes);
            }
        }

        // Shows the driver what was delivered, and parks the device if the queue has failed. Frames that still wait are looked at
        // when the driver notifies the queue of more buffers, or, if it has buffers already, as deferred work.
        private void Conclude(Virtqueue queue, Fate last)
        {
            Transport.Complete(queue);
            if(last == Fate.NoBuffers ? queue.EnableNotifications() : backlog.Count > 0)
            {
                Transport.Defer(queue);
            }
        }

        // Delivers or drops the frame and returns Settled; otherwise every buffer stays available (H-82). Each buffer that is looked
        // at takes 1 from the budget.
        private Fate Deliver(Virtqueue queue, Packet frame, ref int budget)
        {
            var fate = TakeBuffer(queue, 0, ref budget);
            if(fate != Fate.Settled)
            {
                return fate;
            }
            ref readonly var chain = ref chains[0];
            var headerSize = Negotiated.HeaderSize;
            var size = headerSize + frame.Length;
            var segments = queue.Writable(chain);
            if(chain.WritableLength < (uint)size || !memory.TryMap(segments, size, out var buffer))
            {
                return DeliverPieces(queue, frame, ref budget);
            }
            // The usual case: one buffer has room for the frame, and is contiguous in host memory.
            WriteHeader(buffer, frame, 1);
            frame.Bytes.CopyTo(buffer.Slice(headerSize));
            memory.Written(segments[0].Address, size);
            queue.Push(chain, (uint)size);
            CountDelivered(frame);
            return Fate.Settled;
        }

        private void WriteHeader(Span<byte> header, Packet frame, int count)
        {
            ReceiveHeader.Write(header, frame, count, Negotiated);
            if(Negotiated.ReportsHashes)
            {
                ReceiveHeader.WriteHash(header, Device.HashOf(frame));
            }
        }

        // The frame needs several buffers, or the one in chains[0], taken already, is not contiguous in host memory.
        private Fate DeliverPieces(Virtqueue queue, Packet frame, ref int budget)
        {
            var needed = (uint)(Negotiated.HeaderSize + frame.Length);
            var room = chains[0].WritableLength;
            var count = 1;
            while(room < needed && Negotiated.MergeableBuffers && count < queue.Size)
            {
                if(count == chains.Length)
                {
                    Array.Resize(ref chains, chains.Length * 2);
                }
                var fate = TakeBuffer(queue, count, ref budget);
                if(fate != Fate.Settled)
                {
                    return fate;
                }
                room += chains[count].WritableLength;
                count++;
            }
            if(room < needed)
            {
                // Without mergeable buffers a frame has one buffer, and this one is too small (NET-34). With them all buffers that
                // the ring can hold are available and too small, so waiting is useless (H-82). The buffers stay available.
                PutBack(queue, count);
                Counters.DropTooBig++;
                ReportDrop(FrameRules.ReceivedTooBig, frame.Length, frame.Bytes, (int)room);
                return Fate.Settled;
            }
            return Fill(queue, count, frame);
        }

        // Fills each buffer completely before the next (NET-40). The driver sees all of them at once, in Conclude (NET-41, H-29).
        private Fate Fill(Virtqueue queue, int count, Packet frame)
        {
            WriteHeader(headerBytes, frame, count);
            ReadOnlySpan<byte> header = headerBytes.AsSpan(0, Negotiated.HeaderSize);
            var payload = frame.Bytes;
            for(var i = 0; i < count; i++)
            {
                var writer = new ChainWriter(memory, queue.Writable(chains[i]));
                if(!writer.TryWrite(ref header) || !writer.TryWrite(ref payload))
                {
                    queue.Reject(QueueFault.BufferGone, chains[i]);
                    return Fate.QueueFailed;
                }
                queue.Push(chains[i], writer.Written);
            }
            CountDelivered(frame);
            return Fate.Settled;
        }

        // Pops one more buffer for a frame that has so many already. If there is none, or it is unusable, all are put back.
        private Fate TakeBuffer(Virtqueue queue, int count, ref int budget)
        {
            if(queue.Pop(chains.AsSpan(count, 1)) == 0)
            {
                PutBack(queue, count);
                return queue.Error == null ? Fate.NoBuffers : Fate.QueueFailed;
            }
            budget--;
            ref readonly var chain = ref chains[count];
            if(chain.ReadableLength == 0 && (Negotiated.MergeableBuffers || chain.WritableLength >= (uint)Negotiated.HeaderSize))
            {
                return Fate.Settled;
            }
            // A buffer that no frame can be put into would starve the queue in silence, so it is an error (H-14, H-81).
            queue.Reject(chain.ReadableLength != 0 ? QueueFault.ReadableReceiveBuffer : QueueFault.ReceiveBufferTooSmall, chain);
            PutBack(queue, count + 1);
            return Fate.QueueFailed;
        }

        private void PutBack(Virtqueue queue, int count)
        {
            while(count > 0)
            {
                count--;
                queue.PutBack(chains[count]);
            }
        }

        private void CountDelivered(Packet frame)
        {
            Counters.Frames++;
            Counters.Bytes += (uint)frame.Length;
            if(frame.IsFinished)
            {
                return;
            }
            Counters.NeedsChecksum++;
            if(frame.Offload.Segmentation != Segmentation.None)
            {
                Counters.LargePackets++;
                Counters.LargeBytes += (uint)frame.Length;
            }
        }

        // Chains of the frame being delivered; reused, so that a frame allocates nothing.
        private DescriptorChain[] chains = new DescriptorChain[16];
        private IGuestMemory memory = null!;

        private readonly byte[] headerBytes = new byte[NetLayout.TunnelHeaderSize];
        private readonly ReceiveBacklog backlog = new ReceiveBacklog();

        // What becomes of a frame.
        private enum Fate
        {
            // It was delivered, or dropped and counted.
            Settled,
            // It waits for buffers.
            NoBuffers,
            // The queue has failed. The frame waits, too, until the reset that the driver has to make drops it.
            QueueFailed,
        }
    }
}
