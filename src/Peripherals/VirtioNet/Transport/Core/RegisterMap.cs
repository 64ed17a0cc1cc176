#nullable enable
// A register structure as the spec draws it: an ordered table of fields, each of one width.
// Hazard H-101: the table says which (offset, width) exist; every other access has no effect.

using System;

namespace VirtioNet.Transport.Core
{
    /// <summary>One field of a structure: its name and width, and what reading and writing it does.</summary>
    public sealed class Register<T>
    {
        /// <summary>
        /// A field. Without <paramref name="write"/> it is read-only (H-102), without <paramref name="read"/>
        /// write-only, without both a gap.
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

        /// <summary>Width in bytes: 1, 2 or 4. A 64-bit field is two rows of 4 (PCI-09).</summary>
        public int Width { get; }

        /// <summary>Reads the field; null if it is write-only.</summary>
        public Func<T, uint>? Read { get; }

        /// <summary>Writes the field; null if it is read-only.</summary>
        public Action<T, uint>? Write { get; }
    }

    /// <summary>The fields of a structure without gaps, found by offset.</summary>
    public sealed class RegisterMap<T>
    {
        /// <summary>Lays the rows out one behind the other. Their widths must add up to the spec's size.</summary>
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

        /// <summary>Reads a field, or two adjacent 32-bit ones by a 64-bit access. False if nothing there can be read.</summary>
        public bool TryRead(T owner, ulong offset, int width, out ulong value)
        {
            value = 0;
            if(width == sizeof(ulong))
            {
                if(!TryFindPair(offset, out var low, out var high) || low.Read == null || high.Read == null)
                {
                    return false;
                }
                value = low.Read(owner) | ((ulong)high.Read(owner) << 32);
                return true;
            }
            var row = Find(offset, width);
            if(row?.Read == null)
            {
                return false;
            }
            value = row.Read(owner);
            return true;
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
