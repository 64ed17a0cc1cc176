// The Ethernet header: target, source, type.

using System.Buffers.Binary;

namespace VirtioNet.Lab.Ipv4;

/// <summary>Builds frames and reads their headers.</summary>
public static class Ethernet
{
    /// <summary>Makes a frame with room for a payload. The device fills short frames up to 60 bytes.</summary>
    public static byte[] Frame(MacAddress target, MacAddress source, ushort type, int payload)
    {
        var frame = new byte[HeaderSize + payload];
        target.Write(frame);
        source.Write(frame.AsSpan(MacAddress.Size));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(TypeOffset), type);
        return frame;
    }

    public static ushort Type(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[TypeOffset..]);

    public static MacAddress Source(ReadOnlySpan<byte> frame) => MacAddress.Read(frame[MacAddress.Size..]);

    public const int HeaderSize = 14;
    public const ushort TypeIpv4 = 0x0800;
    public const ushort TypeArp = 0x0806;
    /// <summary>IEEE 802 local experimental type 1: frames of the lab's own.</summary>
    public const ushort TypeExperimental = 0x88B5;

    private const int TypeOffset = 12;
}
