#nullable enable
// Guest-physical memory on a Renode machine. The only file with unsafe code.
//
// What is RAM: every MappedMemory on the system bus, seen by no CPU in particular (H-117), and nothing
// else, so that DMA reaches neither registers nor our own BARs (H-15, H-110, H-111).
//
// Each memory is made of host blocks of up to 16 MiB, allocated apart from each other when first used.
// The table below has one row a block, sorted by guest address.

using System;
using System.Collections.Generic;
using System.Linq;

using Antmicro.Migrant;
using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.Memory;

using VirtioNet.Memory;

namespace Antmicro.Renode.Peripherals.PCI
{
    /// <summary>Translates guest-physical addresses to Renode's mapped memories.</summary>
    internal sealed class SystemBusMemory : IGuestMemory
    {
        public SystemBusMemory(IMachine machine)
        {
            this.machine = machine;
            // The bus tells of what is registered, but not of what is unregistered. That happens with the
            // machine paused, so the blocks are looked up anew whenever it goes on.
            machine.PeripheralsChanged += ForgetBlocks;
            machine.StateChanged += ForgetBlocks;
        }

        public bool Contains(ulong address, ulong length)
        {
            // Blocks do not overlap and are sorted, so a range is RAM if blocks follow one another without a gap.
            do
            {
                if(!TryFind(address, out var block))
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

        public unsafe Span<byte> Map(ulong address, int length)
        {
            if(!TryFind(address, out var block))
            {
                return default;
            }
            var offset = address - block.Start;
            // The one bounds check: TryFind has put the offset inside the block, and the view ends with it.
            return new Span<byte>((byte*)block.Pointer() + offset, (int)Math.Min((ulong)length, block.Length - offset));
        }

        // Renode's CPUs run translations of guest code. A translation of bytes that the device has just
        // overwritten is stale, so each CPU is told to drop it, as MappedMemory's own write methods do.
        // CPUs are either stopped at that time, or it is their own access that made the device write.
        public void Written(ulong address, int length)
        {
            foreach(var cpu in cpus!)
            {
                cpu.OrderTranslationBlocksInvalidation((IntPtr)(long)address, (IntPtr)((long)address + length));
            }
        }

        private bool TryFind(ulong address, out Block block)
        {
            var table = blocks ?? FindBlocks();
            if(lastFound < table.Length)
            {
                block = table[lastFound];
                if(unchecked(address - block.Start) < block.Length && !block.IsFreed)
                {
                    return true;
                }
            }
            var low = 0;
            var high = table.Length - 1;
            while(low <= high)
            {
                var middle = (low + high) / 2;
                block = table[middle];
                if(address < block.Start)
                {
                    high = middle - 1;
                }
                else if(address - block.Start < block.Length)
                {
                    if(block.IsFreed)
                    {
                        blocks = null;
                        return TryFind(address, out block);
                    }
                    lastFound = middle;
                    return true;
                }
                else
                {
                    low = middle + 1;
                }
            }
            block = null!;
            return false;
        }

        private Block[] FindBlocks()
        {
            var found = new List<Block>();
            foreach(var registered in machine.SystemBus.GetRegisteredPeripherals())
            {
                if(registered.Peripheral is MappedMemory memory)
                {
                    AddBlocks(found, memory, registered.RegistrationPoint);
                }
            }
            cpus = machine.SystemBus.GetCPUs().OfType<TranslationCPU>().ToArray();
            lastFound = 0;
            return blocks = found.OrderBy(x => x.Start).ToArray();
        }

        private static void AddBlocks(List<Block> found, MappedMemory memory, BusRangeRegistration place)
        {
            var first = place.Offset;
            var end = Math.Min(place.Offset + place.Range.Size, (ulong)memory.Size);
            while(first < end)
            {
                var segment = (int)(first / (ulong)memory.SegmentSize);
                var inSegment = first % (ulong)memory.SegmentSize;
                var length = Math.Min((ulong)memory.SegmentSize - inSegment, end - first);
                found.Add(new Block(memory, segment, inSegment, place.Range.StartAddress + (first - place.Offset), length));
                first += length;
            }
        }

        private void ForgetBlocks(IMachine sender, PeripheralsChangedEventArgs change)
        {
            blocks = null;
        }

        private void ForgetBlocks(IMachine sender, MachineStateChangedEventArgs change)
        {
            blocks = null;
        }

        // Pointers and what holds them are never saved; they are found again after a load.
        [Transient]
        private Block[]? blocks;
        [Transient]
        private TranslationCPU[]? cpus;
        [Transient]
        private int lastFound;

        private readonly IMachine machine;

        private sealed class Block
        {
            public Block(MappedMemory memory, int segment, ulong offset, ulong start, ulong length)
            {
                this.memory = memory;
                this.segment = segment;
                this.offset = offset;
                Start = start;
                Length = length;
            }

            // Never kept: a memory that was unregistered and freed answers null from then on.
            public IntPtr Pointer()
            {
                if(!touched)
                {
                    memory.TouchSegment(segment);
                    touched = true;
                }
                return (IntPtr)((long)memory.GetSegment(segment) + (long)offset);
            }

            public bool IsFreed => touched && memory.GetSegment(segment) == IntPtr.Zero;

            public ulong Start { get; }

            public ulong Length { get; }

            private bool touched;

            private readonly MappedMemory memory;
            private readonly int segment;
            private readonly ulong offset;
        }
    }
}
