// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Reads and writes of byte ranges and little-endian values in guest memory, on top of the host blocks of IGuestMemory.Map.

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace VirtioNet.Memory
{
    /// <summary>
    /// Reads and writes that may cross from one host block into the next. All answer false if part of the range is not RAM.
    /// </summary>
    public static class GuestMemoryAccess
    {
        /// <summary>
        /// Reads an aligned 16-bit little-endian field, with acquire: what the other side has written before it wrote the field
        /// is seen by later reads. It is one access, unless a host block ends within the field.
        /// </summary>
        public static bool TryReadUInt16(this IGuestMemory memory, ulong address, out ushort value)
        {
            var view = memory.Map(address, sizeof(ushort));
            if(view.Length == sizeof(ushort))
            {
                value = Volatile.Read(ref MemoryMarshal.AsRef<ushort>(view));
                return true;
            }
            var read = memory.TryReadValue(address, out value);
            Thread.MemoryBarrier();
            return read;
        }

        /// <summary>
        /// Writes an aligned 16-bit little-endian field, with release: whoever sees the field sees all that was written before
        /// it. It is one access, unless a host block ends within the field.
        /// </summary>
        public static bool TryWriteUInt16(this IGuestMemory memory, ulong address, ushort value)
        {
            var view = memory.Map(address, sizeof(ushort));
            if(view.Length == sizeof(ushort))
            {
                Volatile.Write(ref MemoryMarshal.AsRef<ushort>(view), value);
                memory.Written(address, sizeof(ushort));
                return true;
            }
            Thread.MemoryBarrier();
            return memory.TryWriteValue(address, value);
        }

        /// <summary>
        /// Reads a number or a structure that has the same layout in guest memory as the type has. It is copied once: the guest
        /// may change it at any time, but not the copy (H-18). Renode's hosts are little-endian, as virtio is.
        /// </summary>
        public static bool TryReadValue<T>(this IGuestMemory memory, ulong address, out T value) where T : unmanaged
        {
            return MemoryMarshal.TryRead(memory.Map(address, Unsafe.SizeOf<T>()), out value)
                || TryReadPieces(memory, address, MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1)));
        }

        /// <summary>Writes a number or a structure that has the same layout in guest memory as the type has.</summary>
        public static bool TryWriteValue<T>(this IGuestMemory memory, ulong address, T value) where T : unmanaged
        {
            return memory.TryWrite(address, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)));
        }

        /// <summary>Fills the destination from guest memory.</summary>
        public static bool TryRead(this IGuestMemory memory, ulong address, Span<byte> destination)
        {
            ReadOnlySpan<byte> view = memory.Map(address, destination.Length);
            if(view.Length == destination.Length)
            {
                view.CopyTo(destination);
                return true;
            }
            return TryReadPieces(memory, address, destination);
        }

        /// <summary>Writes the source to guest memory; nothing is written unless the whole range is RAM.</summary>
        public static bool TryWrite(this IGuestMemory memory, ulong address, ReadOnlySpan<byte> source)
        {
            var view = memory.Map(address, source.Length);
            if(view.Length == source.Length)
            {
                source.CopyTo(view);
                memory.Written(address, source.Length);
                return true;
            }
            return memory.Contains(address, (uint)source.Length) && TryWritePieces(memory, address, source);
        }

        /// <summary>
        /// A view of the first <paramref name="length"/> bytes of a chain, without copying. False if they are not all in the first
        /// segment and in one host block; usually they are, because drivers put a packet into one buffer. The guest can change the
        /// bytes at any time. After writing to the view, call <see cref="IGuestMemory.Written"/>.
        /// </summary>
        public static bool TryMap(this IGuestMemory memory, ReadOnlySpan<Segment> segments, int length, out Span<byte> view)
        {
            view = !segments.IsEmpty && segments[0].Length >= length ? memory.Map(segments[0].Address, length) : default;
            return view.Length == length;
        }

        private static bool TryReadPieces(IGuestMemory memory, ulong address, Span<byte> destination)
        {
            while(destination.Length > 0)
            {
                ReadOnlySpan<byte> view = memory.Map(address, destination.Length);
                if(view.IsEmpty)
                {
                    return false;
                }
                view.CopyTo(destination);
                destination = destination.Slice(view.Length);
                unchecked
                {
                    address += (uint)view.Length;
                }
            }
            return true;
        }

        private static bool TryWritePieces(IGuestMemory memory, ulong address, ReadOnlySpan<byte> source)
        {
            while(source.Length > 0)
            {
                var view = memory.Map(address, source.Length);
                if(view.IsEmpty)
                {
                    return false;
                }
                source.Slice(0, view.Length).CopyTo(view);
                memory.Written(address, view.Length);
                source = source.Slice(view.Length);
                unchecked
                {
                    address += (uint)view.Length;
                }
            }
            return true;
        }
    }
}
