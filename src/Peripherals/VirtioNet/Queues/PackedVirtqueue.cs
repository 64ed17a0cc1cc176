// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The packed virtqueue, device side. virtio v1.4-cs01: 2.8 "Packed Virtqueues".
// The layout of its three areas is drawn in Spec/RingLayout.cs.
//
// One ring of descriptors serves both directions. The driver makes descriptors available slot by slot, and starts again at
// slot 0 after the last; the device overwrites them, in ring order, with used descriptors. Each side has a wrap counter, which
// flips whenever it passes the end of the ring. By comparing it with the flags AVAIL and USED a side tells whether the other
// has written the descriptor in this lap.

using System;
using System.Runtime.CompilerServices;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>Descriptor ring and the two event suppression structures, with chained and indirect descriptors.</summary>
    public sealed class PackedVirtqueue : Virtqueue
    {
        /// <summary>
        /// Makes the queue at the start of its ring. If the layout is not sound, the queue is made with its error latched
        /// (H-41, H-42).
        /// </summary>
        public PackedVirtqueue(IGuestMemory memory, int index, QueueLayout layout, FeatureSet features) : base(memory, index, layout, features)
        {
            CheckArea(Layout.DescriptorArea, (ulong)RingLayout.DescriptorSize * Size, RingLayout.DescriptorAlign);
            CheckArea(Layout.DriverArea, RingLayout.EventSuppressionSize, RingLayout.EventSuppressionAlign);
            CheckArea(Layout.DeviceArea, RingLayout.EventSuppressionSize, RingLayout.EventSuppressionAlign);
        }

        /// <inheritdoc/>
        // Not inlined: within the receive path, which pops one chain at a time, the JIT compiler would run out of registers.
        [MethodImpl(MethodImplOptions.NoInlining)]
        public override int Pop(Span<DescriptorChain> chains)
        {
            var popped = 0;
            if(Error == null)
            {
                var ring = MapRing();
                while(popped < chains.Length && TryPop(ring, ref chains[popped]))
                {
                    popped++;
                    if(Chains.IsFull)
                    {
                        break;
                    }
                }
                Chains.Open(popped);
            }
            return popped;
        }

        /// <inheritdoc/>
        public override void PutBack(in DescriptorChain chain)
        {
            nextAvailable = nextAvailable.Move(-chain.Entries, Size);
            inFlight -= chain.Entries;
            putBack += chain.Entries;
            Chains.Close();
        }

        /// <inheritdoc/>
        public override bool EnableNotifications()
        {
            if(Error != null)
            {
                return false;
            }
            var next = nextAvailable.Move(putBack, Size);
            // Without EVENT_IDX the structure stays as the driver made it, zero: notify always (2.8.10).
            if(EventIdx)
            {
                // desc before flags: a driver that sees the flags ask for a descriptor sees which one.
                if(!Memory.TryWriteUInt16(Layout.DeviceArea + RingLayout.EventDesc, next.ToEvent())
                    || !Memory.TryWriteUInt16(Layout.DeviceArea + RingLayout.EventFlags, RingLayout.EventForDescriptor))
                {
                    return FailOutsideRam(Layout.DeviceArea);
                }
                // The device first says what it waits for and then looks for an available descriptor. The driver first makes
                // descriptors available and then looks what the device waits for. With a full barrier between the two steps
                // on each side, at least one side sees what the other has done (H-27).
                Memory.Fence();
            }
            return TryReadAvailable(MapRing(), next, out _);
        }

        /// <inheritdoc/>
        public override QueuePosition Position => new QueuePosition(nextAvailable.ToEvent(), used.ToEvent());

        /// <inheritdoc/>
        protected override bool TryMoveTo(QueuePosition position)
        {
            var available = RingPosition.FromEvent(position.Available);
            used = RingPosition.FromEvent(position.Used);
            nextAvailable = used;
            return available.Slot < Size && used.Slot < Size && used.DistanceTo(available, Size) <= Size;
        }

        /// <inheritdoc/>
        protected override bool Show(UsedBatch batch)
        {
            var elements = batch.Elements;
            var ring = MapRing();
            var first = used;
            // The first slot of the batch is written last. The driver polls that slot, and looks at none of the others until it is
            // marked as used (2.8.9).
            var second = first.Move(elements[0].Entries, Size);
            var next = second;
            for(var i = 1; i < elements.Length; i++)
            {
                ref readonly var element = ref elements[i];
                if(!ring.TryWrite(SecondHalf(next), PackedDescriptor.Used(element, next.WrapCounter)))
                {
                    return FailOutsideRam(Layout.DescriptorArea);
                }
                next = next.Move(element.Entries, Size);
            }
            ring.Written(FirstHalf(second), 2 * (batch.Entries - elements[0].Entries), 2 * Size);
            used = next;
            inFlight -= batch.Entries;
            // A store with release: the driver that sees the first used descriptor sees the others, and the data in its buffers,
            // which were all stored before it (PACK-03, PACK-19).
            return ring.TryWriteRelease(SecondHalf(first), PackedDescriptor.Used(elements[0], first.WrapCounter)) || FailOutsideRam(Layout.DescriptorArea);
        }

        /// <inheritdoc/>
        protected override bool WantsNotification(int entries)
        {
            // One load reads both fields, so that the driver cannot change one between the reads.
            if(!Memory.TryReadValue(Layout.DriverArea, out uint suppression))
            {
                return FailOutsideRam(Layout.DriverArea);
            }
            var flags = (ushort)(suppression >> EventFlagsShift);
            var desc = unchecked((ushort)suppression);
            switch(flags & RingLayout.EventFlagsMask)
            {
                case RingLayout.EventDisable:
                    return false;
                case RingLayout.EventForDescriptor when EventIdx:
                    return RingPosition.FromEvent(desc).IsAmong(used.Move(-entries, Size), entries, Size);
                default:
                    // The driver asks to be notified always, or has written a value that the spec reserves: flags of 3, or DESC
                    // without EVENT_IDX. A needless notification does no harm; a driver that waits for a missing one hangs (H-37).
                    return true;
            }
        }

        private bool TryPop(in GuestArray<ulong> ring, ref DescriptorChain chain)
        {
            // A chain is available when its first descriptor is: the driver makes that one available last (2.8.6).
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
            putBack = Math.Max(0, putBack - chain.Entries);
            return true;
        }

        // Follows NEXT from slot to slot up to the last descriptor of the list, and checks every buffer before any data moves
        // (2.8.6).
        private bool TryWalkList(in GuestArray<ulong> ring, PackedDescriptor descriptor, ref DescriptorChain chain)
        {
            var position = nextAvailable;
            while(true)
            {
                // An indirect descriptor is a chain by itself: it does not go together with NEXT (2.8.19, H-32).
                var fault = descriptor.IsIndirect ? QueueFault.IndirectWithNext : Chains.Add(ref chain, descriptor.Address, descriptor.Length, descriptor.IsWritable);
                if(fault != QueueFault.None)
                {
                    return FailChain(chain, fault, position.Slot, descriptor.Address, descriptor.Length);
                }
                if(!descriptor.HasNext)
                {
                    // The last descriptor has the buffer id of the list (PACK-14).
                    chain.Id = descriptor.Id;
                    return true;
                }
                position = position.Move(1, Size);
                // The chain may use only slots that are not in flight, or it runs into its own tail or into another chain (H-31).
                if(chain.Entries == Size - inFlight)
                {
                    return FailChain(chain, inFlight == 0 ? QueueFault.ChainTooLong : QueueFault.DescriptorInFlight, position.Slot, 0, Size);
                }
                if(!TryReadAvailable(ring, position, out descriptor))
                {
                    // The driver has made the first descriptor available, so all others of the list must be (H-33).
                    return FailChain(chain, QueueFault.DescriptorNotAvailable, position.Slot, descriptor.Address, descriptor.Length);
                }
                chain.Entries++;
            }
        }

        // Adds all entries of an indirect table, one after the other. Of their flags only WRITE counts. Their ids, and the WRITE
        // flag of the descriptor that refers to the table, are ignored (2.8.7).
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

        // False if the descriptor is not available to the device: flags in any other state are no error (PACK-06, H-34). Its
        // second half, with the flags, is loaded with acquire: what the driver has written before the flags, namely addr and
        // the other descriptors of the list, is loaded after it (PACK-10).
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

        // The ring as 64-bit halves of descriptors: of slot n, entry 2n is addr, and entry 2n + 1 is len, id and flags.
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

        // Where the next chain is popped.
        private RingPosition nextAvailable = RingPosition.Start;
        // Slots from nextAvailable on that belong to chains that were put back. The device knows that they are available.
        private int putBack;
        // Where the next batch is shown: the first slot that is not published as used.
        private RingPosition used = RingPosition.Start;
        // Slots from `used` up to nextAvailable. They were popped, and are the driver's again when as many are published.
        private int inFlight;

        private const int EventFlagsShift = 8 * RingLayout.EventFlags;
    }
}
