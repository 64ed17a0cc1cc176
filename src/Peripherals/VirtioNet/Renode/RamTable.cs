// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What is RAM on a Renode machine at one moment. Made from what the bus has, and never changed.

using System;
using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.Memory;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// The places at which RAM is registered for all CPUs, with a row for each host block of the RAM there, sorted by guest address. A
    /// memory consists of host blocks of up to 16 MiB, each allocated by itself when it is first used.
    /// </summary>
    internal sealed class RamTable
    {
        /// <summary>The table for the machine as it is. The old one is returned if nothing has changed since it was made.</summary>
        public static RamTable Make(IMachine machine, RamTable? old)
        {
            var registered = machine.SystemBus.GetRegisteredPeripherals().Where(x => x.Peripheral is MappedMemory).ToArray();
            // All places of these memories, also those for one CPU alone: code may have run there.
            var places = registered.Select(x => x.Peripheral).Distinct()
                .ToDictionary(x => x, x => machine.GetPeripheralRegistrationPoints(machine.SystemBus, x).OfType<BusRangeRegistration>().ToArray());
            var cpus = machine.SystemBus.GetCPUs().OfType<TranslationCPU>().ToArray();
            var madeOf = registered.Concat<object>(places.Values.SelectMany(x => x)).Concat(cpus).ToArray();
            return old != null && old.madeOf.SequenceEqual(madeOf) ? old : new RamTable(registered, places, cpus, madeOf);
        }

        /// <summary>The row that holds a guest address, or null if there is no RAM.</summary>
        public RamBlock? Find(ulong address)
        {
            if(lastFound < rows.Length && rows[lastFound].Holds(address))
            {
                return rows[lastFound];
            }
            var low = 0;
            var high = rows.Length - 1;
            while(low <= high)
            {
                var middle = (low + high) / 2;
                if(address < rows[middle].Start)
                {
                    high = middle - 1;
                }
                else if(!rows[middle].Holds(address))
                {
                    low = middle + 1;
                }
                else
                {
                    lastFound = middle;
                    return rows[middle];
                }
            }
            return null;
        }

        /// <summary>The CPUs that run translations of guest code.</summary>
        public TranslationCPU[] Cpus { get; }

        private RamTable(IEnumerable<IBusRegistered<IBusPeripheral>> registered, Dictionary<IBusPeripheral, BusRangeRegistration[]> places, TranslationCPU[] cpus, object[] madeOf)
        {
            this.madeOf = madeOf;
            Cpus = cpus;
            rows = registered.SelectMany(x => Cut((MappedMemory)x.Peripheral, x.RegistrationPoint, places[x.Peripheral])).OrderBy(x => x.Start).ToArray();
        }

        // The part of a memory that is registered at a place, cut where its host blocks meet.
        private static IEnumerable<RamBlock> Cut(MappedMemory memory, BusRangeRegistration place, BusRangeRegistration[] places)
        {
            var offset = place.Offset;
            var end = Math.Min(place.Offset + place.Range.Size, (ulong)memory.Size);
            while(offset < end)
            {
                var length = Math.Min((ulong)memory.SegmentSize - offset % (ulong)memory.SegmentSize, end - offset);
                yield return new RamBlock(memory, places, offset, place.Range.StartAddress + (offset - place.Offset), length);
                offset += length;
            }
        }

        private int lastFound;

        private readonly RamBlock[] rows;
        private readonly object[] madeOf;
    }

    /// <summary>A range of guest addresses whose bytes lie in one host block of one memory.</summary>
    internal sealed class RamBlock
    {
        public RamBlock(MappedMemory memory, BusRangeRegistration[] places, ulong offset, ulong start, ulong length)
        {
            this.memory = memory;
            segment = (int)(offset / (ulong)memory.SegmentSize);
            offsetInSegment = (long)(offset % (ulong)memory.SegmentSize);
            Places = places;
            Offset = offset;
            Start = start;
            Length = length;
        }

        /// <summary>True if the address is in the range.</summary>
        public bool Holds(ulong address)
        {
            return unchecked(address - Start) < Length;
        }

        /// <summary>
        /// Host address of the first byte; allocates the block if necessary. Not to be kept, because the memory may be freed.
        /// </summary>
        public IntPtr Pointer()
        {
            if(!isTouched)
            {
                memory.TouchSegment(segment);
                isTouched = true;
            }
            return (IntPtr)((long)memory.GetSegment(segment) + offsetInSegment);
        }

        /// <summary>True if the memory was disposed of since it was used.</summary>
        public bool IsFreed => isTouched && memory.GetSegment(segment) == IntPtr.Zero;

        /// <summary>Every place on the bus at which the memory is registered.</summary>
        public BusRangeRegistration[] Places { get; }

        /// <summary>Offset of the first byte in its memory.</summary>
        public ulong Offset { get; }

        /// <summary>Guest address of the first byte.</summary>
        public ulong Start { get; }

        /// <summary>Count of bytes.</summary>
        public ulong Length { get; }

        private bool isTouched;

        private readonly MappedMemory memory;
        private readonly int segment;
        private readonly long offsetInSegment;
    }
}
