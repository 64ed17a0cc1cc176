// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Guest-physical memory on a Renode machine. The only file of Renode/ with unsafe code.
//
// What is RAM for a device: every MappedMemory that is registered on the system bus for all CPUs, at each place at which
// it is registered, and nothing else. So DMA reaches neither registers nor the card's own BARs (H-15, H-110, H-111). A
// memory that is registered for one CPU alone is not reachable: when a frame arrives there is no current CPU, and the address of
// a buffer must mean the same memory as when the driver made it available (H-117).

using System;

using Antmicro.Migrant;
using Antmicro.Renode.Core;

using VirtioNet.Memory;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Translates guest-physical addresses to Renode's mapped memories.</summary>
    internal sealed class SystemBusMemory : IGuestMemory
    {
        /// <summary>Knows no memory until the first <see cref="Refresh"/>.</summary>
        public SystemBusMemory(IMachine machine)
        {
            this.machine = machine;
        }

        /// <summary>Asks the bus what is RAM now. Called without the guard's lock; all else with it.</summary>
        public void Refresh()
        {
            table = RamTable.Make(machine, table);
        }

        /// <inheritdoc/>
        public bool Contains(ulong address, ulong length)
        {
            // Rows do not overlap and are sorted, so a range is RAM if rows follow one another without a gap.
            do
            {
                var block = table?.Find(address);
                if(block == null || block.IsFreed)
                {
                    return false;
                }
                var rest = block.Length - (address - block.Start);
                if(length <= rest)
                {
                    return true;
                }
                length -= rest;
                address = unchecked(address + rest);
            }
            while(address != 0);
            return false;
        }

        /// <inheritdoc/>
        public unsafe Span<byte> Map(ulong address, int length)
        {
            var block = table?.Find(address);
            if(block == null || block.IsFreed)
            {
                return default;
            }
            var offset = address - block.Start;
            // The one bounds check: the address is inside the block, and the view ends with it.
            return new Span<byte>((byte*)block.Pointer() + offset, (int)Math.Min((ulong)length, block.Length - offset));
        }

        // Renode's CPUs run translations of guest code. A translation of bytes that the device has just overwritten is stale, so
        // every CPU is told to drop it, at each address at which it can have run these bytes. MappedMemory's own write
        // methods do the same, also while other CPUs run.
        /// <inheritdoc/>
        public void Written(ulong address, int length)
        {
            var block = table?.Find(address);
            if(block == null)
            {
                return;
            }
            var first = block.Offset + (address - block.Start);
            var end = first + (ulong)length;
            foreach(var place in block.Places)
            {
                var from = Math.Max(first, place.Offset);
                var to = Math.Min(end, place.Offset + place.Range.Size);
                if(from < to)
                {
                    DropTranslations(place.Range.StartAddress + (from - place.Offset), to - from);
                }
            }
        }

        private void DropTranslations(ulong address, ulong length)
        {
            foreach(var cpu in table!.Cpus)
            {
                // The second address is the one after the last byte.
                cpu.OrderTranslationBlocksInvalidation(new IntPtr(unchecked((long)address)), new IntPtr(unchecked((long)(address + length))));
            }
        }

        // Pointers and what holds them are never saved; they are found again after a load.
        [Transient]
        private volatile RamTable? table;

        private readonly IMachine machine;
    }
}
