// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A ring or table in guest RAM, read and written entry by entry. The device makes one for each call and drops it afterwards.
// Usually all of it is in one host block, which is looked up once. An entry beyond that block, or in memory that is no
// longer RAM (H-24), is looked up by itself.

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace VirtioNet.Memory
{
    /// <summary>
    /// An array of entries of one type. The entries have the same layout in guest memory as the type has, little-endian. Each
    /// access copies an entry, once: the guest may change it at any time, but not the copy (H-18). An access answers false if
    /// the entry is not RAM. The caller keeps the index below the length.
    /// </summary>
    public readonly ref struct GuestArray<T> where T : unmanaged
    {
        /// <summary>Looks up the host block at the address. The length counts entries.</summary>
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
            var single = ReadSingle(index);
            value = single.GetValueOrDefault();
            return single.HasValue;
        }

        /// <summary>Writes an entry. After writing one or more, the caller calls <see cref="Written"/> once for all of them.</summary>
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
        /// Tells the memory that <paramref name="count"/> entries were written, from <paramref name="first"/> on. In a ring of
        /// <paramref name="size"/> entries the first one follows the last.
        /// </summary>
        public void Written(int first, int count, int size)
        {
            var end = Math.Min(first + count, size);
            TellWritten(first, end);
            TellWritten(0, first + count - end);
        }

        // Looks up an entry that is not in view. It returns the value instead of filling TryRead's out parameter by reference:
        // with the address of that variable taken, the compiler could not keep it in a register in the usual case.
        private T? ReadSingle(int index)
        {
            return memory.TryReadValue(AddressOf(index), out T value) ? value : (T?)null;
        }

        private void TellWritten(int first, int end)
        {
            // For entries outside the view, TryWrite has already called IGuestMemory.Written.
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

    /// <summary>
    /// Ordered accesses to 64-bit entries. The caller gives an array that is aligned to 8 bytes; host blocks do not end within
    /// such an entry, so each is read or written by one access.
    /// </summary>
    public static class GuestArrayOrder
    {
        /// <summary>
        /// Reads an entry, with acquire: what the other side has written before it wrote the entry is seen by later reads.
        /// </summary>
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

        /// <summary>
        /// Writes an entry, with release: whoever sees the entry sees all that was written before it. There is no need to call
        /// <see cref="GuestArray{T}.Written"/> for it.
        /// </summary>
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
