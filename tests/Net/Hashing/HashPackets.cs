// renode-virtio-net, MIT licence: see LICENSE.
// Packets to be hashed, put together header by header.

using System.Buffers.Binary;
using System.Net;

namespace VirtioNet.Tests.Net.Hashing;

internal static class HashPackets
{
    public static byte[] Ethernet(int type, byte[] payload, params int[] tags)
    {
        var header = new byte[12];
        header[5] = 2;
        header[11] = 1;
        return [.. header, .. tags.SelectMany(x => Number(x)), .. Number(type), .. payload];
    }

    /// <summary>A frame with IPv4 or IPv6, as the addresses say.</summary>
    public static byte[] Frame(string source, string destination, byte protocol, byte[] payload, params int[] tags)
    {
        return IPAddress.Parse(source).GetAddressBytes().Length == 4
            ? Ethernet(0x0800, Ipv4(source, destination, protocol, payload), tags)
            : Ethernet(0x86DD, Ipv6(source, destination, protocol, payload), tags);
    }

    public static byte[] Ipv4(string source, string destination, byte protocol, byte[] payload, int fragment = 0, int options = 0)
    {
        var header = new byte[20 + options];
        header[0] = (byte)(0x40 | (header.Length / 4));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + payload.Length));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)fragment);
        header[8] = 64;
        header[9] = protocol;
        IPAddress.Parse(source).GetAddressBytes().CopyTo(header, 12);
        IPAddress.Parse(destination).GetAddressBytes().CopyTo(header, 16);
        return [.. header, .. payload];
    }

    public static byte[] Ipv6(string source, string destination, byte next, byte[] payload)
    {
        var header = new byte[40];
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)payload.Length);
        header[6] = next;
        header[7] = 64;
        IPAddress.Parse(source).GetAddressBytes().CopyTo(header, 8);
        IPAddress.Parse(destination).GetAddressBytes().CopyTo(header, 24);
        return [.. header, .. payload];
    }

    public static byte[] TcpSegment(int source, int destination) => [.. Number(source), .. Number(destination), .. new byte[8], 0x50, .. new byte[7]];

    public static byte[] UdpDatagram(int source, int destination, params byte[] payload)
    {
        return [.. Number(source), .. Number(destination), .. Number(8 + payload.Length), 0, 0, .. payload];
    }

    /// <summary>An extension header: what comes next, and the rest, filled up to whole units of eight bytes.</summary>
    public static byte[] Extension(byte next, params byte[] rest)
    {
        var header = new byte[(2 + rest.Length + 7) / 8 * 8];
        header[0] = next;
        header[1] = (byte)((header.Length / 8) - 1);
        rest.CopyTo(header, 2);
        return header;
    }

    public static byte[] Number(int value) => [(byte)(value >> 8), (byte)(value & 0xFF)];

    public static byte[] Address(string address) => IPAddress.Parse(address).GetAddressBytes();

    public const byte Tcp = 6;
    public const byte Udp = 17;
}
