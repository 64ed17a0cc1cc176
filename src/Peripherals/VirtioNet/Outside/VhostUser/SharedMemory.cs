// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Guest memory that a front end shares: the regions of SET_MEM_TABLE, mapped.
//
// Each region has three addresses: the guest's, which queues and descriptors name; the front end's own ("user
// address"), by which its messages name the rings; and where the file is mapped here. All sums of numbers that come from
// outside are checked for overflow.
//
// An access to a page that the system cannot provide is a SIGBUS, which ends the process; nothing in .NET can catch it. So a
// region that is longer than its file is refused; and the file is sealed first, so that the front end cannot cut it short
// afterwards. QEMU's memory-backend-memfd seals its files itself. Two ways to a SIGBUS are left. A file that takes no seal
// can be cut short under Renode: one in /dev/shm or of hugetlbfs, or a memfd that was made without MFD_ALLOW_SEALING, as
// DPDK's are. Such memory is usual, so it is taken, and its front end is trusted not to do that. And a file may have holes,
// which the system cannot fill when it has no memory left. Files of a disk or of another process's file system are refused,
// because those can fail, or keep a reader waiting, at any time.

using System;
using System.Collections.Generic;
using System.IO;

using Microsoft.Win32.SafeHandles;

using VirtioNet.Memory;
using VirtioNet.Outside.VhostUser.Protocol;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>A table of mapped regions. It can change between two uses of a queue, and starts empty.</summary>
    internal sealed class SharedMemory : IGuestMemory
    {
        /// <summary>Replaces all regions. If one is not sound the table is left empty, and the rule that it breaks returned.</summary>
        public ProtocolError? Replace(ReadOnlySpan<MemoryRegion> regions, IReadOnlyList<SafeFileHandle> files)
        {
            Clear();
            for(var i = 0; i < regions.Length; i++)
            {
                var error = Add(regions[i], files[i]);
                if(error != null)
                {
                    Clear();
                    return error;
                }
            }
            return null;
        }

        /// <summary>Unmaps everything.</summary>
        public void Clear()
        {
            foreach(var mapping in table)
            {
                mapping.Unmap();
            }
            table.Clear();
            mapped = 0;
        }

        /// <summary>Translates an address of the front end to the guest's. False if it is in no region.</summary>
        public bool TryTranslate(ulong userAddress, out ulong guestAddress)
        {
            foreach(var mapping in table)
            {
                var offset = unchecked(userAddress - mapping.Region.UserAddress);
                if(offset < mapping.Region.Size)
                {
                    guestAddress = mapping.Region.GuestAddress + offset;
                    return true;
                }
            }
            guestAddress = 0;
            return false;
        }

        /// <inheritdoc/>
        public bool Contains(ulong address, ulong length)
        {
            // Regions do not overlap, so a range is memory if they follow one another without a gap.
            do
            {
                if(!TryFind(address, out var mapping, out var offset))
                {
                    return false;
                }
                var rest = mapping.Region.Size - offset;
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
        public Span<byte> Map(ulong address, int length)
        {
            // The one bounds check: TryFind has put the offset inside the region, and the view ends with it.
            return TryFind(address, out var mapping, out var offset)
                ? Native.View(mapping.Start, mapping.Region.MmapOffset + offset, (int)Math.Min((ulong)length, mapping.Region.Size - offset))
                : default;
        }

        /// <summary>Nothing to do: real CPUs run the guest in another process, and see each write at once.</summary>
        public void Written(ulong address, int length)
        {
        }

        // Maps one region. The caller may close the file afterwards; the mapping stays.
        private ProtocolError? Add(in MemoryRegion region, SafeFileHandle file)
        {
            unchecked
            {
                if(region.Size == 0 || region.GuestAddress + region.Size - 1 < region.GuestAddress || region.UserAddress + region.Size - 1 < region.UserAddress)
                {
                    return new ProtocolError(FrontEndRules.RegionRange, region.GuestAddress, region.Size);
                }
            }
            foreach(var other in table)
            {
                if(other.Overlaps(region))
                {
                    return new ProtocolError(FrontEndRules.RegionOverlap, region.GuestAddress, region.Size);
                }
            }
            // Sealed first, because the length that is read then can no longer shrink.
            if(!Native.TrySeal(file))
            {
                return new ProtocolError(FrontEndRules.RegionNotMemory, region.GuestAddress, region.Size);
            }
            var length = (ulong)RandomAccess.GetLength(file);
            if(region.MmapOffset > length || region.Size > length - region.MmapOffset)
            {
                return new ProtocolError(FrontEndRules.RegionBeyondFile, region.GuestAddress, region.Size);
            }
            if(length > MaxMapped - mapped)
            {
                return new ProtocolError(FrontEndRules.MemoryTooLarge, MaxMapped, unchecked(mapped + length));
            }
            // Maps the whole file: offset and size of a region need not be multiples of a page, and pages may be huge ones.
            var start = Native.Map(file, length);
            if(start == IntPtr.Zero)
            {
                return new ProtocolError(FrontEndRules.RegionNotMapped, region.GuestAddress, length);
            }
            mapped += length;
            table.Add(new Mapping(region, start, length));
            return null;
        }

        private bool TryFind(ulong address, out Mapping mapping, out ulong offset)
        {
            if(lastFound < table.Count)
            {
                mapping = table[lastFound];
                offset = unchecked(address - mapping.Region.GuestAddress);
                if(offset < mapping.Region.Size)
                {
                    return true;
                }
            }
            for(var i = 0; i < table.Count; i++)
            {
                mapping = table[i];
                offset = unchecked(address - mapping.Region.GuestAddress);
                if(offset < mapping.Region.Size)
                {
                    lastFound = i;
                    return true;
                }
            }
            mapping = default;
            offset = 0;
            return false;
        }

        // Where the last access went: the next one is likely to go there, too.
        private int lastFound;
        // Sum of the lengths of all files, in bytes.
        private ulong mapped;

        private readonly List<Mapping> table = new List<Mapping>();

        // 4 TiB: a file may have holes, so its length costs a front end nothing, and the process has 128 TiB of address space.
        private const ulong MaxMapped = 1UL << 42;

        private readonly struct Mapping
        {
            public Mapping(in MemoryRegion region, IntPtr start, ulong length)
            {
                Region = region;
                Start = start;
                this.length = length;
            }

            public bool Overlaps(in MemoryRegion other)
            {
                return unchecked(other.GuestAddress - Region.GuestAddress < Region.Size || Region.GuestAddress - other.GuestAddress < other.Size);
            }

            public void Unmap()
            {
                Native.Unmap(Start, length);
            }

            public MemoryRegion Region { get; }

            public IntPtr Start { get; }

            private readonly ulong length;
        }
    }
}
