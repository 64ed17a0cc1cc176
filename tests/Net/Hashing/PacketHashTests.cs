// renode-virtio-net, MIT licence: see LICENSE.
// Hashes against those that Microsoft has published for RSS, and which fields they cover.

using NUnit.Framework;
using VirtioNet.Net.Hashing;
using static VirtioNet.Tests.Net.Hashing.HashPackets;

namespace VirtioNet.Tests.Net.Hashing;

public sealed class PacketHashTests
{
    // "Verifying the RSS Hash Calculation" in Microsoft's documentation of NDIS.
    [TestCase("66.9.149.187", 2794, "161.142.100.80", 1766, 0x323E8FC2U, 0x51CCC178U)]
    [TestCase("199.92.111.2", 14230, "65.69.140.83", 4739, 0xD718262AU, 0xC626B0EAU)]
    [TestCase("24.19.198.95", 12898, "12.22.207.184", 38024, 0xD2D0A5DEU, 0x5C2B394AU)]
    [TestCase("38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176U, 0xAFC7327FU)]
    [TestCase("153.39.163.191", 44251, "202.188.127.2", 1303, 0x5D1809C5U, 0x10E828A2U)]
    [TestCase("3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2CC18CD5U, 0x40207D3DU)]
    [TestCase("3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0F0C461CU, 0xDDE51BBFU)]
    [TestCase("3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4B61E985U, 0x02D1FEEFU)]
    [Rule("NET-85")]
    public void Hash_OfThePublishedPackets_IsThePublishedOne(string source, int sourcePort, string destination, int port, uint addresses, uint ports)
    {
        var isIpv6 = source.Contains(':', StringComparison.Ordinal);
        var tcp = Frame(source, destination, Tcp, TcpSegment(sourcePort, port));
        var udp = Frame(source, destination, Udp, UdpDatagram(sourcePort, port));
        Expect(tcp, HashTypes.All, isIpv6 ? HashTypes.Tcp6 : HashTypes.Tcp4, ports);
        Expect(udp, HashTypes.All, isIpv6 ? HashTypes.Udp6 : HashTypes.Udp4, ports);
        var addressesOnly = isIpv6 ? HashTypes.Ipv6 : HashTypes.Ipv4;
        Expect(tcp, addressesOnly, addressesOnly, addresses);
        Expect(udp, addressesOnly, addressesOnly, addresses);
        Expect(Frame(source, destination, 1, new byte[8]), HashTypes.All, addressesOnly, addresses);
    }

    [TestCase(HashTypes.Tcp4, true, 2)]
    [TestCase(HashTypes.Udp4, true, 0)]
    [TestCase(HashTypes.Udp4, false, 3)]
    [TestCase(HashTypes.Tcp4, false, 0)]
    [TestCase(HashTypes.Ipv4, false, 1)]
    [TestCase(HashTypes.Ipv6 | HashTypes.Tcp6 | HashTypes.Udp6, true, 0)]
    [TestCase(HashTypes.None, true, 0)]
    public void Report_OfTheTypesOfIpv4_HasTheSpecsNumbers(HashTypes enabled, bool isTcp, int report)
    {
        Assert.That(HashOf(isTcp ? TcpPacket() : UdpPacket(), enabled).Report, Is.EqualTo(report));
    }

    [TestCase(HashTypes.Ipv6, 4)]
    [TestCase(HashTypes.Ipv6 | HashTypes.Tcp6, 5)]
    [TestCase(HashTypes.Ipv6Extended | HashTypes.Tcp6, 7)]
    [TestCase(HashTypes.Ipv6Extended | HashTypes.Tcp6Extended, 8)]
    [TestCase(HashTypes.Udp6Extended | HashTypes.Udp6, 0)]
    public void Report_OfIpv6WithAnExtension_PrefersTheTypesOfExtensions(HashTypes enabled, int report)
    {
        var packet = Frame(Ipv6Left, Ipv6Right, 0, [.. Extension(Tcp), .. TcpSegment(1, 2)]);
        Assert.That(HashOf(packet, enabled).Report, Is.EqualTo(report));
    }

    [Test]
    public void Report_OfUdpOverIpv6_HasTheSpecsNumbers()
    {
        Assert.That(HashOf(Frame(Ipv6Left, Ipv6Right, Udp, UdpDatagram(1, 2)), HashTypes.All).Report, Is.EqualTo(6));
        Assert.That(HashOf(Frame(Ipv6Left, Ipv6Right, 0, [.. Extension(Udp), .. UdpDatagram(1, 2)]), HashTypes.All).Report, Is.EqualTo(9));
    }

    [Test]
    [Rule("NET-85")]
    public void Hash_OfAMobileNode_IsThatOfItsHomeAddresses()
    {
        byte[] routing = Extension(60, [2, 1, 0, 0, 0, 0, .. Address(Ipv6Home)]);
        byte[] options = Extension(Tcp, [1, 2, 0, 0, 0, 0, 0xC9, 16, .. Address(Ipv6Other)]);
        var packet = Frame(Ipv6Left, Ipv6Right, 43, [.. routing, .. options, .. TcpSegment(7, 9)]);
        Expect(packet, HashTypes.All, HashTypes.Tcp6Extended, HashOf(Frame(Ipv6Other, Ipv6Home, Tcp, TcpSegment(7, 9)), HashTypes.Tcp6).Value);
        Expect(packet, HashTypes.Tcp6, HashTypes.Tcp6, HashOf(Frame(Ipv6Left, Ipv6Right, Tcp, TcpSegment(7, 9)), HashTypes.Tcp6).Value);
    }

    // Their shapes are those of a home address, but for one number.
    [TestCase(0xC8, 16, TestName = "Hash_OfAnotherOption_IsThatOfTheSource")]
    [TestCase(0xC9, 15, TestName = "Hash_OfAShortHomeAddress_IsThatOfTheSource")]
    public void Hash_OfAnotherOption(int option, int length)
    {
        byte[] options = Extension(Tcp, [1, 2, 0, 0, 0, 0, (byte)option, (byte)length, .. Address(Ipv6Other)]);
        Expect(Frame(Ipv6Left, Ipv6Right, 60, [.. options, .. TcpSegment(7, 9)]), HashTypes.All, HashTypes.Tcp6Extended,
            HashOf(Frame(Ipv6Left, Ipv6Right, Tcp, TcpSegment(7, 9)), HashTypes.Tcp6).Value);
    }

    [Test]
    public void Hash_OfAnotherRoutingHeader_IsThatOfTheDestination()
    {
        byte[] routing = Extension(Tcp, [4, 1, 0, 0, 0, 0, .. Address(Ipv6Home)]);
        Expect(Frame(Ipv6Left, Ipv6Right, 43, [.. routing, .. TcpSegment(7, 9)]), HashTypes.All, HashTypes.Tcp6Extended,
            HashOf(Frame(Ipv6Left, Ipv6Right, Tcp, TcpSegment(7, 9)), HashTypes.Tcp6).Value);
    }

    [TestCase(0x2000)]
    [TestCase(1)]
    public void Hash_OfAFragment_IsThatOfItsAddresses(int fragment)
    {
        var packet = Ethernet(0x0800, Ipv4(Left, Right, Tcp, TcpSegment(7, 9), fragment));
        Expect(packet, HashTypes.All, HashTypes.Ipv4, HashOf(TcpPacket(), HashTypes.Ipv4).Value);
        // In IPv6 the offset is in the upper 13 bits, and the lowest one says that more follow.
        var ipv6 = Frame(Ipv6Left, Ipv6Right, 44, [Tcp, 0, .. Number(fragment == 1 ? 8 : 1), 0, 0, 0, 0, .. TcpSegment(7, 9)]);
        Assert.That(HashOf(ipv6, HashTypes.All).Type, Is.EqualTo(HashTypes.Ipv6Extended));
    }

    [Test]
    public void Hash_OfAPacketInOneFragment_CoversItsPorts()
    {
        var packet = Frame(Ipv6Left, Ipv6Right, 44, [Tcp, 0, 0, 0, 0, 0, 0, 0, .. TcpSegment(7, 9)]);
        Expect(packet, HashTypes.All, HashTypes.Tcp6Extended, HashOf(Frame(Ipv6Left, Ipv6Right, Tcp, TcpSegment(7, 9)), HashTypes.Tcp6).Value);
        Assert.That(HashOf(Ethernet(0x0800, Ipv4(Left, Right, Tcp, TcpSegment(7, 9), 0x4000)), HashTypes.All).Type, Is.EqualTo(HashTypes.Tcp4), "do not fragment");
    }

    [Test]
    public void Hash_OfTcpAfterAnAuthenticationHeader_CoversItsPorts()
    {
        // Its length counts units of four bytes, without the first two.
        var packet = Frame(Ipv6Left, Ipv6Right, 51, [Tcp, 4, .. new byte[22], .. TcpSegment(7, 9)]);
        Expect(packet, HashTypes.All, HashTypes.Tcp6Extended, HashOf(Frame(Ipv6Left, Ipv6Right, Tcp, TcpSegment(7, 9)), HashTypes.Tcp6).Value);
    }

    [Test]
    public void Hash_OfAPacketWithOptionsOrTags_IsTheSame()
    {
        var expected = HashOf(TcpPacket(), HashTypes.All).Value;
        Expect(Ethernet(0x0800, Ipv4(Left, Right, Tcp, TcpSegment(7, 9), 0, 8)), HashTypes.All, HashTypes.Tcp4, expected);
        Expect(Ethernet(0x0800, Ipv4(Left, Right, Tcp, TcpSegment(7, 9)), 0x8100, 5), HashTypes.All, HashTypes.Tcp4, expected);
        Expect(Ethernet(0x0800, Ipv4(Left, Right, Tcp, TcpSegment(7, 9)), 0x88A8, 5, 0x8100, 6), HashTypes.All, HashTypes.Tcp4, expected);
    }

    [Test]
    public void Hash_OfACutHeader_IsThatOfWhatIsWhole()
    {
        var packet = TcpPacket();
        Assert.That(HashOf(packet, HashTypes.All).Type, Is.EqualTo(HashTypes.Tcp4));
        Assert.That(HashOf(packet[..^1], HashTypes.All).Type, Is.EqualTo(HashTypes.Ipv4));
        Assert.That(HashOf(packet[..34], HashTypes.All).Type, Is.EqualTo(HashTypes.Ipv4));
        Assert.That(HashOf(packet[..33], HashTypes.All).Type, Is.EqualTo(HashTypes.None));
        var udp = UdpPacket();
        Assert.That(HashOf(udp[..^1], HashTypes.All).Type, Is.EqualTo(HashTypes.Ipv4));
        var ipv6 = Frame(Ipv6Left, Ipv6Right, 60, [.. Extension(60), .. Extension(Tcp)]);
        Assert.That(HashOf(ipv6, HashTypes.All).Type, Is.EqualTo(HashTypes.Ipv6Extended));
        Assert.That(HashOf(ipv6[..^1], HashTypes.All).Type, Is.EqualTo(HashTypes.Ipv6Extended));
        Assert.That(HashOf(ipv6[..54], HashTypes.All).Type, Is.EqualTo(HashTypes.Ipv6));
        Assert.That(HashOf(ipv6[..53], HashTypes.All).Type, Is.EqualTo(HashTypes.None));
    }

    [TestCase(0x35)]
    [TestCase(0x44)]
    public void Hash_OfAWrongVersionOrLength_IsNone(int first)
    {
        var packet = TcpPacket();
        packet[14] = (byte)first;
        Assert.That(HashOf(packet, HashTypes.All).Type, Is.EqualTo(HashTypes.None));
    }

    [Test]
    public void Hash_OfNoIpOrAWrongVersion_IsNone()
    {
        Assert.That(HashOf(Ethernet(0x0806, new byte[46]), HashTypes.All).Type, Is.EqualTo(HashTypes.None));
        Assert.That(HashOf(Ethernet(0x86DD, Ipv4(Left, Right, Tcp, TcpSegment(7, 9))), HashTypes.All).Type, Is.EqualTo(HashTypes.None));
        Assert.That(HashOf([], HashTypes.All).Type, Is.EqualTo(HashTypes.None));
    }

    [Test]
    public void Hash_OfManyExtensions_LooksAtEight()
    {
        byte[] seven = [.. Enumerable.Repeat(Extension(60), 7).SelectMany(x => x)];
        Assert.That(HashOf(Frame(Ipv6Left, Ipv6Right, 60, [.. seven, .. Extension(Tcp), .. TcpSegment(7, 9)]), HashTypes.All).Type, Is.EqualTo(HashTypes.Tcp6Extended));
        Assert.That(HashOf(Frame(Ipv6Left, Ipv6Right, 60, [.. seven, .. Extension(60), .. Extension(Tcp), .. TcpSegment(7, 9)]), HashTypes.All).Type,
            Is.EqualTo(HashTypes.Ipv6Extended));
    }

    [Test]
    public void Hash_OfRandomPackets_NeverThrows()
    {
        var seed = Seeds.Next("HASH_SEED");
        var random = new Random(seed);
        byte[][] packets = [TcpPacket(), UdpPacket(), Frame(Ipv6Left, Ipv6Right, 43, [.. Extension(60, new byte[22]), .. Extension(Tcp, new byte[30]), .. TcpSegment(7, 9)]), .. TunnelHashTests.Packets()];
        for(var i = 0; i < 200_000; i++)
        {
            var packet = packets[random.Next(packets.Length)].ToArray();
            for(var changes = random.Next(4); changes > 0; changes--)
            {
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            }
            _ = PacketHash.Of(packet.AsSpan(0, random.Next(4) == 0 ? random.Next(packet.Length) : packet.Length), Published, HashTypes.All, TunnelTypes.All);
        }
        Assert.Pass();
    }

    [Test]
    public void Hash_WithAShortKey_TakesTheRestAsZero()
    {
        var key = new byte[ToeplitzHash.MaxKeySize];
        key[0] = 0x80;
        var packet = TcpPacket();
        Assert.That(PacketHash.Of(packet, new ToeplitzHash([0x80]), HashTypes.All, TunnelTypes.None).Value,
            Is.EqualTo(PacketHash.Of(packet, new ToeplitzHash(key), HashTypes.All, TunnelTypes.None).Value));
        // Bit 0 of the input takes the key's first 32 bits, and Left begins with a bit that is set.
        Assert.That(PacketHash.Of(packet, new ToeplitzHash([0x80]), HashTypes.All, TunnelTypes.None).Value, Is.EqualTo(0x8000_0000));
    }

    internal static PacketHash HashOf(byte[] packet, HashTypes enabled, TunnelTypes tunnels = TunnelTypes.None) => PacketHash.Of(packet, Published, enabled, tunnels);

    internal static byte[] TcpPacket() => Frame(Left, Right, Tcp, TcpSegment(7, 9));

    internal static byte[] UdpPacket() => Frame(Left, Right, Udp, UdpDatagram(7, 9));

    internal const string Left = "192.0.2.1";
    internal const string Right = "198.51.100.2";
    internal const string Ipv6Left = "2001:db8::1";
    internal const string Ipv6Right = "2001:db8::2";

    private static void Expect(byte[] packet, HashTypes enabled, HashTypes type, uint value)
    {
        var hash = HashOf(packet, enabled);
        Assert.That(hash.Type, Is.EqualTo(type));
        Assert.That(hash.Value, Is.EqualTo(value), $"0x{hash.Value:X8}");
    }

    private const string Ipv6Home = "2001:db8::bad:1";
    private const string Ipv6Other = "2001:db8::bad:2";

    private static readonly ToeplitzHash Published = new(Convert.FromHexString("6D5A56DA255B0EC24167253D43A38FB0D0CA2BCBAE7B30B477CB2DA38030F20C6A42B73BBEAC01FA"));
}
