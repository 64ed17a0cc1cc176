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
            usedEvent = RingLayout.RingEntries + (ulong)RingLayout.AvailEntrySize * Size;
            availEvent = RingLayout.RingEntries + (ulong)RingLayout.UsedEntrySize * Size;
            CheckArea(Layout.DescriptorArea, (ulong)RingLayout.DescriptorSize * Size, RingLayout.DescriptorAlign);
            CheckArea(Layout.DriverArea, usedEvent + RingLayout.EventSize, RingLayout.AvailAlign);
            CheckArea(Layout.DeviceArea, availEvent + RingLayout.EventSize, RingLayout.UsedAlign);
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
            // H-17: between a pop and its publication the driver does not own the heads, and there are no more than Size.
            var room = Size - Chains.Out - Pushed;
            var popped = 0;
            while(popped < count && TryPop(ring, table, popped < room, ref chains[popped]))
            {
                popped++;
            }
            Chains.Open(popped);
            return popped;
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
                if(!TryWrite(Layout.DeviceArea + availEvent, available))
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
            var next = used;
            foreach(ref readonly var element in batch)
            {
                // SPLIT-18: elements first. Each is id, then len; one store writes both.
                var pair = bigEndian
                    ? (ulong)BinaryPrimitives.ReverseEndianness(element.Length) << 32 | BinaryPrimitives.ReverseEndianness((uint)element.Id)
                    : (ulong)element.Length << 32 | element.Id;
                if(!ring.TryWrite(next & (Size - 1), pair))
                {
                    return FailOutsideRam(Layout.DeviceArea);
                }
                next = RingIndex.Add(next, element.Entries);
            }
            ring.Written(used & (Size - 1), entries, Size);
            used = next;
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
            if(!TryRead(Layout.DriverArea + (EventIdx ? usedEvent : RingLayout.RingFlags), out var value))
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

        private bool TryPop(in GuestArray<ushort> ring, in GuestArray<SplitDescriptor> table, bool hasRoom, ref DescriptorChain chain)
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
            if(inFlight[head] == batchNumber || !hasRoom)
            {
                return Fail(QueueFault.HeadInFlight, head);
            }
            if(!SplitDescriptor.TryRead(table, head, bigEndian, out var descriptor))
            {
                return FailOutsideRam(Layout.DescriptorArea);
            }
            if(descriptor.IsSingle)
            {
                var fault = Chains.BeginSingle(out chain, head, head, descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return FailChain(chain, fault, head, descriptor.Address, descriptor.Length);
                }
            }
            else
            {
                Chains.Begin(out chain, head, head);
                if(!TryWalk(table, Size, head, descriptor, false, ref chain))
                {
                    return false;
                }
            }
            inFlight[head] = batchNumber;
            nextAvailable = RingIndex.Add(nextAvailable, 1);
            return true;
        }

        // Follows the chain from a descriptor of a table on. The store counts, so the walk ends after Size buffers (H-01, H-02),
        // and checks every buffer before any data moves.
        private bool TryWalk(in GuestArray<SplitDescriptor> table, int size, int index, SplitDescriptor descriptor, bool inTable, ref DescriptorChain chain)
        {
            while(true)
            {
                if(descriptor.IsIndirect)
                {
                    return TryWalkIndirect(index, descriptor, inTable, ref chain);
                }
                var fault = Chains.Add(ref chain, descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return FailChain(chain, fault, index, descriptor.Address, descriptor.Length);
                }
                if(!descriptor.HasNext)
                {
                    return true;
                }
                if(descriptor.Next >= size)
                {
                    return FailChain(chain, QueueFault.NextOutOfRange, index, descriptor.Next, (uint)size);
                }
                index = descriptor.Next;
                if(!SplitDescriptor.TryRead(table, index, bigEndian, out descriptor))
                {
                    return FailChain(chain, inTable ? QueueFault.IndirectTableOutsideRam : QueueFault.AreaOutsideRam, index, table.AddressOf(index), RingLayout.DescriptorSize);
                }
            }
        }

        // The rest of a chain is in a table of its own. SPLIT-10: only the last descriptor of the ring's table refers to one;
        // SPLIT-09: its WRITE means nothing.
        private bool TryWalkIndirect(int index, SplitDescriptor descriptor, bool inTable, ref DescriptorChain chain)
        {
            var fault = inTable ? QueueFault.IndirectNested
                : descriptor.HasNext ? QueueFault.IndirectWithNext
                : CheckIndirectTable(descriptor.Address, descriptor.Length);
            if(fault != QueueFault.None)
            {
                return FailChain(chain, fault, index, descriptor.Address, descriptor.Length);
            }
            var size = (int)descriptor.Length / RingLayout.DescriptorSize;
            var table = new GuestArray<SplitDescriptor>(Memory, descriptor.Address, size);
            if(!SplitDescriptor.TryRead(table, 0, bigEndian, out var first))
            {
                return FailChain(chain, QueueFault.IndirectTableOutsideRam, 0, descriptor.Address, RingLayout.DescriptorSize);
            }
            return TryWalk(table, size, 0, first, true, ref chain);
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

        // Next available ring entry to pop; runs ahead of the entries used.
        private ushort nextAvailable;
        // The available idx read last: entries before it may be popped without reading it again.
        private ushort available;
        // The used idx published last. Guest memory is never asked for it (H-25).
        private ushort used;
        // Number of the current batch; a head popped in it has this number in inFlight.
        private ulong batchNumber = 1;

        private readonly ulong[] inFlight;
        // Offsets of used_event, behind the available ring, and of avail_event, behind the used ring.
        private readonly ulong usedEvent;
        private readonly ulong availEvent;
        private readonly bool notifyOnEmpty;
        private readonly bool bigEndian;
    }
}
