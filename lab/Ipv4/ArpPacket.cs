// renode-virtio-net, MIT licence: see LICENSE.
// ARP: asks which MAC address an IPv4 address has, and answers. RFC 826.
//
//   +0 hardware type u16 = 1   +2 protocol type u16 = 0x0800   +4 lengths u8 x2 = 6, 4   +6 operation u16
//   +8 sender MAC   +14 sender IP   +18 target MAC   +24 target IP

using System.Buffers.Binary;
using VirtioNet.Wire;

namespace VirtioNet.Lab.Ipv4;

/// <summary>A request or a reply.</summary>
public readonly record struct ArpPacket(ushort Operation, MacAddress SenderMac, Ipv4Address Sender, MacAddress TargetMac, Ipv4Address Target)
{
    public byte[] ToFrame(MacAddress to)
    {
        var frame = Ethernet.Frame(to, SenderMac, Ethernet.Arp, Size);
        var bytes = frame.AsSpan(Ethernet.HeaderSize);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, EthernetAndIpv4);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], AddressSizes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], Operation);
        SenderMac.Write(bytes[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[14..], Sender.Value);
        TargetMac.Write(bytes[18..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[24..], Target.Value);
        return frame;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out ArpPacket packet)
    {
        packet = default;
        if(bytes.Length < Size || BinaryPrimitives.ReadUInt32BigEndian(bytes) != EthernetAndIpv4
            || BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) != AddressSizes)
        {
            return false;
        }
        packet = new ArpPacket(BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]),
            MacAddress.Read(bytes[8..]), new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes[14..])),
            MacAddress.Read(bytes[18..]), new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes[24..])));
        return true;
    }

    public const ushort Request = 1;
    public const ushort Reply = 2;

    private const int Size = 28;
    private const uint EthernetAndIpv4 = 0x0001_0800;
    private const ushort AddressSizes = 0x0604;
}
