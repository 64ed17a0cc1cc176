#nullable enable
// The split virtqueue, device side. virtio v1.4-cs01: 2.7 "Split Virtqueues".
// The layout of its three areas is drawn in Spec/RingLayout.cs.

using System;
using System.Buffers.Binary;
using System.Threading;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>Descriptor table, available ring and used ring, with chained and indirect descriptors and event index.</summary>
    public sealed class SplitVirtqueue : Virtqueue
    {
        /// <summary>
        /// Makes the queue at index 0 of both rings. If the layout is not sound, the queue is born with its
        /// error latched (H-41, H-42); the size must have been checked to be a power of two.
        /// </summary>
        public SplitVirtqueue(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features) : base(memory, index, layout)
        {
            indirect = features.Has(Feature.IndirectDesc);
            eventIdx = features.Has(Feature.EventIdx);
            inFlight = new uint[layout.Size];
            CheckArea(Layout.DescriptorArea, (ulong)RingLayout.DescriptorSize * Size, RingLayout.DescriptorAlign);
            CheckArea(Layout.DriverArea, RingLayout.RingEntries + (ulong)RingLayout.AvailEntrySize * Size + RingLayout.EventSize, RingLayout.AvailAlign);
            CheckArea(Layout.DeviceArea, RingLayout.RingEntries + (ulong)RingLayout.UsedEntrySize * Size + RingLayout.EventSize, RingLayout.UsedAlign);
        }

        /// <inheritdoc/>
        public override PopResult TryPop(out DescriptorChain chain)
        {
            chain = default;
            if(Error != null)
            {
                return PopResult.Failed;
            }
            if(nextAvailable == available)
            {
                var refreshed = ReadAvailableIndex();
                if(refreshed != PopResult.Chain)
                {
                    return refreshed;
                }
            }
            var slot = (uint)nextAvailable & (Size - 1U);
            if(!Memory.TryReadUInt16(Layout.DriverArea + RingLayout.RingEntries + RingLayout.AvailEntrySize * slot, out var head))
            {
                return Fail(QueueFault.AreaOutsideRam, address: Layout.DriverArea);
            }
            // H-03.
            if(head >= Size)
            {
                return Fail(QueueFault.HeadOutOfRange, head, address: head, length: Size);
            }
            // H-17: between a pop and its publication the driver cannot own the head.
            if(inFlight[head] == batch)
            {
                return Fail(QueueFault.HeadInFlight, head);
            }
            var result = Walk(head, out chain);
            if(result == PopResult.Chain)
            {
                inFlight[head] = batch;
                nextAvailable = RingIndex.Add(nextAvailable, 1);
                Opened();
            }
            return result;
        }

        /// <inheritdoc/>
        public override void PutBack(in DescriptorChain chain)
        {
            inFlight[chain.Head] = 0;
            nextAvailable = RingIndex.Add(nextAvailable, -1);
            Closed();
        }

        /// <inheritdoc/>
        public override bool Push(in DescriptorChain chain, uint written)
        {
            Closed();
            // SPLIT-18: the element is written now, the index in Publish.
            Span<byte> element = stackalloc byte[RingLayout.UsedEntrySize];
            BinaryPrimitives.WriteUInt32LittleEndian(element, chain.Head);
            BinaryPrimitives.WriteUInt32LittleEndian(element.Slice(sizeof(uint)), written);
            var slot = (uint)RingIndex.Add(used, pushed) & (Size - 1U);
            if(!Memory.TryWrite(Layout.DeviceArea + RingLayout.RingEntries + RingLayout.UsedEntrySize * slot, element))
            {
                Fail(QueueFault.AreaOutsideRam, chain.Head, address: Layout.DeviceArea);
                return false;
            }
            pushed++;
            return true;
        }

        /// <inheritdoc/>
        public override bool Publish()
        {
            if(pushed == 0 || Error != null)
            {
                return false;
            }
            var old = used;
            used = RingIndex.Add(used, pushed);
            pushed = 0;
            NextBatch();
            // Orders the stores of data and used elements before the store of idx (SPLIT-18, SPLIT-19).
            Thread.MemoryBarrier();
            if(!Memory.TryWriteUInt16(Layout.DeviceArea + RingLayout.RingIdx, used))
            {
                Fail(QueueFault.AreaOutsideRam, address: Layout.DeviceArea);
                return false;
            }
            // Orders the store of idx before the load of flags or used_event: the driver does the opposite,
            // so at least one side sees the other (H-27).
            Thread.MemoryBarrier();
            return DriverWantsNotification(old);
        }

        /// <inheritdoc/>
        public override bool EnableNotifications()
        {
            if(Error != null)
            {
                return false;
            }
            // Without EVENT_IDX the flags of the used ring stay 0: the driver always notifies (SPLIT-22, SPLIT-28).
            if(eventIdx)
            {
                var availEvent = Layout.DeviceArea + RingLayout.RingEntries + (ulong)RingLayout.UsedEntrySize * Size;
                if(!Memory.TryWriteUInt16(availEvent, available))
                {
                    Fail(QueueFault.AreaOutsideRam, address: Layout.DeviceArea);
                    return false;
                }
                // Orders the store of avail_event before the load of the available idx (SPLIT-25).
                Thread.MemoryBarrier();
            }
            var seen = available;
            return ReadAvailableIndex() != PopResult.Failed && available != seen;
        }

        private PopResult ReadAvailableIndex()
        {
            if(!Memory.TryReadUInt16(Layout.DriverArea + RingLayout.RingIdx, out var idx))
            {
                return Fail(QueueFault.AreaOutsideRam, address: Layout.DriverArea);
            }
            // H-21, H-22: an index that moved back looks like a jump of nearly 65536.
            if(RingIndex.Distance(nextAvailable, idx) > Size)
            {
                return Fail(QueueFault.AvailableIndexJumped, address: idx, length: Size);
            }
            available = idx;
            // Orders the load of idx before the loads of ring entries and descriptors that it covers.
            Thread.MemoryBarrier();
            return nextAvailable == available ? PopResult.Empty : PopResult.Chain;
        }

        // Follows the chain from its head, through at most one indirect table. AddBuffer counts, so the walk
        // ends after Size buffers (H-01, H-02), and checks every buffer before any data moves.
        private PopResult Walk(ushort head, out DescriptorChain chain)
        {
            chain = default;
            var table = Layout.DescriptorArea;
            var tableSize = (uint)Size;
            var inTable = false;
            uint index = head;
            BeginChain();
            while(true)
            {
                if(!Descriptor.TryRead(Memory, table, index, out var descriptor))
                {
                    return AbandonChain(QueueFault.AreaOutsideRam, head, index, table, RingLayout.DescriptorSize);
                }
                var isIndirect = descriptor.IsIndirect;
                // SPLIT-10: an indirect one is the last of the plain descriptors; SPLIT-09: its WRITE means nothing.
                var fault = isIndirect ? CheckIndirect(inTable, descriptor) : AddBuffer(descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != null)
                {
                    return AbandonChain(fault.Value, head, index, descriptor.Address, descriptor.Length);
                }
                if(isIndirect)
                {
                    table = descriptor.Address;
                    tableSize = descriptor.Length / RingLayout.DescriptorSize;
                    inTable = true;
                    index = 0;
                    continue;
                }
                if(!descriptor.HasNext)
                {
                    break;
                }
                if(descriptor.Next >= tableSize)
                {
                    return AbandonChain(QueueFault.NextOutOfRange, head, index, descriptor.Next, tableSize);
                }
                index = descriptor.Next;
            }
            chain = EndChain(head);
            return PopResult.Chain;
        }

        private QueueFault? CheckIndirect(bool inTable, in Descriptor descriptor)
        {
            if(!indirect)
            {
                return QueueFault.IndirectNotNegotiated;
            }
            if(inTable)
            {
                return QueueFault.IndirectNested;
            }
            if(descriptor.HasNext)
            {
                return QueueFault.IndirectWithNext;
            }
            var length = descriptor.Length;
            if(length == 0 || length % RingLayout.DescriptorSize != 0 || length / RingLayout.DescriptorSize > Size)
            {
                return QueueFault.IndirectTableSize;
            }
            return Memory.Contains(descriptor.Address, length) ? (QueueFault?)null : QueueFault.IndirectTableOutsideRam;
        }

        // SPLIT-12 to SPLIT-17: with EVENT_IDX only used_event counts, without it only the flag.
        private bool DriverWantsNotification(ushort old)
        {
            var field = eventIdx ? RingLayout.RingEntries + (ulong)RingLayout.AvailEntrySize * Size : RingLayout.RingFlags;
            if(!Memory.TryReadUInt16(Layout.DriverArea + field, out var value))
            {
                // H-24: silence would leave the driver waiting for ever.
                Fail(QueueFault.AreaOutsideRam, address: Layout.DriverArea);
                return false;
            }
            return eventIdx ? RingIndex.Passed(value, old, used) : (value & RingLayout.AvailNoInterrupt) == 0;
        }

        private void NextBatch()
        {
            batch = unchecked(batch + 1);
            if(batch == 0)
            {
                Array.Clear(inFlight, 0, inFlight.Length);
                batch = 1;
            }
        }

        private void CheckArea(ulong address, ulong length, uint alignment)
        {
            if(address % alignment != 0)
            {
                Fail(QueueFault.MisalignedArea, address: address, length: alignment);
            }
            else if(!Memory.Contains(address, length))
            {
                Fail(QueueFault.AreaOutsideRam, address: address, length: length);
            }
        }

        // Next available ring entry to pop; runs ahead of the entries used.
        private ushort nextAvailable;
        // The available idx read last: entries before it may be popped without reading it again.
        private ushort available;
        // The used idx published last. Guest memory is never asked for it (H-25).
        private ushort used;
        // Elements written behind it and not yet published.
        private int pushed;
        // Number of the current batch; a head popped in it has this number in inFlight.
        private uint batch = 1;

        private readonly uint[] inFlight;
        private readonly bool indirect;
        private readonly bool eventIdx;
    }
}
