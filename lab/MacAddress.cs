// An Ethernet address as a number, so that it can be a key.

namespace VirtioNet.Lab;

/// <summary>Six bytes; the first is the highest of the number.</summary>
public readonly record struct MacAddress(ulong Value)
{
    public static MacAddress Read(ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        foreach(var part in bytes[..Size])
        {
            value = (value << 8) | part;
        }
        return new MacAddress(value);
    }

    public void Write(Span<byte> bytes)
    {
        for(var i = 0; i < Size; i++)
        {
            bytes[i] = (byte)((Value >> (8 * (Size - 1 - i))) & 0xFF);
        }
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    public override string ToString()
    {
        return string.Join(':', ToArray().Select(part => part.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>True for multicast and broadcast addresses.</summary>
    public bool IsGroup => ((Value >> 40) & 1) != 0;

    public static readonly MacAddress Broadcast = new(0xFFFF_FFFF_FFFF);

    public const int Size = 6;
}
