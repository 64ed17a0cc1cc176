// renode-virtio-net, MIT licence: see LICENSE.
// Receive-side scaling, and the hash in the header of a received packet. virtio v1.4-cs01: 5.1.9.5.7, 5.1.9.4.5.

using System.Buffers.Binary;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net.Hashing;
using VirtioNet.Spec;
using static VirtioNet.Tests.Net.Hashing.HashPackets;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class RssTests(bool packed) : RingFormats(packed)
{
    // An independent walk over the table: the published hash of each packet, of which the lowest bits count.
    [Test]
    [Rule("NET-83", "NET-85", "NET-125")]
    public void Packets_GoWhereTheTableSays([Values(1, 4, 128)] int length)
    {
        var driver = Start(4);
        var random = new Random(Seeds.Next("RSS_SEED"));
        var table = Enumerable.Range(0, length).Select(_ => (ushort)random.Next(4)).ToArray();
        Assert.That(SetRss(driver, HashTypes.All, table, unclassified: 2), Is.EqualTo(ControlLayout.Ok));
        foreach(var (packet, hash) in Published)
        {
            Assert.That(QueueOf(driver, packet), Is.EqualTo(table[hash % length]));
        }
        Assert.That(QueueOf(driver, Frames.Make(60)), Is.EqualTo(2), "without a hash");
    }

    [Test]
    [Rule("NET-85", "NET-125")]
    public void Packets_OfTypesThatAreNotEnabled_AreUnclassified()
    {
        var driver = Start(4);
        Assert.That(SetRss(driver, HashTypes.Udp4, [1], unclassified: 3), Is.EqualTo(ControlLayout.Ok));
        Assert.That(QueueOf(driver, Published[0].Packet), Is.EqualTo(3));
        Assert.That(QueueOf(driver, Frame("192.0.2.1", "192.0.2.2", Udp, UdpDatagram(1, 2))), Is.EqualTo(1));
    }

    // The last command decides how packets are steered (5.1.9.5.5).
    [Test]
    [Rule("NET-114", "NET-118")]
    public void Pairs_SetAfterwards_SteerAutomaticallyAgain()
    {
        var driver = Start(4);
        SetRss(driver, HashTypes.All, [3], unclassified: 3);
        Assert.That(QueueOf(driver, Published[0].Packet), Is.EqualTo(3));
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, 1, 0), Is.EqualTo(ControlLayout.Ok));
        Assert.That(QueueOf(driver, Published[0].Packet), Is.Zero);
        SetRss(driver, HashTypes.All, [2], unclassified: 2);
        Assert.That(QueueOf(driver, Published[0].Packet), Is.EqualTo(2));
        driver.Start(All);
        Assert.That(QueueOf(driver, Published[0].Packet), Is.Zero, "after a reset");
    }

    // Linux 6.1 has enabled four pairs, names one transmit queue, and sends on all four.
    [Test]
    public void TransmitQueues_InUse_AreNotTakenAwayByATable()
    {
        var driver = Start(4);
        driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, 4, 0);
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.RssConfig, Rss(1, [3], 0, 1, 40)), Is.EqualTo(ControlLayout.Ok));
        driver.Send(new byte[NetLayout.HashHeaderSize - NetLayout.HeaderSize].Concat(Frames.Make(100)).ToArray(), 3);
        Assert.That(driver.Counters.TxFrames, Is.EqualTo(1));
    }

    // 5.1.9.5.7.3: while a queue is reset, what is for it is dropped.
    [Test]
    [Rule("NET-126", "H-87")]
    public void Packets_ForAQueueThatIsReset_AreDropped()
    {
        var driver = Start(4);
        SetRss(driver, HashTypes.All, [3], unclassified: 0);
        driver.Machine.Transport.ResetQueue(6, 1);
        driver.Machine.Device.Receive(Published[0].Packet);
        Assert.That((driver.Machine.Device.Counters.RxFrames, driver.Machine.Device.Counters.RxDropNotReady), Is.EqualTo((0UL, 1UL)));
    }

    // What waits for buffers when the table changes goes where it belongs then.
    [Test]
    public void Packets_ThatWait_FollowTheTable()
    {
        var driver = MakeDriver(new GuestRam(8 << 20), queuePairs: 2).Start(All);
        SetRss(driver, HashTypes.All, [0], 0);
        driver.Machine.Device.Receive(Published[0].Packet);
        driver.OfferReceive(2000, 1);
        SetRss(driver, HashTypes.All, [1], 1);
        Assert.That(driver.Machine.Device.ReceiveCountersOf(1).Frames, Is.EqualTo(1));
    }

    private static object[][] WrongCommands => new[]
    {
        new object[] { "a table of three", Rss(1, [0, 0, 0], 0, 1, 40) },
        new object[] { "a table of 256", Rss(1, new ushort[256], 0, 1, 40) },
        new object[] { "a queue that is not there", Rss(1, [0, 4], 0, 1, 40) },
        new object[] { "a reserved bit", Rss(1, [0x8000], 0, 1, 40) },
        new object[] { "unclassified to a queue that is not there", Rss(1, [0], 4, 1, 40) },
        new object[] { "no transmit queue", Rss(1, [0], 0, 0, 40) },
        new object[] { "too many transmit queues", Rss(1, [0], 0, 5, 40) },
        new object[] { "an unknown type", Rss(1 << 9, [0], 0, 1, 40) },
        new object[] { "too long a key", Rss(1, [0], 0, 1, 41) },
        new object[] { "less than the key", Rss(1, [0], 0, 1, 40)[..^1] },
        new object[] { "more than the key", (byte[])[.. Rss(1, [0], 0, 1, 40), 0] },
        new object[] { "no key length", Rss(1, [0], 0, 1, 0)[..^1] },
        new object[] { "half a table", Rss(1, [0, 0], 0, 1, 40)[..10] },
        new object[] { "half of the types", new byte[3] },
        new object[] { "nothing", Array.Empty<byte>() },
    };

    [TestCaseSource(nameof(WrongCommands))]
    [Rule("H-96", "NET-127")]
    public void Command_ThatIsWrong_IsRefusedAndChangesNothing(string why, byte[] data)
    {
        var driver = Start(4);
        SetRss(driver, HashTypes.All, [3], unclassified: 2);
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.RssConfig, data), Is.EqualTo(ControlLayout.Error), why);
        Assert.That(QueueOf(driver, Published[0].Packet), Is.EqualTo(3), why);
        Assert.That(QueueOf(driver, Frames.Make(60)), Is.EqualTo(2), why);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(40)]
    public void Key_OfAnyLengthUpToTheLongest_IsTaken(int length)
    {
        var driver = Start(4);
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.RssConfig, Rss(1, [0], 0, 1, length)), Is.EqualTo(ControlLayout.Ok));
    }

    [TestCase(Feature.Rss, ControlLayout.RssConfig)]
    [TestCase(Feature.HashReport, ControlLayout.HashConfig)]
    public void Command_WithoutItsFeature_IsRefused(Feature missing, byte command)
    {
        var driver = MakeDriver(queuePairs: 2, features: Hashing).Start(All.Without(missing));
        var data = command == ControlLayout.RssConfig ? Rss(1, [0], 0, 1, 40) : Hash(1, 40);
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, command, data), Is.EqualTo(ControlLayout.Error));
    }

    [TestCase(true)]
    [TestCase(false)]
    [Rule("NET-08", "NET-09")]
    public void Configuration_TellsWhatTheDeviceCan(bool offered)
    {
        var driver = MakeDriver(queuePairs: offered ? 2 : 1, features: offered ? Hashing : "").Start(All);
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigRssMaxKeySize, 1), Is.EqualTo(offered ? 40 : 0));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigRssMaxTableLength, 2), Is.EqualTo(offered ? 128 : 0));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigSupportedHashTypes, 4), Is.EqualTo(offered ? 0x1FF : 0));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigSupportedTunnelTypes, 4), Is.EqualTo(offered ? 0x1FF : 0));
    }

    // Without tunnels the header has 20 bytes, with them 24.
    [Test]
    [Rule("NET-82", "NET-84", "NET-86", "NET-123", "NET-124")]
    public void Hash_OfAReceivedPacket_IsInItsHeader([Values] bool withTunnels, [Values] bool merged)
    {
        var features = All.Without(Feature.Rss);
        features = withTunnels ? features.With(Feature.HostUdpTunnelGso).With(Feature.HostTso4).With(Feature.HostTso6).With(Feature.HostUso).With(Feature.Csum) : features;
        var driver = MakeDriver(features: Hashing).Start(merged ? features : features.Without(Feature.MrgRxbuf));
        var size = withTunnels ? NetLayout.TunnelHeaderSize : NetLayout.HashHeaderSize;
        var buffers = new Queue<ulong>();
        Assert.That(Receive(Published[0].Packet), Is.EqualTo((0U, 0)), "before a driver has enabled a type");
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.HashConfig, Hash((int)HashTypes.All, 40)), Is.EqualTo(ControlLayout.Ok));
        foreach(var (packet, hash) in Published)
        {
            Assert.That(Receive(packet), Is.EqualTo((hash, packet[12] == 8 ? 2 : 5)));
        }
        Assert.That(Receive(Frames.Make(60)), Is.EqualTo((0U, 0)), "no packet of IP");

        (uint Hash, int Report) Receive(byte[] packet)
        {
            while(buffers.Count < 4)
            {
                buffers.Enqueue(driver.OfferReceive(merged ? 30 : 200));
            }
            driver.Machine.Device.Receive(packet);
            var bytes = new List<byte>();
            while(driver.ReceiveRing.TryTakeUsed(out var used))
            {
                bytes.AddRange(driver.Ram.At(buffers.Dequeue(), (int)used.Length).ToArray());
            }
            Assert.That(bytes.Skip(size), Is.EqualTo(packet));
            return (BinaryPrimitives.ReadUInt32LittleEndian(bytes.ToArray().AsSpan(12)), BinaryPrimitives.ReadInt32LittleEndian(bytes.ToArray().AsSpan(16)));
        }
    }

    [TestCase(1 << 9, 40, true)]
    [TestCase(1, 41, true)]
    [TestCase(1, 40, false)]
    public void Hash_ConfiguredWrongly_IsRefused(int types, int key, bool isWhole)
    {
        var driver = MakeDriver(features: Hashing).Start(All.Without(Feature.Rss));
        var data = Hash(types, key);
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.HashConfig, isWhole ? data : data[..^1]), Is.EqualTo(ControlLayout.Error));
    }

    [Test]
    [Rule("NET-87", "NET-88", "NET-89")]
    public void Hash_OfAPacketInATunnel_IsTheInnerOneOnceTheDriverAsksForIt()
    {
        var driver = Start(2);
        var inner = Ipv4("66.9.149.187", "161.142.100.80", Tcp, TcpSegment(2794, 1766));
        var packet = Frame("192.0.2.1", "192.0.2.2", 4, inner);
        var outer = PacketHash.Of(packet, new ToeplitzHash(Key), HashTypes.Ipv4, TunnelTypes.None).Value;
        // One bit of the two hashes that differs, which decides for queue 0 or 1.
        var bit = (int)Math.Log2((outer ^ Published[0].Hash) & 0x7F);
        var table = Enumerable.Range(0, 128).Select(x => (ushort)(x >> bit & 1)).ToArray();
        SetRss(driver, HashTypes.All, table, 0);
        Assert.That(QueueOf(driver, packet), Is.EqualTo(outer >> bit & 1));
        Assert.That(driver.Control.Send(ControlLayout.ClassHashTunnel, ControlLayout.HashTunnelSet, 0x80, 0, 0, 0), Is.EqualTo(ControlLayout.Ok));
        Assert.That(QueueOf(driver, packet), Is.EqualTo(Published[0].Hash >> bit & 1));
        SetRss(driver, HashTypes.All, table, 0);
        Assert.That(QueueOf(driver, packet), Is.EqualTo(Published[0].Hash >> bit & 1), "another table does not end it");
        Assert.That(driver.Control.Send(ControlLayout.ClassHashTunnel, ControlLayout.HashTunnelSet, 0, 2, 0, 0), Is.EqualTo(ControlLayout.Error), "an unknown type");
        Assert.That(driver.Control.Send(ControlLayout.ClassHashTunnel, ControlLayout.HashTunnelSet, 0, 0, 0), Is.EqualTo(ControlLayout.Error), "too short");
        Assert.That(QueueOf(driver, packet), Is.EqualTo(Published[0].Hash >> bit & 1));
        Assert.That(driver.Control.Send(ControlLayout.ClassHashTunnel, ControlLayout.HashTunnelSet, 0, 0, 0, 0), Is.EqualTo(ControlLayout.Ok));
        Assert.That(QueueOf(driver, packet), Is.EqualTo(outer >> bit & 1));
    }

    private RawDriver Start(int pairs) => MakeDriver(new GuestRam(32 << 20), queuePairs: pairs, features: Hashing).Start(All);

    private static int QueueOf(RawDriver driver, byte[] packet)
    {
        for(var pair = 0; pair < driver.ReceiveRings.Length; pair++)
        {
            driver.OfferReceive(2000, pair);
        }
        var device = driver.Machine.Device;
        var before = Enumerable.Range(0, device.QueuePairs).Select(x => device.ReceiveCountersOf(x).Frames).ToArray();
        device.Receive(packet);
        return Enumerable.Range(0, device.QueuePairs).Single(x => device.ReceiveCountersOf(x).Frames != before[x]);
    }

    private static byte? SetRss(RawDriver driver, HashTypes types, ushort[] table, int unclassified)
    {
        return driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.RssConfig, Rss((int)types, table, unclassified, driver.TransmitRings.Length, Key.Length));
    }

    private static byte[] Rss(int types, ushort[] table, int unclassified, int transmitQueues, int keyLength)
    {
        return
        [
            .. BitConverter.GetBytes(types), .. BitConverter.GetBytes((ushort)(table.Length - 1)), .. BitConverter.GetBytes((ushort)unclassified),
            .. table.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes((ushort)transmitQueues), (byte)keyLength, .. KeyOf(keyLength),
        ];
    }

    private static byte[] Hash(int types, int keyLength) => [.. BitConverter.GetBytes(types), 1, 2, 3, 4, 5, 6, 7, 8, (byte)keyLength, .. KeyOf(keyLength)];

    private static byte[] KeyOf(int length) => [.. Key.Take(length), .. new byte[Math.Max(0, length - Key.Length)]];

    private const string Hashing = "+HASH_REPORT +HASH_TUNNEL";

    private static readonly byte[] Key = Convert.FromHexString("6D5A56DA255B0EC24167253D43A38FB0D0CA2BCBAE7B30B477CB2DA38030F20C6A42B73BBEAC01FA");

    // "Verifying the RSS Hash Calculation" in Microsoft's documentation of NDIS.
    private static readonly (byte[] Packet, uint Hash)[] Published =
    {
        (Frame("66.9.149.187", "161.142.100.80", Tcp, TcpSegment(2794, 1766)), 0x51CCC178),
        (Frame("199.92.111.2", "65.69.140.83", Tcp, TcpSegment(14230, 4739)), 0xC626B0EA),
        (Frame("24.19.198.95", "12.22.207.184", Tcp, TcpSegment(12898, 38024)), 0x5C2B394A),
        (Frame("38.27.205.30", "209.142.163.6", Tcp, TcpSegment(48228, 2217)), 0xAFC7327F),
        (Frame("153.39.163.191", "202.188.127.2", Tcp, TcpSegment(44251, 1303)), 0x10E828A2),
        (Frame("3ffe:2501:200:1fff::7", "3ffe:2501:200:3::1", Tcp, TcpSegment(2794, 1766)), 0x40207D3D),
    };

    private static readonly FeatureSet All = NetDriver.AllFeatures.With(Feature.CtrlVq).With(Feature.Mq).With(Feature.Rss).With(Feature.HashReport)
        .With(Feature.HashTunnel).With(Feature.RingReset);
}
