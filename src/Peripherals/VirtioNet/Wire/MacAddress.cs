// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// An Ethernet address as a number, so that it can be a key. IEEE 802, "MAC addresses".

using System;
using System.Globalization;

namespace VirtioNet.Wire
{
    /// <summary>Six bytes; the first on the wire is the highest of the number.</summary>
    public readonly struct MacAddress : IEquatable<MacAddress>
    {
        /// <summary>Takes the number, 48 bits.</summary>
        public MacAddress(ulong value)
        {
            Value = value;
        }

        /// <summary>Reads the first six bytes.</summary>
        public static MacAddress Read(ReadOnlySpan<byte> bytes)
        {
            var value = 0UL;
            for(var i = 0; i < Size; i++)
            {
                value = (value << 8) | bytes[i];
            }
            return new MacAddress(value);
        }

        /// <summary>Reads six bytes in hexadecimal, such as "02:00:00:00:00:01" or "02-00-00-00-00-01". False if the text is anything else.</summary>
        public static bool TryParse(string text, out MacAddress address)
        {
            var value = 0UL;
            address = default;
            var parts = text.Split(':', '-');
            foreach(var part in parts)
            {
                if(part.Length != 2 || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
                {
                    return false;
                }
                value = (value << 8) | number;
            }
            address = new MacAddress(value);
            return parts.Length == Size;
        }

        /// <summary>Writes the six bytes.</summary>
        public void Write(Span<byte> bytes)
        {
            for(var i = 0; i < Size; i++)
            {
                bytes[i] = this[i];
            }
        }

        /// <summary>The six bytes in an array of their own.</summary>
        public byte[] ToArray()
        {
            var bytes = new byte[Size];
            Write(bytes);
            return bytes;
        }

        /// <summary>The address with one byte replaced; index 0 is the first on the wire.</summary>
        public MacAddress With(int index, byte part)
        {
            var shift = Shift(index);
            return new MacAddress(Value & ~((ulong)byte.MaxValue << shift) | ((ulong)part << shift));
        }

        /// <summary>As in "02:00:00:00:00:01".</summary>
        public override string ToString()
        {
            return BitConverter.ToString(ToArray()).Replace('-', ':').ToLowerInvariant();
        }

        /// <inheritdoc/>
        public bool Equals(MacAddress other)
        {
            return Value == other.Value;
        }

        /// <inheritdoc/>
        public override bool Equals(object? obj)
        {
            return obj is MacAddress other && Equals(other);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return Value.GetHashCode();
        }

        /// <summary>True if both are the same.</summary>
        public static bool operator ==(MacAddress left, MacAddress right) => left.Value == right.Value;

        /// <summary>True if they differ.</summary>
        public static bool operator !=(MacAddress left, MacAddress right) => left.Value != right.Value;

        /// <summary>A byte of the address; index 0 is the first on the wire.</summary>
        public byte this[int index] => (byte)((Value >> Shift(index)) & byte.MaxValue);

        /// <summary>The number, 48 bits.</summary>
        public ulong Value { get; }

        /// <summary>True for multicast and broadcast addresses.</summary>
        public bool IsGroup => (this[0] & 1) != 0;

        /// <summary>The broadcast address.</summary>
        public static readonly MacAddress Broadcast = new MacAddress(0xFFFF_FFFF_FFFF);

        /// <summary>Bytes of an address.</summary>
        public const int Size = 6;

        private static int Shift(int index)
        {
            return 8 * (Size - 1 - index);
        }
    }
}
