// renode-virtio-net, MIT licence: see LICENSE.
// Events: which packet is meant, and what has happened when it comes.

using System.Buffers.Binary;
using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class PacketEventTests
{
    // The names of the packets of Packets() that fit, in their order.
    [TestCase("", "arp ping ping6 report tcp4 udp6 fragment tagged other short")]
    [TestCase("arp", "arp")]
    [TestCase("ipv4", "ping tcp4 fragment tagged")]
    [TestCase("ipv6", "ping6 report udp6")]
    [TestCase("icmp", "ping ping6 report")]
    [TestCase("icmp ipv6", "ping6 report")]
    [TestCase("tcp", "tcp4 tagged")]
    [TestCase("udp", "udp6")]
    [TestCase("port 80", "tcp4 tagged")]
    [TestCase("port 1025", "tcp4 udp6 tagged")]
    [TestCase("udp port 80", "")]
    [TestCase("type 0x88b5", "other")]
    [TestCase("type 34997", "other")]
    [TestCase("type 0x800", "ping tcp4 fragment tagged")]
    [TestCase("broadcast", "arp")]
    [TestCase("multicast", "report")]
    [TestCase("unicast", "ping ping6 tcp4 udp6 fragment tagged other")]
    [TestCase("unicast arp", "")]
    public void Kind_OfPackets_IsThatOfTheirHeaders(string words, string expected)
    {
        Assert.That(PacketKind.TryParse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var kind, out var fault), Is.True, fault);
        Assert.That(kind.ToString(), Is.EqualTo(words));
        Assert.That(string.Join(' ', Packets().Where(x => kind.Fits(new Packet(x.Bytes))).Select(x => x.Name)), Is.EqualTo(expected));
    }

    [TestCase("http", "\"http\" is no kind of packet: choose of arp, ipv4, ipv6, icmp, tcp, udp, port, type, broadcast, multicast, unicast; port and type with a number")]
    [TestCase("port", "port is \"\"; it must be 1 to 65535")]
    [TestCase("port 0", "port is \"0\"; it must be 1 to 65535")]
    [TestCase("port 65536", "port is \"65536\"; it must be 1 to 65535")]
    [TestCase("type 0x5ff", "type is \"0x5ff\"; it must be an EtherType, 0x600 to 0xffff, such as 0x88b5")]
    [TestCase("type arp", "type is \"arp\"; it must be an EtherType")]
    [TestCase("tcp udp x", "\"x\" is no kind of packet")]
    public void Kind_ThatIsNone_IsRefusedInTheUsersWords(string words, string answer)
    {
        Assert.That(PacketKind.TryParse(words.Split(' '), out _, out var fault), Is.False);
        Assert.That(fault, Does.StartWith(answer));
    }

    [TestCase("", "direction is \"\"; it must be in (from the device) or out (to it)")]
    [TestCase("up 5", "direction is \"up\"; it must be in")]
    [TestCase("in 0", "number is \"0\"; it must be 1, for the next packet, or more")]
    [TestCase("in 1x", "number is \"1x\"; it must be 1")]
    [TestCase("in 99999999999999999999", "number is \"99999999999999999999\"; it must be 1")]
    [TestCase("out 5 http", "\"http\" is no kind of packet")]
    public void Event_ThatIsNone_IsRefusedInTheUsersWords(string words, string answer)
    {
        Assert.That(PacketEvent.TryParse(null, words.Split(' ', StringSplitOptions.RemoveEmptyEntries), out _, out var fault), Is.False);
        Assert.That(fault, Does.StartWith(answer));
    }

    [TestCase("net0", "in", "net0 in 1")]
    [TestCase(null, "out 7 tcp port 80", "any out 7 tcp port 80")]
    [TestCase("net1", "out arp", "net1 out 1 arp")]
    public void Event_TellsItsWords(string? port, string words, string expected)
    {
        Assert.That(Read(port, words).ToString(), Is.EqualTo(expected));
    }

    [TestCase("net0", "in 3", 2UL, "net0 In 20")]
    [TestCase("net1", "out 3", 2UL, "net1 Out 20")]
    [TestCase("net1", "in 1", 0UL, "")]
    [TestCase(null, "out", 0UL, "net1 Out 0")]
    [TestCase(null, "in 4 type 0x88b5", 3UL, "net0 In 30")]
    [TestCase(null, "in arp", 0UL, "")]
    public void Event_OfTheNthPacket_HappensOnceAndThen(string? port, string words, ulong seenBefore, string expected)
    {
        var rig = MakeRig();
        var watch = new Watch(Read(port, words));
        rig.Network.Watch = watch;
        for(var i = 0; i < 5; i++)
        {
            rig.Send(0, 1, 10 * (ulong)i);
        }
        rig.Network.Run(100);
        Assert.That(string.Join("; ", watch.Happened), Is.EqualTo(expected));
        Assert.That(watch.SeenBefore, Is.EqualTo(seenBefore));
    }

    [Test]
    public void Change_OnAPacketInwards_MeetsThisPacketAndNoneBefore()
    {
        var rig = MakeRig();
        rig.Network.Watch = new Watch(Read("net0", "in 3")) { Happening = () => rig.Ports[0].In.Settings = Words("down") };
        for(byte i = 0; i < 5; i++)
        {
            rig.Send(0, 1, 10, i);
        }
        rig.Network.Run(100);
        Assert.That(rig.Devices[1].Received.Select(x => x.Packet.Bytes[Ethernet.HeaderSize]), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(rig.Ports[0].Sent.DroppedBy(DropReason.Down), Is.EqualTo(3));
    }

    // The packet has passed its link already.
    [Test]
    public void Change_OnAPacketOutwards_LetsItPassAndMeetsWhatComesAfter()
    {
        var rig = MakeRig();
        rig.Ports[1].Out.Settings = Words("delay 1us");
        var watch = new Watch(Read("net1", "out 2")) { Happening = () => rig.Ports[1].Out.Settings = Words("down") };
        rig.Network.Watch = watch;
        for(byte i = 0; i < 5; i++)
        {
            rig.Send(0, 1, 600 * (ulong)i, i);
        }
        rig.Network.Run(Second);
        // At 1.6 us, when the second one arrives, the third one is on its way.
        Assert.That(watch.Happened, Is.EqualTo(new[] { "net1 Out 1600" }));
        Assert.That(rig.Devices[1].Received.Select(x => x.Packet.Bytes[Ethernet.HeaderSize]), Is.EqualTo(new[] { 0, 1, 2 }));
    }

    // In the middle of a flood: the ports that have their copy keep it, the others meet the change.
    [Test]
    public void Change_InAFlood_MeetsThePortsThatFollow()
    {
        var rig = MakeRig(4);
        rig.Network.Watch = new Watch(Read("net2", "out 1"))
        {
            Happening = () =>
            {
                rig.Ports[0].Group = "a";
                rig.Ports[3].Group = "b";
                rig.Network.Groups.Separate("a", "b");
                rig.Ports[1].MirroredTo = rig.Ports[3];
                rig.Ports[3].Vlan = PortVlan.None;
            },
        };
        rig.Send(0, Everybody, 5);
        rig.Network.Run(10);
        Assert.That(rig.Devices.Select(x => x.Received.Count), Is.EqualTo(new[] { 0, 1, 1, 0 }));
    }

    [Test]
    public void Observer_AddedOnAPacket_IsShownThisPacket([Values("in", "out")] string direction)
    {
        var rig = MakeRig();
        var log = new Counting();
        rig.Network.Watch = new Watch(Read(null, $"{direction} 2")) { Happening = () => rig.Network.Observers.Add(log) };
        rig.Send(0, 1, 5);
        rig.Send(0, 1, 6);
        rig.Network.Run(10);
        Assert.That(log.Shown, Is.EqualTo(direction == "in" ? 2 : 1));
    }

    [Test]
    public void LargePacket_ComesOnceAsItIsSent()
    {
        var rig = MakeRig();
        rig.Ports[0].In.Settings = Words("loss 0.0001%");
        var watch = new Watch(Read("net0", "in 2"));
        rig.Network.Watch = watch;
        var packets = new OffloadPackets(ipv6: false, tcp: true);
        for(var i = 0; i < 2; i++)
        {
            Assert.That(rig.Ports[0].TrySend(packets.Make(5000), new PacketOffload { Segmentation = Segmentation.Tso4, SegmentSize = 1000, NeedsChecksum = true, ChecksumStart = 34, ChecksumOffset = 16, HeaderLength = 54 }, (ulong)i), Is.True);
        }
        rig.Network.Run(10);
        Assert.That(watch.Happened, Is.EqualTo(new[] { "net0 In 1" }));
    }

    private static NetworkRig MakeRig(int ports = 2)
    {
        var rig = new NetworkRig(ports);
        rig.Learn();
        return rig;
    }

    private static PacketEvent Read(string? port, string words)
    {
        Assert.That(PacketEvent.TryParse(port, words.Split(' '), out var made, out var fault), Is.True, fault);
        return made;
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Packets()
    {
        yield return ("arp", Make(MacAddress.Broadcast, Ethernet.Arp, new byte[46]));
        yield return ("ping", Make(Address(1), Ethernet.Ipv4, Ipv4(1)));
        yield return ("ping6", Make(Address(1), Ethernet.Ipv6, Ipv6(58)));
        // MLD has a hop-by-hop header in front.
        yield return ("report", Make(new MacAddress(0x3333_0000_0016), Ethernet.Ipv6, Ipv6(0, 58)));
        yield return ("tcp4", Make(Address(1), Ethernet.Ipv4, Ipv4(6)));
        yield return ("udp6", Make(Address(1), Ethernet.Ipv6, Ipv6(17)));
        var fragment = Ipv4(6);
        fragment[7] = 1;
        yield return ("fragment", Make(Address(1), Ethernet.Ipv4, fragment));
        yield return ("tagged", Make(Address(1), Ethernet.CustomerTag, [0, 5, 8, 0, .. Ipv4(6)]));
        yield return ("other", Make(Address(1), Ethernet.Experimental, new byte[46]));
        yield return ("short", new byte[5]);
    }

    private static byte[] Make(MacAddress destination, ushort type, byte[] payload)
    {
        var frame = Ethernet.Frame(destination, Address(0), type, payload.Length);
        payload.CopyTo(frame, Ethernet.HeaderSize);
        return frame;
    }

    // From port 1025 to port 80, if the protocol has ports.
    private static byte[] Ipv4(byte protocol)
    {
        var packet = new byte[60];
        packet[0] = 0x45;
        packet[9] = protocol;
        WriteTransport(packet.AsSpan(20), 1025, 80);
        return packet;
    }

    // Likewise, to port 53.
    private static byte[] Ipv6(byte next, byte last = 0)
    {
        var packet = new byte[100];
        packet[0] = 0x60;
        packet[6] = next;
        packet[40] = last;
        if(next != 0)
        {
            WriteTransport(packet.AsSpan(40), 1025, 53);
        }
        return packet;
    }

    private static void WriteTransport(Span<byte> header, ushort from, ushort to)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header, from);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], to);
        header[12] = 5 << 4;
    }

    private sealed class Watch(PacketEvent awaited) : IPacketWatch
    {
        public void Comes(NetworkPort port, PortDirection direction, ulong time, Packet packet)
        {
            var before = awaited.Seen;
            if(awaited.Comes(port, direction, packet))
            {
                SeenBefore = before;
                Happened.Add($"{port.Name} {direction} {time}");
                Happening?.Invoke();
            }
        }

        public List<string> Happened { get; } = new();

        public ulong SeenBefore { get; private set; }

        public Action? Happening { get; init; }
    }

    private sealed class Counting : INetworkObserver
    {
        public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome) => Shown++;

        public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
        {
        }

        public int Shown { get; private set; }
    }
}
