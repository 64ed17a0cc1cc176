#nullable enable
// Guest memory that a front end shares: the regions of SET_MEM_TABLE, mapped.
//
// Each region has three addresses: the guest's, which queues and descriptors name; the front end's own ("user
// address"), by which its messages name the rings; and where the file is mapped here. All that comes from outside is
// checked before it is added up, and a region that is longer than its file is refused: a touch behind the end would
// be a SIGBUS, which ends the process. A front end that cuts its file short afterwards can still cause one. That is a
// limit: there is no way to touch shared memory that cannot fail. QEMU's memory-backend-memfd seals its files against
// it (F_SEAL_SHRINK), and who may connect to the socket may do so by the permissions of its folder.

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

        /// <summary>Adds a region, or returns the rule that it breaks. The file can be closed afterwards.</summary>
        public ProtocolError? Add(in MemoryRegion region, SafeFileHandle file)
        {
            unchecked
            {
                if(region.Size == 0 || region.GuestAddress + region.Size - 1 < region.GuestAddress || region.UserAddress + region.Size - 1 < region.UserAddress)
                {
                    return new ProtocolError("a memory region is empty, or passes the end of its address space", region.GuestAddress, region.Size);
                }
            }
            foreach(var other in table)
            {
                if(other.Overlaps(region))
                {
                    return new ProtocolError("a memory region overlaps another one", region.GuestAddress, region.Size);
                }
            }
            if(!TryGetLength(file, out var length) || region.MmapOffset > length || region.Size > length - region.MmapOffset)
            {
                return new ProtocolError("a memory region is longer than its file", region.GuestAddress, region.Size);
            }
            // The file as a whole, because neither offset nor size need be whole pages, which may be huge ones.
            var start = Native.Map(file, length);
            if(start == IntPtr.Zero)
            {
                return new ProtocolError("the file of a memory region cannot be mapped", region.GuestAddress, length);
            }
            table.Add(new Mapping(region, start, length));
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
        }

        /// <summary>The guest address of what the front end has at its own address. False if it shares none such.</summary>
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

        /// <summary>Nothing: the guest's CPUs are elsewhere, and coherent.</summary>
        public void Written(ulong address, int length)
        {
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

        private static bool TryGetLength(SafeFileHandle file, out ulong length)
        {
            try
            {
                length = (ulong)RandomAccess.GetLength(file);
                return true;
            }
            catch(Exception exception) when(exception is IOException || exception is NotSupportedException || exception is UnauthorizedAccessException)
            {
                length = 0;
                return false;
            }
        }

        // Where the last access went: the next one is likely to go there, too.
        private int lastFound;

        private readonly List<Mapping> table = new List<Mapping>();

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
