#nullable enable
// The packed virtqueue, device side. virtio v1.4-cs01: 2.8 "Packed Virtqueues".
// The layout of its three areas is drawn in Spec/RingLayout.cs.
//
// One ring of descriptors serves both directions. The driver makes descriptors available from one slot to
// the next, round and round; the device overwrites them in turn with used descriptors. With their flags AVAIL
// and USED each side tells by its wrap counter, which flips with every lap, whose turn a descriptor is.

using System;
using System.Threading;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>Descriptor ring and the two event suppression structures, with chained and indirect descriptors.</summary>
    public sealed class PackedVirtqueue : Virtqueue
    {
        /// <summary>
        /// Makes the queue at the start of its ring. If the layout is not sound, the queue is born with its error
        /// latched (H-41, H-42).
        /// </summary>
        public PackedVirtqueue(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features) : base(memory, index, layout, features)
        {
            CheckArea(Layout.DescriptorArea, (ulong)RingLayout.DescriptorSize * Size, RingLayout.DescriptorAlign);
            CheckArea(Layout.DriverArea, RingLayout.EventSuppressionSize, RingLayout.EventSuppressionAlign);
            CheckArea(Layout.DeviceArea, RingLayout.EventSuppressionSize, RingLayout.EventSuppressionAlign);
        }

        /// <inheritdoc/>
        public override int Pop(Span<DescriptorChain> chains)
        {
            var count = 0;
            if(Error == null)
            {
                var ring = MapRing();
                while(count < chains.Length && TryPop(ring, ref chains[count]))
                {
                    count++;
                }
                Chains.Open(count);
            }
            return count;
        }

        /// <inheritdoc/>
        public override void PutBack(in DescriptorChain chain)
        {
            nextAvailable = nextAvailable.Move(-chain.Entries, Size);
            inFlight -= chain.Entries;
            lookedAhead += chain.Entries;
            Chains.Close();
        }

        /// <inheritdoc/>
        public override bool EnableNotifications()
        {
            if(Error != null)
            {
                return false;
            }
            var next = nextAvailable.Move(lookedAhead, Size);
            // Without EVENT_IDX the structure stays as the driver made it, zero: notify always (PACK-11).
            if(EventIdx)
            {
                // desc before flags, so that the flags never speak of a descriptor that is not there yet.
                if(!Memory.TryWriteUInt16(Layout.DeviceArea + RingLayout.EventDesc, next.ToEvent())
                    || !Memory.TryWriteUInt16(Layout.DeviceArea + RingLayout.EventFlags, RingLayout.EventForDescriptor))
                {
                    return FailOutsideRam(Layout.DeviceArea);
                }
                // Orders the stores of desc and flags before the load of the descriptor's flags: the driver does the
                // opposite, so at least one side sees the other (H-27).
                Thread.MemoryBarrier();
            }
            return TryReadAvailable(MapRing(), next, out _);
        }

        /// <inheritdoc/>
        public override QueuePosition Position => new QueuePosition(nextAvailable.ToEvent(), used.ToEvent());

        /// <inheritdoc/>
        protected override bool TryMoveTo(QueuePosition position)
        {
            var ahead = RingPosition.FromEvent(position.Available);
            used = RingPosition.FromEvent(position.Used);
            nextAvailable = used;
            return ahead.Slot < Size && used.Slot < Size && used.DistanceTo(ahead, Size) <= Size;
        }

        /// <inheritdoc/>
        protected override bool Show(ReadOnlySpan<UsedElement> batch, int entries)
        {
            var ring = MapRing();
            var next = used;
            foreach(ref readonly var element in batch)
            {
                // 2.8.9: the driver polls the first descriptor of the batch, and sees none before it (PACK-19, H-29).
                if(next.Slot != used.Slot && !ring.TryWrite(SecondHalf(next), PackedDescriptor.Used(element, next.WrapCounter)))
                {
                    return FailOutsideRam(Layout.DescriptorArea);
                }
                next = next.Move(element.Entries, Size);
            }
            var first = used;
            var second = first.Move(batch[0].Entries, Size);
            ring.Written(FirstHalf(second), 2 * (entries - batch[0].Entries), 2 * Size);
            used = next;
            inFlight -= entries;
            // Orders the stores of data and of all other used descriptors before the store of the first one (PACK-03).
            return ring.TryWriteRelease(SecondHalf(first), PackedDescriptor.Used(batch[0], first.WrapCounter)) || FailOutsideRam(Layout.DescriptorArea);
        }

        /// <inheritdoc/>
        protected override int EntriesBeforeEvent(int entries)
        {
            // Both fields in one access, so that they belong together.
            if(!Memory.TryReadValue(Layout.DriverArea, out uint suppression))
            {
                // H-24: silence would leave the driver waiting for ever.
                FailOutsideRam(Layout.DriverArea);
                return NotifyNever;
            }
            var flags = (ushort)(suppression >> EventFlagsShift);
            var desc = unchecked((ushort)suppression);
            switch(flags & RingLayout.EventFlagsMask)
            {
                case RingLayout.EventDisable:
                    return NotifyNever;
                case RingLayout.EventForDescriptor when EventIdx:
                    var wanted = RingPosition.FromEvent(desc);
                    return wanted.Slot < Size ? used.Move(-entries, Size).DistanceTo(wanted, Size) : NotifyNever;
                default:
                    // H-37: what has no meaning here asks for nothing less than everything.
                    return NotifyAlways;
            }
        }

        private bool TryPop(in GuestArray<ulong> ring, ref DescriptorChain chain)
        {
            // 2.8.2: this slot is all that the device polls.
            if(!TryReadAvailable(ring, nextAvailable, out var descriptor))
            {
                return false;
            }
            var head = (ushort)nextAvailable.Slot;
            if(inFlight == Size)
            {
                return Fail(QueueFault.DescriptorInFlight, head, head);
            }
            if(descriptor.IsSingle)
            {
                var fault = Chains.BeginSingle(out chain, head, descriptor.Id, descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return FailChain(chain, fault, head, descriptor.Address, descriptor.Length);
                }
            }
            else
            {
                Chains.Begin(out chain, head, descriptor.Id);
                if(descriptor.IsIndirect ? !TryWalkTable(descriptor, ref chain) : !TryWalkList(ring, descriptor, ref chain))
                {
                    return false;
                }
            }
            nextAvailable = nextAvailable.Move(chain.Entries, Size);
            inFlight += chain.Entries;
            lookedAhead = Math.Max(0, lookedAhead - chain.Entries);
            return true;
        }

        // 2.8.6: follows NEXT from slot to slot, through descriptors that are the driver's to give, up to the last.
        private bool TryWalkList(in GuestArray<ulong> ring, PackedDescriptor descriptor, ref DescriptorChain chain)
        {
            var position = nextAvailable;
            while(true)
            {
                // H-32, 2.8.19: an indirect descriptor is a chain by itself.
                var fault = descriptor.IsIndirect ? QueueFault.IndirectWithNext : Chains.Add(ref chain, descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return FailChain(chain, fault, position.Slot, descriptor.Address, descriptor.Length);
                }
                if(!descriptor.HasNext)
                {
                    // PACK-14: the id of the last descriptor is that of the chain.
                    chain.Id = descriptor.Id;
                    return true;
                }
                position = position.Move(1, Size);
                // H-31.
                if(chain.Entries == Size - inFlight)
                {
                    return FailChain(chain, inFlight == 0 ? QueueFault.ChainTooLong : QueueFault.DescriptorInFlight, position.Slot, 0, Size);
                }
                if(!TryReadAvailable(ring, position, out descriptor))
                {
                    // H-33: the driver makes the first descriptor available last, so by now all of them are.
                    return FailChain(chain, QueueFault.DescriptorNotAvailable, position.Slot, descriptor.Address, descriptor.Length);
                }
                chain.Entries++;
            }
        }

        // 2.8.7: the entries of an indirect table follow one another. Of their flags only WRITE counts, their ids and
        // the WRITE of the descriptor that refers to them do not (PACK-15, H-36).
        private bool TryWalkTable(PackedDescriptor descriptor, ref DescriptorChain chain)
        {
            var fault = descriptor.HasNext ? QueueFault.IndirectWithNext : CheckIndirectTable(descriptor.Address, descriptor.Length);
            if(fault != QueueFault.None)
            {
                return FailChain(chain, fault, chain.Head, descriptor.Address, descriptor.Length);
            }
            var count = (int)descriptor.Length / RingLayout.DescriptorSize;
            var table = new GuestArray<PackedDescriptor>(Memory, descriptor.Address, count);
            for(var i = 0; i < count; i++)
            {
                if(!table.TryRead(i, out var entry))
                {
                    return FailChain(chain, QueueFault.IndirectTableOutsideRam, i, descriptor.Address, descriptor.Length);
                }
                fault = Chains.Add(ref chain, entry.Address, entry.Length, entry.IsWritable);
                if(fault != QueueFault.None)
                {
                    return FailChain(chain, fault, i, entry.Address, entry.Length);
                }
            }
            return true;
        }

        // False if the slot is not available to the device. The load of len, id and flags is ordered before the loads of
        // what the driver wrote before them: addr, and the other descriptors of the list (PACK-10). PACK-06, H-34: flags
        // in any other state are no offer, and no error either.
        private bool TryReadAvailable(in GuestArray<ulong> ring, RingPosition position, out PackedDescriptor descriptor)
        {
            descriptor = default;
            if(!ring.TryReadAcquire(SecondHalf(position), out var lengthIdFlags))
            {
                return FailOutsideRam(Layout.DescriptorArea);
            }
            if(!PackedDescriptor.IsAvailable(lengthIdFlags, position.WrapCounter))
            {
                return false;
            }
            if(!ring.TryRead(FirstHalf(position), out var address))
            {
                return FailOutsideRam(Layout.DescriptorArea);
            }
            descriptor = new PackedDescriptor(address, lengthIdFlags);
            return true;
        }

        // The ring by halves of descriptors: addr, then len, id and flags.
        private GuestArray<ulong> MapRing()
        {
            return new GuestArray<ulong>(Memory, Layout.DescriptorArea, 2 * Size);
        }

        private static int FirstHalf(RingPosition position)
        {
            return unchecked(2 * position.Slot);
        }

        private static int SecondHalf(RingPosition position)
        {
            return unchecked(2 * position.Slot + 1);
        }

        // Next slot to pop; runs ahead of the slots used.
        private RingPosition nextAvailable = RingPosition.Start;
        // Slots behind it that were seen available before they were put back.
        private int lookedAhead;
        // First slot that is not published as used: where the next batch is shown.
        private RingPosition used = RingPosition.Start;
        // Slots from there up to nextAvailable: popped, and the driver's only after their publication.
        private int inFlight;

        private const int EventFlagsShift = 8 * RingLayout.EventFlags;
    }
}
