// renode-virtio-net, MIT licence: see LICENSE.
// Reads pcapng strictly, and shares no code with the writer. IETF draft-ietf-opsawg-pcapng.

using System.Buffers.Binary;
using System.Text;

namespace VirtioNet.Tests.Wire.Captures;

public sealed record CapturedInterface(string Name, string Description, int SnapLength, int Resolution);

public sealed record CapturedPacket(int Section, CapturedInterface Interface, ulong Time, byte[] Bytes, int Length, uint Flags, string[] Comments, ulong Lost)
{
    /// <summary>As "net0 In 7".</summary>
    public string Place => $"{Interface.Name} {((Flags & 3) == 1 ? "In" : (Flags & 3) == 2 ? "Out" : "?")} {Time}";

    public string AllComments => string.Join("; ", Comments);
}

/// <summary>A file, or whole blocks of one. What the format does not allow throws.</summary>
public sealed class PcapngReader
{
    public static PcapngReader Read(string path) => new(File.ReadAllBytes(path));

    public PcapngReader(byte[] file)
    {
        for(var at = 0; at < file.Length;)
        {
            var type = UInt(file, at);
            var length = (int)UInt(file, at + 4);
            Check(length >= 12 && length % 4 == 0 && at + length <= file.Length, "length of a block");
            Check(UInt(file, at + length - 4) == length, "length after a block");
            Check(Sections.Count > 0 || type == 0x0A0D0D0A, "no section at the start");
            ReadBlock(type, file.AsSpan(at + 8, length - 12));
            at += length;
        }
    }

    public List<string> Sections { get; } = new();

    /// <summary>Those of the last section.</summary>
    public List<CapturedInterface> Interfaces { get; } = new();

    public List<CapturedPacket> Packets { get; } = new();

    private void ReadBlock(uint type, ReadOnlySpan<byte> block)
    {
        switch(type)
        {
        case 0x0A0D0D0A:
            Check(UInt(block, 0) == 0x1A2B3C4D && UInt(block, 4) == 1 && UInt(block, 8) == uint.MaxValue && UInt(block, 12) == uint.MaxValue, "section");
            Sections.Add(string.Join("; ", Options(block[16..]).Select(x => $"{x.Code}: {Encoding.UTF8.GetString(x.Value)}")));
            Interfaces.Clear();
            break;
        case 1:
            var options = Options(block[8..]);
            Check(UInt(block, 0) == 1, "no Ethernet");
            Interfaces.Add(new CapturedInterface(Texts(options, 2).Single(), Texts(options, 3).Single(), (int)UInt(block, 4), options.Single(x => x.Code == 9).Value.Single()));
            break;
        case 6:
            ReadPacket(block);
            break;
        default:
            throw new FormatException($"block of type {type}");
        }
    }

    private void ReadPacket(ReadOnlySpan<byte> block)
    {
        var captured = (int)UInt(block, 12);
        var padded = (captured + 3) & ~3;
        Check(block[(20 + captured)..(20 + padded)].IndexOfAnyExcept((byte)0) < 0, "padding");
        var options = Options(block[(20 + padded)..]);
        var lost = options.Where(x => x.Code == 4).Select(x => BitConverter.ToUInt64(x.Value)).SingleOrDefault();
        Packets.Add(new CapturedPacket(Sections.Count - 1, Interfaces[(int)UInt(block, 0)], ((ulong)UInt(block, 4) << 32) | UInt(block, 8),
            block.Slice(20, captured).ToArray(), (int)UInt(block, 16), BitConverter.ToUInt32(options.Single(x => x.Code == 2).Value), Texts(options, 1), lost));
    }

    private static string[] Texts(List<(ushort Code, byte[] Value)> options, int code)
    {
        return options.Where(x => x.Code == code).Select(x => new UTF8Encoding(false, true).GetString(x.Value)).ToArray();
    }

    private static List<(ushort Code, byte[] Value)> Options(ReadOnlySpan<byte> block)
    {
        var options = new List<(ushort, byte[])>();
        while(UInt(block, 0) != 0)
        {
            var code = BinaryPrimitives.ReadUInt16LittleEndian(block);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
            var padded = (length + 3) & ~3;
            Check(block[(4 + length)..(4 + padded)].IndexOfAnyExcept((byte)0) < 0, "padding of an option");
            options.Add((code, block.Slice(4, length).ToArray()));
            block = block[(4 + padded)..];
        }
        Check(block.Length == 4, "bytes after the options");
        return options;
    }

    private static uint UInt(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Check(bool isRight, string what)
    {
        if(!isRight)
        {
            throw new FormatException(what);
        }
    }
}
