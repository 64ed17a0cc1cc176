// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The split virtqueue, device side. virtio v1.4-cs01: 2.7 "Split Virtqueues".
// The layout of its three areas is drawn in Spec/RingLayout.cs.
//
// The driver writes chains of descriptors into the table, and the index of each chain's first descriptor, its head, into the
// available ring. The device pops chains from there, and returns each head with a length in the used ring.

using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>Descriptor table, available ring and used ring, with chained and indirect descriptors and event index.</summary>
    public sealed class SplitVirtqueue : Virtqueue
    {
        /// <summary>
        /// Makes the queue at index 0 of both rings. If the layout is not sound, the queue is made with its error latched
        /// (H-41, H-42). A legacy driver's rings are in the guest's byte order (2.7.3).
        /// </summary>
        public SplitVirtqueue(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features, bool bigEndian = false) : base(memory, index, layout, features)
        {
            this.bigEndian = bigEndian;
            notifyOnEmpty = features.Has(Feature.NotifyOnEmpty);
            mask = unchecked(Size - 1);
            usedEvent = RingLayout.RingEntries + (ulong)RingLayout.AvailEntrySize * Size;
            availEvent = RingLayout.RingEntries + (ulong)RingLayout.UsedEntrySize * Size;
            CheckArea(Layout.DescriptorArea, (ulong)RingLayout.DescriptorSize * Size, RingLayout.DescriptorAlign);
            CheckArea(Layout.DriverArea, usedEvent + RingLayout.EventSize, RingLayout.AvailAlign);
            CheckArea(Layout.DeviceArea, availEvent + RingLayout.EventSize, RingLayout.UsedAlign);
            poppedInBatch = new ulong[Error == null ? Size : 0];
        }

        /// <inheritdoc/>
        // Not inlined: within the receive path, which pops one chain at a time, the JIT compiler would run out of registers.
        [MethodImpl(MethodImplOptions.NoInlining)]
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
            // The driver may offer a head again only after its chain was published as used. So besides the chains that are out
            // or in the batch, there can be at most this many more (H-17).
            var free = Size - Chains.Out - Batch.Entries;
            var popped = 0;
            while(popped < count && TryPop(ring, table, popped < free, ref chains[popped]))
            {
                popped++;
                if(Chains.IsFull)
                {
                    break;
                }
            }
            Chains.Open(popped);
            return popped;
        }

        /// <inheritdoc/>
        public override void PutBack(in DescriptorChain chain)
        {
            poppedInBatch[chain.Head] = 0;
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
            // Without EVENT_IDX the flags of the used ring stay 0: the driver always notifies (2.7.10).
            if(EventIdx)
            {
                if(!TryWrite(Layout.DeviceArea + availEvent, available))
                {
                    return FailOutsideRam(Layout.DeviceArea);
                }
                // The device first says what it waits for and then looks for available chains. The driver first makes chains
                // available and then looks what the device waits for. With a full barrier between the two steps on each
                // side, at least one side sees what the other has done (SPLIT-25, H-27).
                Memory.Fence();
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
        protected override bool Show(UsedBatch batch)
        {
            var ring = new GuestArray<ulong>(Memory, Layout.DeviceArea + RingLayout.RingEntries, Size);
            var next = used;
            var elements = batch.Elements;
            for(var i = 0; i < elements.Length; i++)
            {
                ref readonly var element = ref elements[i];
                // id, then len: one store writes both.
                var pair = bigEndian
                    ? (ulong)BinaryPrimitives.ReverseEndianness(element.Length) << 32 | BinaryPrimitives.ReverseEndianness((uint)element.Id)
                    : (ulong)element.Length << 32 | element.Id;
                if(!ring.TryWrite(next & mask, pair))
                {
                    return FailOutsideRam(Layout.DeviceArea);
                }
                next = RingIndex.Add(next, element.Entries);
            }
            ring.Written(used & mask, batch.Entries, Size);
            used = next;
            batchNumber++;
            // A store with release: the driver that sees idx sees the used elements, and the data in its buffers, which were
            // all stored before it (SPLIT-18, SPLIT-19).
            return TryWrite(Layout.DeviceArea + RingLayout.RingIdx, used) || FailOutsideRam(Layout.DeviceArea);
        }

        /// <inheritdoc/>
        protected override bool WantsNotification(int entries)
        {
            // 6.3: a driver that has negotiated NOTIFY_ON_EMPTY is notified when the device has used all available chains,
            // even if it suppresses notifications.
            if(notifyOnEmpty && Chains.Out == 0 && HasRunEmpty())
            {
                return true;
            }
            // 2.7.7: with EVENT_IDX only used_event counts, without it only the flag.
            if(!TryRead(Layout.DriverArea + (EventIdx ? usedEvent : RingLayout.RingFlags), out var value))
            {
                return FailOutsideRam(Layout.DriverArea);
            }
            return EventIdx
                ? RingIndex.IsAmong(value, RingIndex.Add(used, -entries), entries)
                : (value & RingLayout.AvailNoInterrupt) == 0;
        }

        // Reads idx without storing it in `available`: EnableNotifications compares idx with `available` to learn whether a new
        // chain has come, and would miss that one.
        private bool HasRunEmpty()
        {
            return TryRead(Layout.DriverArea + RingLayout.RingIdx, out var idx) && idx == nextAvailable;
        }

        // False if the queue has failed. True does not say that the index has changed.
        private bool TryReadAvailableIndex()
        {
            // A load with acquire: the ring entries and descriptors that the driver has written before idx are loaded after it.
            if(!TryRead(Layout.DriverArea + RingLayout.RingIdx, out var idx))
            {
                return FailOutsideRam(Layout.DriverArea);
            }
            // No driver has more chains available than there are descriptors. An index that has moved back looks like one that
            // is ahead by nearly 65536 (H-21, H-22).
            if(RingIndex.Distance(nextAvailable, idx) > Size)
            {
                return Fail(QueueFault.AvailableIndexJumped, address: idx, length: Size);
            }
            available = idx;
            return true;
        }

        private bool TryPop(in GuestArray<ushort> ring, in GuestArray<SplitDescriptor> table, bool hasFreeHead, ref DescriptorChain chain)
        {
            if(!ring.TryRead(nextAvailable & mask, out var head))
            {
                return FailOutsideRam(Layout.DriverArea);
            }
            head = bigEndian ? BinaryPrimitives.ReverseEndianness(head) : head;
            if(head >= Size)
            {
                return Fail(QueueFault.HeadOutOfRange, head, address: head, length: Size);
            }
            if(poppedInBatch[head] == batchNumber || !hasFreeHead)
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
            poppedInBatch[head] = batchNumber;
            nextAvailable = RingIndex.Add(nextAvailable, 1);
            return true;
        }

        // Follows `next` from one descriptor of a table to another, and checks every buffer before any data moves. A chain that
        // does not loop has at most as many descriptors as its table has entries.
        private bool TryWalk(in GuestArray<SplitDescriptor> table, int size, int index, SplitDescriptor descriptor, bool isIndirect, ref DescriptorChain chain)
        {
            for(var left = size; left > 0; left--)
            {
                if(descriptor.IsIndirect)
                {
                    return TryWalkIndirect(index, descriptor, isIndirect, ref chain);
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
                    return FailChain(chain, isIndirect ? QueueFault.IndirectTableOutsideRam : QueueFault.AreaOutsideRam, index, table.AddressOf(index), RingLayout.DescriptorSize);
                }
            }
            return FailChain(chain, QueueFault.ChainTooLong, index, descriptor.Address, descriptor.Length);
        }

        // Goes on in the indirect table that a descriptor refers to. Only a descriptor of the queue's own table may do so, as the
        // last one of its chain, and its WRITE flag means nothing (2.7.5.3).
        private bool TryWalkIndirect(int index, SplitDescriptor descriptor, bool isIndirect, ref DescriptorChain chain)
        {
            var fault = isIndirect ? QueueFault.IndirectNested
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

        // TryRead and TryWrite access fields of 16 bits in the driver's byte order, by a load with acquire or a store with release.
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

        // Index of the available ring entry to pop next.
        private ushort nextAvailable;
        // The available idx as it was read last: entries before it may be popped without reading it again.
        private ushort available;
        // The used idx as it was stored last. It is never read back: the driver could have changed it (H-25).
        private ushort used;
        // Number of the batch that is published next. TryPop notes it in poppedInBatch for the head of each chain, and refuses a
        // head that already has this number (H-17). Publishing increases the number, which releases all heads at once. That
        // includes the head of a chain that is still out. If the driver offers such a head again, there are two chains, each with
        // its own copy of the buffers' addresses.
        private ulong batchNumber = 1;

        private readonly ulong[] poppedInBatch;
        // Offsets of used_event, at the end of the available ring, and of avail_event, at the end of the used ring.
        private readonly ulong usedEvent;
        private readonly ulong availEvent;
        // Size - 1. The size is a power of two, so (index AND mask) is the ring entry of an index.
        private readonly int mask;
        private readonly bool notifyOnEmpty;
        private readonly bool bigEndian;
    }
}
