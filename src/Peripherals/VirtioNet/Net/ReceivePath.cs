#nullable enable
// From wire to receive queue. virtio v1.4-cs01: 5.1.6.3 "Setting Up Receive Buffers",
// 5.1.6.4 "Processing of Incoming Packets".

using System;
using System.Buffers.Binary;

using VirtioNet.Memory;
using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Net
{
    /// <summary>Puts frames into the driver's buffers, in the order they came.</summary>
    public sealed class ReceivePath
    {
        /// <summary>Makes the path to a queue, with an empty backlog.</summary>
        public ReceivePath(VirtioTransport transport, NetDevice device, int queueIndex)
        {
            this.queueIndex = queueIndex;
            this.transport = transport;
            this.device = device;
            memory = transport.Memory;
            counters = device.Counters;
        }

        /// <summary>Takes a frame off the wire: delivers it, lets it wait for buffers, or drops and counts it.</summary>
        public void Receive(byte[] frame)
        {
            if(!device.IsPassing(queueIndex))
            {
                counters.RxDropLinkDown++;
            }
            else if(!transport.TryGetQueue(queueIndex, out var queue))
            {
                // H-49, H-106: nobody will ever take it.
                counters.RxDropNotReady++;
            }
            else if(frame.Length < NetLayout.EthernetHeaderSize)
            {
                counters.RxDropRunt++;
            }
            else if(device.IsTooLong(frame))
            {
                counters.RxDropTooLong++;
            }
            else if(backlog.Count != 0 || !transport.BusMaster)
            {
                Wait(frame);
            }
            else
            {
                var budget = (int)queue.Size;
                var starved = !TryDeliver(queue, frame, ref budget);
                if(starved)
                {
                    Wait(frame);
                }
                Finish(queue, starved);
            }
        }

        /// <summary>
        /// Delivers what waits, as one batch of about one queue's worth of buffers (H-55); then the rest is
        /// deferred. What finds no buffers goes on waiting, and only then the driver is asked to notify.
        /// </summary>
        public void Drain(Virtqueue queue)
        {
            var budget = (int)queue.Size;
            var starved = false;
            while(!starved && budget > 0 && backlog.Count > 0)
            {
                starved = !TryDeliver(queue, backlog.Peek(), ref budget);
                if(!starved)
                {
                    backlog.RemoveFirst();
                }
            }
            Finish(queue, starved);
        }

        /// <summary>Drops what waits: the driver that it waited for is gone.</summary>
        public void Reset()
        {
            counters.RxDropNotReady += (uint)backlog.Clear();
        }

        private void Wait(byte[] frame)
        {
            if(!backlog.TryAdd(frame))
            {
                counters.RxDropOverruns++;
            }
        }

        private void Finish(Virtqueue queue, bool starved)
        {
            transport.Complete(queue);
            if(starved ? queue.EnableNotifications() : backlog.Count > 0)
            {
                transport.Defer(queue);
            }
        }

        // False if the frame has to wait; nothing is consumed then (H-82). The budget counts buffers.
        private bool TryDeliver(Virtqueue queue, byte[] frame, ref int budget)
        {
            if(!TryTakeBuffer(queue, 0, ref budget))
            {
                return false;
            }
            ref readonly var chain = ref chains[0];
            var size = device.HeaderSize + frame.Length;
            if(chain.WritableLength < (uint)size || !memory.TryMap(queue.Writable(chain), size, out var buffer))
            {
                return TryDeliverPieces(queue, frame, ref budget);
            }
            // The usual buffer has room for the frame, and lies together.
            WriteHeader(buffer, 1);
            frame.CopyTo(buffer.Slice(device.HeaderSize));
            memory.Written(queue.Writable(chain)[0].Address, size);
            queue.Push(chain, (uint)size);
            CountDelivered(frame);
            return true;
        }

        // Pops a buffer behind those that the frame has already.
        private bool TryTakeBuffer(Virtqueue queue, int count, ref int budget)
        {
            if(queue.TryPop(out chains[count]) != PopResult.Chain)
            {
                PutBack(queue, count);
                return false;
            }
            budget--;
            if(!IsReceiveBuffer(queue, chains[count]))
            {
                PutBack(queue, count + 1);
                return false;
            }
            return true;
        }

        // Goes on with one buffer taken.
        private bool TryDeliverPieces(Virtqueue queue, byte[] frame, ref int budget)
        {
            var needed = (uint)(device.HeaderSize + frame.Length);
            var room = chains[0].WritableLength;
            var count = 1;
            while(room < needed && device.MergeableBuffers && count < queue.Size)
            {
                if(count == chains.Length)
                {
                    Array.Resize(ref chains, chains.Length * 2);
                }
                if(!TryTakeBuffer(queue, count, ref budget))
                {
                    return false;
                }
                room += chains[count].WritableLength;
                count++;
            }
            if(room < needed)
            {
                // NET-34: one buffer a frame, and this one does not fit. Or, H-82, the whole ring is on offer and
                // does not suffice: waiting would never end. R2: the buffers stay available.
                PutBack(queue, count);
                counters.RxDropTooBig++;
                return true;
            }
            return TryFill(queue, count, frame);
        }

        // NET-40, NET-41, H-29: each buffer is filled before the next, all before Complete publishes any.
        private bool TryFill(Virtqueue queue, int count, byte[] frame)
        {
            WriteHeader(headerBytes, (ushort)count);
            ReadOnlySpan<byte> header = headerBytes.AsSpan(0, device.HeaderSize);
            ReadOnlySpan<byte> payload = frame;
            for(var i = 0; i < count; i++)
            {
                var writer = new ChainWriter(memory, queue.Writable(chains[i]));
                if(!writer.TryWrite(ref header) || !writer.TryWrite(ref payload))
                {
                    queue.Reject(QueueFault.BufferGone, chains[i]);
                    return false;
                }
                queue.Push(chains[i], writer.Written);
            }
            CountDelivered(frame);
            return true;
        }

        // NET-38, NET-39: num_buffers is 1 without mergeable buffers. H-89: all other fields are 0. A header without
        // num_buffers is shorter by it: there the frame comes to lie.
        private void WriteHeader(Span<byte> header, ushort numBuffers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(header, 0);
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(NetLayout.HeaderCsumOffset), 0);
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(NetLayout.HeaderNumBuffers), device.BigEndian ? BinaryPrimitives.ReverseEndianness(numBuffers) : numBuffers);
        }

        private void CountDelivered(byte[] frame)
        {
            counters.RxFrames++;
            counters.RxBytes += (uint)frame.Length;
        }

        // H-14, H-81: such a buffer would starve the queue in silence, so the driver is told.
        private bool IsReceiveBuffer(Virtqueue queue, in DescriptorChain chain)
        {
            if(chain.ReadableLength != 0)
            {
                queue.Reject(QueueFault.ReadableReceiveBuffer, chain);
                return false;
            }
            if(!device.MergeableBuffers && chain.WritableLength < (uint)device.HeaderSize)
            {
                queue.Reject(QueueFault.ReceiveBufferTooSmall, chain);
                return false;
            }
            return true;
        }

        private void PutBack(Virtqueue queue, int count)
        {
            while(count > 0)
            {
                count--;
                queue.PutBack(chains[count]);
            }
        }

        // Chains of the frame being delivered; reused, so that a frame allocates nothing.
        private DescriptorChain[] chains = new DescriptorChain[16];

        private readonly byte[] headerBytes = new byte[NetLayout.HeaderSize];

        private readonly int queueIndex;
        private readonly VirtioTransport transport;
        private readonly NetDevice device;
        private readonly IGuestMemory memory;
        private readonly NetCounters counters;
        private readonly ReceiveBacklog backlog = new ReceiveBacklog();
    }
}
