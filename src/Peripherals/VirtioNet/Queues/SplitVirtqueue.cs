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
        /// error latched (H-41, H-42). A legacy driver's rings are in the guest's byte order (2.7.3).
        /// </summary>
        public SplitVirtqueue(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features, bool bigEndian = false) : base(memory, index, layout, features)
        {
            this.bigEndian = bigEndian;
            notifyOnEmpty = features.Has(Feature.NotifyOnEmpty);
            inFlight = new ulong[layout.Size];
            CheckArea(Layout.DescriptorArea, (ulong)RingLayout.DescriptorSize * Size, RingLayout.DescriptorAlign);
            CheckArea(Layout.DriverArea, UsedEvent + RingLayout.EventSize, RingLayout.AvailAlign);
            CheckArea(Layout.DeviceArea, AvailEvent + RingLayout.EventSize, RingLayout.UsedAlign);
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
            if(!TryRead(Layout.DriverArea + RingLayout.RingEntries + RingLayout.AvailEntrySize * slot, out var head))
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
            return Walk(head, out chain);
        }

        /// <inheritdoc/>
        public override void PutBack(in DescriptorChain chain)
        {
            inFlight[chain.Head] = 0;
            nextAvailable = RingIndex.Add(nextAvailable, -1);
            Closed();
        }

        /// <inheritdoc/>
        public override bool EnableNotifications()
        {
            if(Error != null)
            {
                return false;
            }
            // Without EVENT_IDX the flags of the used ring stay 0: the driver always notifies (SPLIT-22, SPLIT-28).
            if(EventIdx)
            {
                if(!TryWrite(Layout.DeviceArea + AvailEvent, available))
                {
                    return FailOutsideRam(Layout.DeviceArea);
                }
                // Orders the store of avail_event before the load of the available idx: the driver does the
                // opposite, so at least one side sees the other (SPLIT-25, H-27).
                Thread.MemoryBarrier();
            }
            var seen = available;
            return ReadAvailableIndex() != PopResult.Failed && available != seen;
        }

        /// <inheritdoc/>
        public override QueuePosition Position => new QueuePosition(nextAvailable, used);

        /// <inheritdoc/>
        protected override bool TryMoveTo(QueuePosition position)
        {
            nextAvailable = position.Used;
            available = position.Used;
            used = position.Used;
            return RingIndex.Distance(position.Used, position.Available) <= Size;
        }

        /// <inheritdoc/>
        protected override bool WriteUsed(ushort id, uint written)
        {
            // SPLIT-18: the element is written now, the index in Show. An element is id, then len; one store writes both.
            var first = bigEndian ? BinaryPrimitives.ReverseEndianness((uint)id) : id;
            var second = bigEndian ? BinaryPrimitives.ReverseEndianness(written) : written;
            var element = (ulong)second << 32 | first;
            var slot = (uint)RingIndex.Add(used, Pushed) & (Size - 1U);
            return Memory.TryWriteValue(Layout.DeviceArea + RingLayout.RingEntries + RingLayout.UsedEntrySize * slot, element)
                || FailOutsideRam(Layout.DeviceArea);
        }

        /// <inheritdoc/>
        protected override bool Show(int entries)
        {
            used = RingIndex.Add(used, entries);
            batch++;
            // Orders the stores of data and of used elements before the store of idx (SPLIT-18, SPLIT-19).
            return TryWrite(Layout.DeviceArea + RingLayout.RingIdx, used) || FailOutsideRam(Layout.DeviceArea);
        }

        /// <inheritdoc/>
        protected override int EntriesBeforeEvent(int entries)
        {
            // FEAT-12: whatever else the driver suppresses.
            if(notifyOnEmpty && !HasChainsOut && HasRunEmpty())
            {
                return NotifyAlways;
            }
            // SPLIT-12 to SPLIT-17: with EVENT_IDX only used_event counts, without it only the flag.
            if(!TryRead(Layout.DriverArea + (EventIdx ? UsedEvent : RingLayout.RingFlags), out var value))
            {
                // H-24: silence would leave the driver waiting for ever.
                FailOutsideRam(Layout.DriverArea);
                return NotifyNever;
            }
            if(EventIdx)
            {
                return RingIndex.Distance(RingIndex.Add(used, -entries), value);
            }
            return (value & RingLayout.AvailNoInterrupt) != 0 ? NotifyNever : NotifyAlways;
        }

        // Takes no notice of what it finds, so that EnableNotifications finds it too.
        private bool HasRunEmpty()
        {
            return Memory.TryReadUInt16(Layout.DriverArea + RingLayout.RingIdx, out var idx) && idx == nextAvailable;
        }

        private PopResult ReadAvailableIndex()
        {
            // Orders the load of idx before the loads of the ring entries and descriptors that it covers.
            if(!TryRead(Layout.DriverArea + RingLayout.RingIdx, out var idx))
            {
                return Fail(QueueFault.AreaOutsideRam, address: Layout.DriverArea);
            }
            // H-21, H-22: an index that moved back looks like a jump of nearly 65536.
            if(RingIndex.Distance(nextAvailable, idx) > Size)
            {
                return Fail(QueueFault.AvailableIndexJumped, address: idx, length: Size);
            }
            available = idx;
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
                if(!SplitDescriptor.TryRead(Memory, table, index, bigEndian, out var descriptor))
                {
                    return AbandonChain(QueueFault.AreaOutsideRam, head, (int)index, table, RingLayout.DescriptorSize);
                }
                var isIndirect = descriptor.IsIndirect;
                // SPLIT-10: an indirect one is the last of the plain descriptors; SPLIT-09: its WRITE means nothing.
                var fault = isIndirect ? CheckIndirect(inTable, descriptor) : AddBuffer(descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return AbandonChain(fault, head, (int)index, descriptor.Address, descriptor.Length);
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
                    return AbandonChain(QueueFault.NextOutOfRange, head, (int)index, descriptor.Next, tableSize);
                }
                index = descriptor.Next;
            }
            inFlight[head] = batch;
            nextAvailable = RingIndex.Add(nextAvailable, 1);
            return EndChain(head, head, 1, out chain);
        }

        private QueueFault CheckIndirect(bool inTable, in SplitDescriptor descriptor)
        {
            if(inTable)
            {
                return QueueFault.IndirectNested;
            }
            return descriptor.HasNext ? QueueFault.IndirectWithNext : CheckIndirectTable(descriptor.Address, descriptor.Length);
        }

        // Ring fields of 16 bits, ordered as GuestMemoryAccess says.
        private bool TryRead(ulong address, out ushort value)
        {
            var read = Memory.TryReadUInt16(address, out value);
            value = bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
            return read;
        }

        private bool TryWrite(ulong address, ushort value)
        {
            return Memory.TryWriteUInt16(address, bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        }

        // used_event, behind the available ring.
        private ulong UsedEvent => RingLayout.RingEntries + (ulong)RingLayout.AvailEntrySize * Size;

        // avail_event, behind the used ring.
        private ulong AvailEvent => RingLayout.RingEntries + (ulong)RingLayout.UsedEntrySize * Size;

        // Next available ring entry to pop; runs ahead of the entries used.
        private ushort nextAvailable;
        // The available idx read last: entries before it may be popped without reading it again.
        private ushort available;
        // The used idx published last. Guest memory is never asked for it (H-25).
        private ushort used;
        // Number of the current batch; a head popped in it has this number in inFlight.
        private ulong batch = 1;

        private readonly ulong[] inFlight;
        private readonly bool notifyOnEmpty;
        private readonly bool bigEndian;
    }
}
