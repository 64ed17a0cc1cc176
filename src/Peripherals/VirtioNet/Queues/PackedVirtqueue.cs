#nullable enable
// The packed virtqueue, device side. virtio v1.4-cs01: 2.8 "Packed Virtqueues".
// The layout of its three areas is drawn in Spec/RingLayout.cs.
//
// One ring of descriptors serves both directions. The driver makes descriptors available from one slot to
// the next, round and round; the device overwrites them in turn with used descriptors. With their flags AVAIL
// and USED each side tells by its wrap counter, which flips with every lap, whose turn a descriptor is.

using System;
using System.Runtime.InteropServices;
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
        public override PopResult TryPop(out DescriptorChain chain)
        {
            chain = default;
            if(Error != null)
            {
                return PopResult.Failed;
            }
            // 2.8.2: this slot is all that the device polls. The load of its flags is ordered before the loads of what
            // the driver wrote before them: the rest of the descriptor, and the others of its list (PACK-10).
            if(!TryReadFlags(nextAvailable, out var flags))
            {
                return PopResult.Failed;
            }
            // PACK-06, H-34: flags in any other state are no offer, and no error either.
            if(!PackedDescriptor.IsAvailable(flags, nextAvailable.WrapCounter))
            {
                return PopResult.Empty;
            }
            var head = (ushort)nextAvailable.Slot;
            if(inFlight == Size)
            {
                return Fail(QueueFault.DescriptorInFlight, head, head);
            }
            if(!PackedDescriptor.TryReadBeforeFlags(Memory, AddressOf(nextAvailable), flags, out var descriptor))
            {
                return Fail(QueueFault.AreaOutsideRam, head, head, Layout.DescriptorArea);
            }
            BeginChain();
            return descriptor.IsIndirect ? WalkTable(head, descriptor, out chain) : WalkList(head, descriptor, out chain);
        }

        /// <inheritdoc/>
        public override void PutBack(in DescriptorChain chain)
        {
            nextAvailable = nextAvailable.Move(-chain.Entries, Size);
            inFlight -= chain.Entries;
            lookedAhead += chain.Entries;
            Closed();
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
            return TryReadFlags(next, out var flags) && PackedDescriptor.IsAvailable(flags, next.WrapCounter);
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
        protected override bool WriteUsed(ushort id, uint written)
        {
            var position = used.Move(Pushed, Size);
            var flags = PackedDescriptor.UsedFlags(position.WrapCounter, written);
            // len, id and flags, in one store. 2.8.4: addr means nothing in a used descriptor.
            var element = (ulong)flags << 48 | (ulong)id << 32 | written;
            var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref element, 1));
            if(Pushed == 0)
            {
                // 2.8.9: the driver polls the first descriptor of the batch, and sees none before it. So its flags,
                // and only they, wait for Show (PACK-19, H-29).
                firstFlags = flags;
                bytes = bytes.Slice(0, RingLayout.PackedDescriptorFlags - RingLayout.DescriptorLen);
            }
            return Memory.TryWrite(AddressOf(position) + RingLayout.DescriptorLen, bytes) || FailOutsideRam(Layout.DescriptorArea);
        }

        /// <inheritdoc/>
        protected override bool Show(int entries)
        {
            // Orders the stores of data and of all used descriptors before the store of the first one's flags (PACK-03).
            if(!Memory.TryWriteUInt16(AddressOf(used) + RingLayout.PackedDescriptorFlags, firstFlags))
            {
                return FailOutsideRam(Layout.DescriptorArea);
            }
            used = used.Move(entries, Size);
            inFlight -= entries;
            return true;
        }

        /// <inheritdoc/>
        protected override int EntriesBeforeEvent(int entries)
        {
            // The load of flags is ordered before the load of desc, as the driver orders its stores.
            if(!Memory.TryReadUInt16(Layout.DriverArea + RingLayout.EventFlags, out var flags)
                || !Memory.TryReadUInt16(Layout.DriverArea + RingLayout.EventDesc, out var desc))
            {
                // H-24: silence would leave the driver waiting for ever.
                FailOutsideRam(Layout.DriverArea);
                return NotifyNever;
            }
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

        // 2.8.6: follows NEXT from slot to slot, through descriptors that are the driver's to give.
        private PopResult WalkList(ushort head, PackedDescriptor descriptor, out DescriptorChain chain)
        {
            chain = default;
            var position = nextAvailable;
            for(ushort entries = 1; ; entries++)
            {
                // H-32, 2.8.19: an indirect descriptor is a chain by itself.
                var fault = descriptor.IsIndirect ? QueueFault.IndirectWithNext : AddBuffer(descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return AbandonChain(fault, head, position.Slot, descriptor.Address, descriptor.Length);
                }
                if(!descriptor.HasNext)
                {
                    // PACK-14: the id of the last descriptor is that of the chain.
                    return Take(head, descriptor.Id, entries, out chain);
                }
                position = position.Move(1, Size);
                // H-31.
                if(entries == Size - inFlight)
                {
                    return AbandonChain(inFlight == 0 ? QueueFault.ChainTooLong : QueueFault.DescriptorInFlight, head, position.Slot, 0, Size);
                }
                if(!PackedDescriptor.TryRead(Memory, AddressOf(position), out descriptor))
                {
                    return AbandonChain(QueueFault.AreaOutsideRam, head, position.Slot, Layout.DescriptorArea, 0);
                }
                // H-33: the driver makes the first descriptor available last, so by now all of them are.
                if(!PackedDescriptor.IsAvailable(descriptor.Flags, position.WrapCounter))
                {
                    return AbandonChain(QueueFault.DescriptorNotAvailable, head, position.Slot, descriptor.Address, descriptor.Length);
                }
            }
        }

        // 2.8.7: the entries of an indirect table follow one another. Of their flags only WRITE counts, their ids and
        // the WRITE of the descriptor that refers to them do not (PACK-15, H-36).
        private PopResult WalkTable(ushort head, in PackedDescriptor descriptor, out DescriptorChain chain)
        {
            chain = default;
            var fault = descriptor.HasNext ? QueueFault.IndirectWithNext : CheckIndirectTable(descriptor.Address, descriptor.Length);
            if(fault != QueueFault.None)
            {
                return AbandonChain(fault, head, head, descriptor.Address, descriptor.Length);
            }
            for(var i = 0; i < descriptor.Length / RingLayout.DescriptorSize; i++)
            {
                if(!PackedDescriptor.TryRead(Memory, descriptor.Address + RingLayout.DescriptorSize * (uint)i, out var entry))
                {
                    return AbandonChain(QueueFault.IndirectTableOutsideRam, head, i, descriptor.Address, descriptor.Length);
                }
                fault = AddBuffer(entry.Address, entry.Length, entry.IsWritable);
                if(fault != QueueFault.None)
                {
                    return AbandonChain(fault, head, i, entry.Address, entry.Length);
                }
            }
            return Take(head, descriptor.Id, 1, out chain);
        }

        private PopResult Take(ushort head, ushort id, ushort entries, out DescriptorChain chain)
        {
            nextAvailable = nextAvailable.Move(entries, Size);
            inFlight += entries;
            lookedAhead = Math.Max(0, lookedAhead - entries);
            return EndChain(head, id, entries, out chain);
        }

        private bool TryReadFlags(RingPosition position, out ushort flags)
        {
            return Memory.TryReadUInt16(AddressOf(position) + RingLayout.PackedDescriptorFlags, out flags) || FailOutsideRam(Layout.DescriptorArea);
        }

        private ulong AddressOf(RingPosition position)
        {
            return Layout.DescriptorArea + RingLayout.DescriptorSize * (uint)position.Slot;
        }

        // Next slot to pop; runs ahead of the slots used.
        private RingPosition nextAvailable = RingPosition.Start;
        // Slots behind it that were seen available before they were put back.
        private int lookedAhead;
        // First slot that is not published as used: where the next batch is shown.
        private RingPosition used = RingPosition.Start;
        // Slots from there up to nextAvailable: popped, and the driver's only after their publication.
        private int inFlight;
        // Flags of the first used descriptor of the batch.
        private ushort firstFlags;
    }
}
