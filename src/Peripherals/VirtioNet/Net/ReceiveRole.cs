// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A receive queue: from the wire to the driver. virtio v1.4-cs01: 5.1.9.3 "Setting Up Receive Buffers",
// 5.1.9.4 "Processing of Incoming Packets".

using System;
using System.Buffers.Binary;

using VirtioNet.Memory;
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
        public ReceiveRole(NetDevice device, int number, ushort maxSize)
            : base(device, number, maxSize)
        {
        }

        /// <inheritdoc/>
        public override void Attach(VirtioTransport transport)
        {
            base.Attach(transport);
            memory = transport.Memory;
        }

        /// <summary>Takes a finished frame off the wire: delivers it, lets it wait for buffers, or drops and counts it.</summary>
        public void Receive(Packet frame)
        {
            if(!IsPassing)
            {
                Counters.DropLinkDown++;
            }
            else if(!Transport.TryGetQueue(Number, out var queue))
            {
                // Nobody will ever take it (H-49, H-106).
                Counters.DropNotReady++;
            }
            else if(IsLengthAllowed(frame.Bytes))
            {
                DeliverOrWait(queue, frame);
            }
        }

        /// <summary>
        /// Delivers what waits, as one batch of about one queue's worth of buffers; then the rest is deferred (H-55).
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
            Counters.DropNotReady += (uint)backlog.Clear();
        }

        /// <inheritdoc/>
        public override void ResetCounters()
        {
            Counters = new ReceiveCounters();
        }

        /// <summary>What the queue has counted.</summary>
        public ReceiveCounters Counters { get; private set; } = new ReceiveCounters();

        /// <summary>True if the queue is open and the driver runs it.</summary>
        public bool IsInUse => IsOpen && Transport.TryGetQueue(Number, out _);

        private bool IsLengthAllowed(ReadOnlySpan<byte> frame)
        {
            if(frame.Length < Ethernet.HeaderSize)
            {
                Counters.DropRunt++;
                ReportDrop(FrameRules.ReceivedTooShort, frame.Length, frame, Ethernet.HeaderSize);
                return false;
            }
            var limit = Negotiated.MaxPayload(Device.Mtu) + Ethernet.HeaderSize;
            if(frame.Length <= limit)
            {
                return true;
            }
            // Tags are part of the header, and lengthen the frame that an MTU allows.
            limit += Ethernet.HeaderLength(frame) - Ethernet.HeaderSize;
            if(frame.Length <= limit)
            {
                return true;
            }
            Counters.DropTooLong++;
            ReportDrop(FrameRules.ReceivedTooLong, frame.Length, frame, limit);
            return false;
        }

        private void DeliverOrWait(Virtqueue queue, Packet frame)
        {
            // Not before those that wait already, nor while the bus keeps the device from memory.
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
                ReportDrop(FrameRules.ReceivedTooFast, frame.Length, frame.Bytes, ReceiveBacklog.MaxFrames);
            }
        }

        // Shows the driver what was delivered, parks the device if the queue has failed, and sees to it that what waits is
        // looked at again: when the driver notifies the queue of more buffers, or soon.
        private void Conclude(Virtqueue queue, Fate last)
        {
            Transport.Complete(queue);
            if(last == Fate.NoBuffers ? queue.EnableNotifications() : backlog.Count > 0)
            {
                Transport.Defer(queue);
            }
        }

        // Nothing is consumed unless the frame is settled (H-82). The budget counts buffers.
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
            // The usual buffer has room for the frame, and lies together.
            WriteHeader(buffer, 1);
            frame.Bytes.CopyTo(buffer.Slice(headerSize));
            memory.Written(segments[0].Address, size);
            queue.Push(chain, (uint)size);
            CountDelivered(frame);
            return Fate.Settled;
        }

        // Goes on with one buffer taken, which is too small or does not lie together.
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
                // Without mergeable buffers a frame has one buffer, and this one is too small (NET-34). With them the whole
                // ring is on offer and does not suffice, so it would be in vain to wait (H-82). The buffers stay available.
                PutBack(queue, count);
                Counters.DropTooBig++;
                ReportDrop(FrameRules.ReceivedTooBig, frame.Length, frame.Bytes, (int)room);
                return Fate.Settled;
            }
            return Fill(queue, count, frame);
        }

        // Fills each buffer before the next (NET-40). The driver sees none of them before Conclude shows all (NET-41, H-29).
        private Fate Fill(Virtqueue queue, int count, Packet frame)
        {
            WriteHeader(headerBytes, (ushort)count);
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

        // Pops a buffer, besides those that the frame has already, and gives all of them back if there is none for it.
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

        // All fields but num_buffers are 0 (H-89); without mergeable buffers num_buffers is 1 (NET-38). Always writes 12 bytes:
        // with the header of 10 bytes, the frame is copied over the last two of them.
        private void WriteHeader(Span<byte> header, ushort numBuffers)
        {
            var field = Negotiated.IsBigEndian ? BinaryPrimitives.ReverseEndianness(numBuffers) : numBuffers;
            BinaryPrimitives.WriteUInt64LittleEndian(header, 0);
            // csum_offset, and num_buffers after it.
            BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(NetLayout.HeaderCsumOffset), (uint)field << 16);
        }

        private void CountDelivered(Packet frame)
        {
            Counters.Frames++;
            Counters.Bytes += (uint)frame.Length;
        }

        // Chains of the frame being delivered; reused, so that a frame allocates nothing.
        private DescriptorChain[] chains = new DescriptorChain[16];
        private IGuestMemory memory = null!;

        private readonly byte[] headerBytes = new byte[NetLayout.HeaderSize];
        private readonly ReceiveBacklog backlog = new ReceiveBacklog();

        // What becomes of a frame.
        private enum Fate
        {
            // It was delivered, or dropped and counted.
            Settled,
            // It waits for buffers.
            NoBuffers,
            // It waits, too: the queue has failed, and the reset that has to come drops it.
            QueueFailed,
        }
    }
}
