// renode-virtio-net, MIT licence: see LICENSE.
// An echo request or reply in its IPv4 packet. RFC 792, RFC 791.
//
//   IPv4, 20 bytes: +0 version and length u8 = 0x45  +2 total length u16  +4 identification u16
//   +6 flags and offset u16  +8 time to live u8  +9 protocol u8 = 1  +10 checksum u16  +12 source  +16 target
//   ICMP, 8 bytes: +0 type u8  +1 code u8  +2 checksum u16  +4 identifier u16  +6 sequence u16, then data

using System.Buffers.Binary;

using VirtioNet.Wire;

namespace VirtioNet.Lab.Ipv4;

/// <summary>One echo message. <paramref name="Ttl"/> is the time to live it has or came with.</summary>
public readonly record struct IcmpEcho(byte Type, Ipv4Address Source, Ipv4Address Target, ushort Identifier, ushort Sequence, byte Ttl, byte[] Data)
{
    public byte[] ToFrame(MacAddress to, MacAddress from)
    {
        var frame = Ethernet.Frame(to, from, Ethernet.Ipv4, Headers + Data.Length);
        var ip = frame.AsSpan(Ethernet.HeaderSize, IpHeader);
        ip[0] = VersionAndLength;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(Headers + Data.Length));
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], Sequence);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], DontFragment);
        ip[8] = Ttl;
        ip[9] = ProtocolIcmp;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], Source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], Target.Value);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip));

        var icmp = frame.AsSpan(Ethernet.HeaderSize + IpHeader);
        icmp[0] = Type;
        BinaryPrimitives.WriteUInt16BigEndian(icmp[4..], Identifier);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[6..], Sequence);
        Data.CopyTo(icmp[IcmpHeader..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Checksum(icmp));
        return frame;
    }

    /// <summary>Reads the payload of a frame. False unless it is a whole echo message with both checksums right.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out IcmpEcho echo)
    {
        echo = default;
        if(bytes.Length < Headers || bytes[0] != VersionAndLength || bytes[9] != ProtocolIcmp || Checksum(bytes[..IpHeader]) != 0)
        {
            return false;
        }
        // The length in the IP header counts: in a short frame, padding follows the packet.
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if(length < Headers || length > bytes.Length)
        {
            return false;
        }
        var icmp = bytes[IpHeader..length];
        if((icmp[0] != Request && icmp[0] != Reply) || icmp[1] != 0 || Checksum(icmp) != 0)
        {
            return false;
        }
        echo = new IcmpEcho(icmp[0],
            new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..])), new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes[16..])),
            BinaryPrimitives.ReadUInt16BigEndian(icmp[4..]), BinaryPrimitives.ReadUInt16BigEndian(icmp[6..]), bytes[8], icmp[IcmpHeader..].ToArray());
        return true;
    }

    public const byte Reply = 0;
    public const byte Request = 8;
    public const byte UsualTtl = 64;

    public const int IcmpHeader = 8;
    public const int Headers = IpHeader + IcmpHeader;

    private static ushort Checksum(ReadOnlySpan<byte> bytes) => InternetChecksum.Finish(InternetChecksum.Add(0, bytes));

    private const int IpHeader = 20;
    private const byte VersionAndLength = 0x45;
    private const byte ProtocolIcmp = 1;
    private const ushort DontFragment = 0x4000;
}
