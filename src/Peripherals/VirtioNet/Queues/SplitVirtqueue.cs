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
            CheckArea(Layout.DescriptorArea, (ulong)RingLayout.DescriptorSize * Size, RingLayout.DescriptorAlign);
            CheckArea(Layout.DriverArea, UsedEvent + RingLayout.EventSize, RingLayout.AvailAlign);
            CheckArea(Layout.DeviceArea, AvailEvent + RingLayout.EventSize, RingLayout.UsedAlign);
            inFlight = new ulong[Error == null ? Size : 0];
        }

        /// <inheritdoc/>
        public override int Pop(Span<DescriptorChain> chains)
        {
            if(Error != null || nextAvailable == available && !TryReadAvailableIndex())
            {
                return 0;
            }
            var count = Math.Min(chains.Length, RingIndex.Distance(nextAvailable, available));
            if(count == 0)
            {
                return 0;
            }
            var ring = new GuestArray<ushort>(Memory, Layout.DriverArea + RingLayout.RingEntries, Size);
            var table = new GuestArray<SplitDescriptor>(Memory, Layout.DescriptorArea, Size);
            for(var i = 0; i < count; i++)
            {
                if(!TryPop(ring, table, ref chains[i]))
                {
                    return i;
                }
            }
            return count;
        }

        /// <inheritdoc/>
        public override void PutBack(in DescriptorChain chain)
        {
            inFlight[chain.Head] = 0;
            nextAvailable = RingIndex.Add(nextAvailable, -1);
            Chains.Close();
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
            return TryReadAvailableIndex() && available != seen;
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
        protected override bool Show(ReadOnlySpan<UsedElement> batch, int entries)
        {
            var ring = new GuestArray<ulong>(Memory, Layout.DeviceArea + RingLayout.RingEntries, Size);
            var first = used & (Size - 1);
            foreach(ref readonly var element in batch)
            {
                // SPLIT-18: elements first. Each is id, then len; one store writes both.
                var pair = bigEndian
                    ? (ulong)BinaryPrimitives.ReverseEndianness(element.Length) << 32 | BinaryPrimitives.ReverseEndianness((uint)element.Id)
                    : (ulong)element.Length << 32 | element.Id;
                if(!ring.TryWrite(used & (Size - 1), pair))
                {
                    return FailOutsideRam(Layout.DeviceArea);
                }
                used = RingIndex.Add(used, element.Entries);
            }
            ring.Written(first, entries, Size);
            batchNumber++;
            // Orders the stores of data and of used elements before the store of idx (SPLIT-18, SPLIT-19).
            return TryWrite(Layout.DeviceArea + RingLayout.RingIdx, used) || FailOutsideRam(Layout.DeviceArea);
        }

        /// <inheritdoc/>
        protected override int EntriesBeforeEvent(int entries)
        {
            // FEAT-12: whatever else the driver suppresses.
            if(notifyOnEmpty && Chains.Out == 0 && HasRunEmpty())
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

        // False once the queue has failed; the index may be the old one.
        private bool TryReadAvailableIndex()
        {
            // Orders the load of idx before the loads of the ring entries and descriptors that it covers.
            if(!TryRead(Layout.DriverArea + RingLayout.RingIdx, out var idx))
            {
                return FailOutsideRam(Layout.DriverArea);
            }
            // H-21, H-22: an index that moved back looks like a jump of nearly 65536.
            if(RingIndex.Distance(nextAvailable, idx) > Size)
            {
                return Fail(QueueFault.AvailableIndexJumped, address: idx, length: Size);
            }
            available = idx;
            return true;
        }

        private bool TryPop(in GuestArray<ushort> ring, in GuestArray<SplitDescriptor> table, ref DescriptorChain chain)
        {
            if(!ring.TryRead(nextAvailable & (Size - 1), out var head))
            {
                return FailOutsideRam(Layout.DriverArea);
            }
            head = bigEndian ? BinaryPrimitives.ReverseEndianness(head) : head;
            // H-03.
            if(head >= Size)
            {
                return Fail(QueueFault.HeadOutOfRange, head, address: head, length: Size);
            }
            // H-17: between a pop and its publication the driver cannot own the head, nor more heads than there are.
            if(inFlight[head] == batchNumber || Chains.Out + Pushed == Size)
            {
                return Fail(QueueFault.HeadInFlight, head);
            }
            Chains.Begin();
            if(!TryWalk(table, Size, head, head, false))
            {
                return false;
            }
            inFlight[head] = batchNumber;
            nextAvailable = RingIndex.Add(nextAvailable, 1);
            Chains.End(head, head, 1, ref chain);
            return true;
        }

        // Follows the chain from an entry of the table on, through at most one indirect table. The store counts, so the walk
        // ends after Size buffers (H-01, H-02), and checks every buffer before any data moves.
        private bool TryWalk(in GuestArray<SplitDescriptor> table, uint tableSize, uint index, ushort head, bool inTable)
        {
            while(true)
            {
                if(!SplitDescriptor.TryRead(table, index, bigEndian, out var descriptor))
                {
                    return AbandonChain(inTable ? QueueFault.IndirectTableOutsideRam : QueueFault.AreaOutsideRam, head, (int)index, table.AddressOf((int)index), RingLayout.DescriptorSize);
                }
                var isIndirect = descriptor.IsIndirect;
                // SPLIT-10: an indirect one is the last of the plain descriptors; SPLIT-09: its WRITE means nothing.
                var fault = isIndirect ? CheckIndirect(inTable, descriptor) : Chains.Add(descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return AbandonChain(fault, head, (int)index, descriptor.Address, descriptor.Length);
                }
                if(isIndirect)
                {
                    var size = descriptor.Length / RingLayout.DescriptorSize;
                    return TryWalk(new GuestArray<SplitDescriptor>(Memory, descriptor.Address, (int)size), size, 0, head, true);
                }
                if(!descriptor.HasNext)
                {
                    return true;
                }
                if(descriptor.Next >= tableSize)
                {
                    return AbandonChain(QueueFault.NextOutOfRange, head, (int)index, descriptor.Next, tableSize);
                }
                index = descriptor.Next;
            }
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
        private ulong batchNumber = 1;

        private readonly ulong[] inFlight;
        private readonly bool notifyOnEmpty;
        private readonly bool bigEndian;
    }
}
