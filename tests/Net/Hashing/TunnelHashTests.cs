// renode-virtio-net, MIT licence: see LICENSE.
// Of packets that carry packets the inner one is hashed if its encapsulation is enabled, else the outer one.

using NUnit.Framework;
using VirtioNet.Net.Hashing;
using static VirtioNet.Tests.Net.Hashing.HashPackets;
using static VirtioNet.Tests.Net.Hashing.PacketHashTests;

namespace VirtioNet.Tests.Net.Hashing;

public sealed class TunnelHashTests
{
    [TestCaseSource(nameof(Tunnels))]
    public void Hash_OfAnEnabledEncapsulation_IsThatOfTheInnerPacket(TunnelTypes type, string name)
    {
        var packet = Made[(type, name)];
        var inner = HashOf(Frame(InnerLeft, InnerRight, Tcp, TcpSegment(70, 90)), HashTypes.All);
        Assert.That(HashOf(packet, HashTypes.All, type), Is.EqualTo(inner));
        Assert.That(HashOf(packet, HashTypes.All, TunnelTypes.All), Is.EqualTo(inner));
        var outer = HashOf(packet, HashTypes.All);
        Assert.That(outer.Value, Is.Not.EqualTo(inner.Value));
        Assert.That(HashOf(packet, HashTypes.All, TunnelTypes.All & ~type), Is.EqualTo(outer));
    }

    [TestCaseSource(nameof(Tunnels))]
    public void Hash_OfACutTunnel_IsThatOfTheOuterPacketOrOfWhatIsWhole(TunnelTypes type, string name)
    {
        var packet = Made[(type, name)];
        var (outer, inner) = (HashOf(packet, HashTypes.Ipv4 | HashTypes.Ipv6), HashOf(packet, HashTypes.Ipv4 | HashTypes.Ipv6, type));
        // The last bytes are the inner TCP header, and before it are 20 bytes of the inner IPv4 header.
        for(var length = 14 + 20; length < packet.Length; length++)
        {
            var hash = HashOf(packet[..length], HashTypes.Ipv4 | HashTypes.Ipv6, type);
            var isWhole = length >= packet.Length - 20;
            Assert.That(hash, Is.EqualTo(isWhole ? inner : length >= OuterEnd(packet) ? outer : default), $"{length} bytes");
        }
    }

    [TestCase(0x2001)]
    [TestCase(0x2000)]
    public void Hash_OfAFragmentOfATunnel_IsThatOfTheOuterPacket(int fragment)
    {
        var packet = HashPackets.Ethernet(0x0800, Ipv4(Left, Right, 4, Inner(), fragment));
        Assert.That(HashOf(packet, HashTypes.All, TunnelTypes.All), Is.EqualTo(HashOf(packet, HashTypes.All)));
    }

    [Test]
    public void Hash_OfATunnelInATunnel_IsThatOfTheFirstInnerPacket()
    {
        var packet = Frame(Left, Right, 4, Ipv4(InnerLeft, InnerRight, 4, Ipv4("10.0.0.1", "10.0.0.2", Tcp, TcpSegment(1, 2))));
        Assert.That(HashOf(packet, HashTypes.All, TunnelTypes.All), Is.EqualTo(HashOf(Frame(InnerLeft, InnerRight, 1, []), HashTypes.All)));
    }

    [Test]
    public void Hash_OfTheTypesOfTheInnerPacket_FollowsWhatIsEnabled()
    {
        var packet = Frame(Ipv6Left, Ipv6Right, 47, [0, 0, 8, 0, .. Inner()]);
        Assert.That(HashOf(packet, HashTypes.Ipv6, TunnelTypes.All).Type, Is.EqualTo(HashTypes.None), "the inner packet is of IPv4");
        Assert.That(HashOf(packet, HashTypes.Ipv4, TunnelTypes.All).Type, Is.EqualTo(HashTypes.Ipv4));
    }

    // What is no tunnel, though one number only tells it from one.
    [TestCaseSource(nameof(Others))]
    public void Hash_OfNoTunnel_IsThatOfTheOuterPacket(string name)
    {
        Assert.That(HashOf(NoTunnels[name], HashTypes.All, TunnelTypes.All), Is.EqualTo(HashOf(NoTunnels[name], HashTypes.All)));
    }

    internal static IEnumerable<byte[]> Packets() => Made.Values;

    private static IEnumerable<TestCaseData> Tunnels() => Made.Keys.Select(x => new TestCaseData(x.Type, x.Name));

    private static string[] Others() => NoTunnels.Keys.ToArray();

    // The end of the outer addresses.
    private static int OuterEnd(byte[] packet) => packet[12] == 8 ? 34 : 54;

    private static byte[] Inner() => Ipv4(InnerLeft, InnerRight, Tcp, TcpSegment(70, 90));

    private static byte[] InnerFrame(params int[] tags) => HashPackets.Ethernet(0x0800, Inner(), tags);

    private static byte[] Udp4(int port, params byte[] payload) => Frame(Left, Right, Udp, UdpDatagram(1234, port, payload));

    private static readonly Dictionary<(TunnelTypes Type, string Name), byte[]> Made = new()
    {
        [(TunnelTypes.Gre2784, "plain")] = Frame(Left, Right, 47, [0, 0, 8, 0, .. Inner()]),
        [(TunnelTypes.Gre2784, "checksum")] = Frame(Left, Right, 47, [0x80, 0, 8, 0, 1, 2, 0, 0, .. Inner()]),
        [(TunnelTypes.Gre2784, "frame")] = Frame(Left, Right, 47, [0, 0, 0x65, 0x58, .. InnerFrame()]),
        [(TunnelTypes.Gre2890, "key")] = Frame(Left, Right, 47, [0x20, 0, 8, 0, 1, 2, 3, 4, .. Inner()]),
        [(TunnelTypes.Gre2890, "sequence number")] = Frame(Left, Right, 47, [0x10, 0, 8, 0, 1, 2, 3, 4, .. Inner()]),
        [(TunnelTypes.Gre2890, "all")] = Frame(Left, Right, 47, [0xB0, 0, 8, 0, .. new byte[12], .. Inner()]),
        [(TunnelTypes.Gre7676, "over IPv6")] = Frame(Ipv6Left, Ipv6Right, 47, [0, 0, 8, 0, .. Inner()]),
        [(TunnelTypes.GreInUdp, "plain")] = Udp4(4754, [0, 0, 8, 0, .. Inner()]),
        [(TunnelTypes.GreInUdp, "key")] = Udp4(4754, [0x20, 0, 8, 0, 1, 2, 3, 4, .. Inner()]),
        [(TunnelTypes.Vxlan, "plain")] = Udp4(4789, [8, 0, 0, 0, 0, 0, 5, 0, .. InnerFrame()]),
        [(TunnelTypes.Vxlan, "tagged")] = Udp4(4789, [8, 0, 0, 0, 0, 0, 5, 0, .. InnerFrame(0x8100, 3)]),
        [(TunnelTypes.VxlanGpe, "frame")] = Udp4(4790, [12, 0, 0, 3, 0, 0, 5, 0, .. InnerFrame()]),
        [(TunnelTypes.VxlanGpe, "without protocol")] = Udp4(4790, [8, 0, 0, 0, 0, 0, 5, 0, .. InnerFrame()]),
        [(TunnelTypes.VxlanGpe, "IPv4")] = Udp4(4790, [12, 0, 0, 1, 0, 0, 5, 0, .. Inner()]),
        [(TunnelTypes.Geneve, "frame")] = Udp4(6081, [0, 0, 0x65, 0x58, 0, 0, 5, 0, .. InnerFrame()]),
        [(TunnelTypes.Geneve, "options")] = Udp4(6081, [0x82, 0, 8, 0, 0, 0, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, .. Inner()]),
        [(TunnelTypes.Ipip, "plain")] = Frame(Left, Right, 4, Inner()),
        [(TunnelTypes.Nvgre, "plain")] = Frame(Left, Right, 47, [0x20, 0, 0x65, 0x58, 0, 0, 5, 0, .. InnerFrame()]),
    };

    private static readonly Dictionary<string, byte[]> NoTunnels = new()
    {
        ["another version of GRE"] = Frame(Left, Right, 47, [0, 1, 8, 0, .. Inner()]),
        ["GRE of another type"] = Frame(Left, Right, 47, [0, 0, 8, 6, .. Inner()]),
        ["another port"] = Udp4(4788, [8, 0, 0, 0, 0, 0, 5, 0, .. InnerFrame()]),
        ["VXLAN by its source"] = Frame(Left, Right, Udp, UdpDatagram(4789, 1234, [8, 0, 0, 0, 0, 0, 5, 0, .. InnerFrame()])),
        ["VXLAN of ARP"] = Udp4(4789, [8, 0, 0, 0, 0, 0, 5, 0, .. HashPackets.Ethernet(0x0806, Inner())]),
        ["VXLAN-GPE of NSH"] = Udp4(4790, [12, 0, 0, 4, 0, 0, 5, 0, .. Inner()]),
        ["VXLAN-GPE of IPv6 that is none"] = Udp4(4790, [12, 0, 0, 2, 0, 0, 5, 0, .. Inner()]),
        ["TCP to VXLAN's port"] = Frame(Left, Right, Tcp, TcpSegment(1, 4789)),
        ["IPv4 in IPv6"] = Frame(Ipv6Left, Ipv6Right, 4, Inner()),
    };

    private const string InnerLeft = "203.0.113.7";
    private const string InnerRight = "203.0.113.9";
}
