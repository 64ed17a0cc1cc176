#nullable enable
// A ring or table in guest RAM, in the time of one call of the device: looked up once, then read and written entry by
// entry. It is RAM as a whole when it is first used, and usually lies in one host block. Where two blocks meet, or when
// the RAM has gone since (H-24), an access goes through the memory by itself.

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace VirtioNet.Memory
{
    /// <summary>
    /// So many entries of one type, whose fields lie in guest memory as they do in the type, little-endian. Each access
    /// copies, once: what the guest does to an entry later does not matter (H-18). All answer false if it is not RAM.
    /// </summary>
    public readonly ref struct GuestArray<T> where T : unmanaged
    {
        /// <summary>Looks the array up; the length counts entries.</summary>
        public GuestArray(IGuestMemory memory, ulong address, int length)
        {
            this.memory = memory;
            this.address = address;
            view = MemoryMarshal.Cast<byte, T>(memory.Map(address, length * Unsafe.SizeOf<T>()));
        }

        /// <summary>Reads an entry.</summary>
        public bool TryRead(int index, out T value)
        {
            if(unchecked((uint)index < (uint)view.Length))
            {
                value = view[index];
                return true;
            }
            var apart = ReadApart(index);
            value = apart.GetValueOrDefault();
            return apart.HasValue;
        }

        /// <summary>Writes an entry. <see cref="Written"/> has to follow the last one.</summary>
        public bool TryWrite(int index, T value)
        {
            if(unchecked((uint)index < (uint)view.Length))
            {
                view[index] = value;
                return true;
            }
            return memory.TryWriteValue(AddressOf(index), value);
        }

        /// <summary>
        /// Tells the memory that so many entries were written, from the first on and round the end of a ring of that size.
        /// </summary>
        public void Written(int first, int count, int size)
        {
            var end = Math.Min(first + count, size);
            TellWritten(first, end);
            TellWritten(0, first + count - end);
        }

        // Returned, so that the usual way out of TryRead can stay in a register.
        private T? ReadApart(int index)
        {
            return memory.TryReadValue(AddressOf(index), out T value) ? value : (T?)null;
        }

        private void TellWritten(int first, int end)
        {
            // What is not in view was told when it was written.
            end = Math.Min(end, view.Length);
            if(first < end)
            {
                memory.Written(AddressOf(first), (end - first) * Unsafe.SizeOf<T>());
            }
        }

        internal ulong AddressOf(int index)
        {
            return unchecked(address + (uint)(index * Unsafe.SizeOf<T>()));
        }

        internal IGuestMemory Memory => memory;

        internal Span<T> View => view;

        private readonly IGuestMemory memory;
        private readonly ulong address;
        private readonly Span<T> view;
    }

    /// <summary>Ordered accesses to aligned 64-bit entries, each in one access: no host block ends within one.</summary>
    public static class GuestArrayOrder
    {
        /// <summary>Reads an entry. No later access is done before it.</summary>
        public static bool TryReadAcquire(this in GuestArray<ulong> array, int index, out ulong value)
        {
            var view = array.View;
            if(unchecked((uint)index < (uint)view.Length))
            {
                value = Volatile.Read(ref view[index]);
                return true;
            }
            var read = array.TryRead(index, out value);
            Thread.MemoryBarrier();
            return read;
        }

        /// <summary>Writes an entry, and tells the memory so. No earlier access is done after it.</summary>
        public static bool TryWriteRelease(this in GuestArray<ulong> array, int index, ulong value)
        {
            var view = array.View;
            if(unchecked((uint)index < (uint)view.Length))
            {
                Volatile.Write(ref view[index], value);
                array.Memory.Written(array.AddressOf(index), sizeof(ulong));
                return true;
            }
            Thread.MemoryBarrier();
            return array.TryWrite(index, value);
        }
    }
}
