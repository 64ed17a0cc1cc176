// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A register structure as the spec draws it: an ordered table of fields, each of one width.
// The table says which fields exist, where and how wide. A read may have any width and cover several fields. A write must
// have the width of its field, or of two 32-bit fields: any other would change a neighbouring field, or only part of one.

using System;

namespace VirtioNet.Transport.Core
{
    /// <summary>One field of a structure: its name and width, and what reading and writing it does.</summary>
    public sealed class Register<T>
    {
        /// <summary>
        /// Describes a field. Without <paramref name="write"/> it is read-only, without <paramref name="read"/> write-only;
        /// without both it only takes up space.
        /// </summary>
        public Register(string name, int width, Func<T, uint>? read, Action<T, uint>? write = null)
        {
            Name = name;
            Width = width;
            Read = read;
            Write = write;
        }

        /// <summary>The spec's name.</summary>
        public string Name { get; }

        /// <summary>Width in bytes: 1, 2 or 4. A 64-bit field is two rows of 4: drivers access its halves one by one (4.1.3.1).</summary>
        public int Width { get; }

        /// <summary>Reads the field; null if it is write-only.</summary>
        public Func<T, uint>? Read { get; }

        /// <summary>Writes the field; null if it is read-only.</summary>
        public Action<T, uint>? Write { get; }
    }

    /// <summary>The fields of a structure without gaps, found by offset.</summary>
    public sealed class RegisterMap<T>
    {
        /// <summary>
        /// Lays the rows out one after the other. Throws ArgumentException if one is not aligned to its width, or if the widths do
        /// not add up to the size, which is that of the spec, in bytes.
        /// </summary>
        public RegisterMap(int size, params Register<T>[] rows)
        {
            byOffset = new Register<T>?[size];
            var offset = 0;
            foreach(var row in rows)
            {
                if(offset % row.Width != 0 || offset + row.Width > size)
                {
                    throw new ArgumentException($"{row.Name} is not aligned at 0x{offset:X}, or does not fit");
                }
                byOffset[offset] = row;
                offset += row.Width;
            }
            if(offset != size)
            {
                throw new ArgumentException($"the rows add up to 0x{offset:X} bytes instead of 0x{size:X}");
            }
        }

        /// <summary>
        /// Reads 1, 2, 4 or 8 bytes at any offset, because drivers also read with other widths than the field's. Each field that
        /// holds one of the bytes is read once, with its side effects. Bytes without a readable field are 0. False if there is no
        /// readable field at all.
        /// </summary>
        public bool TryRead(T owner, ulong offset, int width, out ulong value)
        {
            value = 0;
            var isFound = false;
            var end = (int)Math.Min(offset + (uint)width, (ulong)byOffset.Length);
            for(var start = FieldAt(offset); start < end; start += byOffset[start]!.Width)
            {
                var row = byOffset[start]!;
                if(row.Read != null)
                {
                    var place = 8 * (start - (int)offset);
                    value |= place < 0 ? (ulong)row.Read(owner) >> -place : (ulong)row.Read(owner) << place;
                    isFound = true;
                }
            }
            value &= ulong.MaxValue >> (8 * (sizeof(ulong) - width));
            return isFound;
        }

        /// <summary>
        /// Reads one field by its own width, or two adjacent 32-bit ones by an aligned 64-bit access. False if nothing there
        /// can be read so.
        /// </summary>
        public bool TryReadField(T owner, ulong offset, int width, out ulong value)
        {
            value = 0;
            var isField = width == sizeof(ulong)
                ? TryFindPair(offset, out var low, out var high) && low.Read != null && high.Read != null
                : Find(offset, width)?.Read != null;
            return isField && TryRead(owner, offset, width, out value);
        }

        /// <summary>Writes a field, or two adjacent 32-bit ones by a 64-bit access. False if nothing there can be written.</summary>
        public bool TryWrite(T owner, ulong offset, int width, ulong value)
        {
            if(width == sizeof(ulong))
            {
                if(!TryFindPair(offset, out var low, out var high) || low.Write == null || high.Write == null)
                {
                    return false;
                }
                low.Write(owner, (uint)(value & uint.MaxValue));
                high.Write(owner, (uint)(value >> 32));
                return true;
            }
            var row = Find(offset, width);
            if(row?.Write == null)
            {
                return false;
            }
            // Of a wider value only the bytes of the field count.
            row.Write(owner, (uint)(value & (uint.MaxValue >> (8 * (sizeof(uint) - width)))));
            return true;
        }

        // Offset of the field that holds the byte at an offset; the size of the structure for an offset beyond its end.
        private int FieldAt(ulong offset)
        {
            var start = (int)Math.Min(offset, (ulong)byOffset.Length);
            while(start < byOffset.Length && byOffset[start] == null)
            {
                start--;
            }
            return start;
        }

        private bool TryFindPair(ulong offset, out Register<T> low, out Register<T> high)
        {
            low = Find(offset, sizeof(uint))!;
            high = low == null || offset % sizeof(ulong) != 0 ? null! : Find(offset + sizeof(uint), sizeof(uint))!;
            return high != null;
        }

        private Register<T>? Find(ulong offset, int width)
        {
            var row = offset < (ulong)byOffset.Length ? byOffset[offset] : null;
            return row?.Width == width ? row : null;
        }

        private readonly Register<T>?[] byOffset;
    }
}
