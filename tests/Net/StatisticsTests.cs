// renode-virtio-net, MIT licence: see LICENSE.
// What a driver reads of the device's counters. virtio v1.4-cs01: 5.1.9.5.11.

using System.Buffers.Binary;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class StatisticsTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("NET-142")]
    public void Query_NamesTheTypesThatTheFeaturesAllow()
    {
        var basic = 1UL << 32 | 1 << 16 | 1;
        Assert.That(Query(All), Is.EqualTo(basic | 2 | 4 | 2 << 16 | 4 << 16));
        Assert.That(Query(Plain), Is.EqualTo(basic));
        Assert.That(Query(Plain.With(Feature.GuestCsum)), Is.EqualTo(basic | 2));
        Assert.That(Query(Plain.With(Feature.GuestCsum).With(Feature.GuestTso6)), Is.EqualTo(basic | 6));
        Assert.That(Query(Plain.With(Feature.Csum)), Is.EqualTo(basic | 2 << 16));
        Assert.That(Query(Plain.With(Feature.Csum).With(Feature.HostUso)), Is.EqualTo(basic | 6 << 16));
    }

    [Test]
    [Rule("NET-145", "NET-146", "NET-149")]
    public void Get_OfAReceiveQueue_TellsWhatCameIn()
    {
        var driver = MakeDriver().Start(All);
        for(var i = 0; i < 3; i++)
        {
            driver.OfferReceive(9000);
        }
        driver.Kick(driver.ReceiveRing);
        driver.Machine.Device.Receive(Frames.Make(100));
        driver.Machine.Device.Receive(Frames.Make(13));
        driver.Machine.Device.Receive(Frames.Make(3000));
        var packets = new OffloadPackets(false, true);
        var large = packets.Make(5000);
        driver.Machine.Device.Receive(new Packet(large, OffloadPackets.Offload(large, Segmentation.Tso4, 1000)));
        driver.Machine.Device.Receive(new Packet(packets.Make(100), PacketOffload.Checksum((ushort)packets.Transport, (ushort)packets.ChecksumOffset)));

        var bytes = (ulong)(100 + large.Length + packets.Payload + 100);
        Assert.That(Get(driver, 0, 1), Is.EqualTo(new[] { (0, 0, new ulong[] { 1, 3, bytes, 3, 2, 0UL }) }));
        Assert.That(Get(driver, 0, 6), Is.EqualTo(new[] { (1, 0, new ulong[] { 0, 2, 1, 0UL }), (2, 0, new ulong[] { 1, (ulong)large.Length, 0, 0UL }) }));
    }

    [Test]
    public void Get_OfAQueueWithoutBuffers_TellsWhatWasTooMuch()
    {
        var driver = MakeDriver().Start(All);
        for(var i = 0; i < 2000; i++)
        {
            driver.Machine.Device.Receive(Frames.Make(100));
        }
        var (_, _, counters) = Get(driver, 0, 1).Single();
        Assert.That(counters[4], Is.EqualTo(counters[5]).And.EqualTo(driver.Counters.RxDropOverruns).And.GreaterThan(0));
    }

    [Test]
    [Rule("NET-145", "NET-146", "NET-149")]
    public void Get_OfATransmitQueue_TellsWhatWentOut()
    {
        var driver = MakeDriver().Start(All);
        driver.Send(Frames.Make(100));
        driver.Send(Frames.Make(5));
        var packets = new OffloadPackets(false, true);
        Send(packets.Message(packets.Make(2500), NetLayout.GsoTcp4, 1000));
        Send(packets.Message(packets.Make(900), NetLayout.GsoTcp4, 1000));
        Send(packets.Message(packets.Make(100), NetLayout.GsoNone, 0));
        Send(packets.Message(packets.Make(100), NetLayout.GsoTcp6, 1000));

        var (first, cut) = ((ulong)(packets.Payload + 2500), (ulong)(3 * packets.Payload + 2500));
        var (second, third) = ((ulong)(packets.Payload + 900), (ulong)(packets.Payload + 100));
        Assert.That(Get(driver, 1, 7 << 16), Is.EqualTo(new[]
        {
            (16, 1, new ulong[] { 6, 6, 100 + cut + second + third, 6, 2, 1UL }),
            (17, 1, new ulong[] { 1, 3UL }),
            (18, 1, new ulong[] { 2, first + second, 4, cut + second, 1, second }),
        }));

        void Send(byte[] message)
        {
            driver.Offer(message);
            driver.Kick(driver.TransmitRing);
        }
    }

    [Test]
    public void Get_OfTheControlQueue_CountsCommands()
    {
        var driver = MakeDriver().Start(All.With(Feature.CtrlRx));
        driver.Control.Send(99, 0);
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 1);
        Assert.That(Get(driver, 2, 1UL << 32), Is.EqualTo(new[] { (32, 2, new ulong[] { 3, 2UL }) }));
    }

    [Test]
    public void Get_OfSeveralQueues_HasTheirRepliesInOrder()
    {
        var driver = MakeDriver(new GuestRam(8 << 20), queuePairs: 2).Start(All.With(Feature.Mq));
        Assert.That(Replies(driver.Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, 1000, [.. Entry(3, 1 << 16), .. Entry(2, 3), .. Entry(4, 1UL << 32)])!).Select(x => (x.Type, x.Queue)),
            Is.EqualTo(new[] { (16, 3), (0, 2), (1, 2), (32, 4) }));
    }

    // One thing that is wrong, and the whole command fails.
    [TestCase("a queue that is not there", 3, 1UL)]
    [TestCase("a queue of the highest number", 0xFFFF, 1UL)]
    [TestCase("an unknown type", 0, 1UL | 1 << 8)]
    [TestCase("a type of transmit queues", 0, 1UL << 16)]
    [TestCase("a type of receive queues", 1, 1UL)]
    [TestCase("a type of the control queue", 0, 1UL << 32)]
    [TestCase("a type whose feature was not negotiated", 0, 4UL)]
    [TestCase("speed, which the device does not have", 0, 8UL)]
    [Rule("NET-143", "NET-144")]
    public void Get_ThatIsWrong_IsRefused(string why, int queue, ulong types)
    {
        var driver = MakeDriver().Start(All.Without(Feature.GuestTso4).Without(Feature.GuestTso6).Without(Feature.GuestEcn));
        Assert.That(driver.Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, 1000, [.. Entry(0, 1), .. Entry(queue, types)]), Is.Null, why);
    }

    [TestCase(0)]
    [TestCase(15)]
    [TestCase(17)]
    [TestCase(16 * 257)]
    public void Get_OfAnotherLength_IsRefused(int length)
    {
        var driver = MakeDriver().Start(All);
        Assert.That(driver.Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, 1000, new byte[length]), Is.Null);
    }

    [Test]
    public void Query_WithData_IsRefused()
    {
        Assert.That(MakeDriver().Start(All).Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsQuery, 8, 0), Is.Null);
    }

    // The device fills what room there is (5.1.9.5.11.12).
    [TestCase(0)]
    [TestCase(3)]
    [TestCase(8)]
    [TestCase(55)]
    [TestCase(56)]
    [TestCase(57)]
    [Rule("NET-147", "H-99")]
    public void Get_WithLittleRoom_TellsAsMuchAsThereIsRoomFor(int room)
    {
        var driver = MakeDriver().Start(All);
        driver.Machine.Device.Receive(Frames.Make(100));
        var whole = driver.Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, 100, Entry(0, 1))!;
        Assert.That(whole, Has.Length.EqualTo(56));
        var told = room == 0
            ? driver.Control.Send(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, Entry(0, 1)) == ControlLayout.Ok ? Array.Empty<byte>() : null
            : driver.Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, room, Entry(0, 1));
        Assert.That(told, Is.EqualTo(whole.Take(room)));
    }

    [Test]
    public void Counters_ThatTheUserResets_BeginAtZero()
    {
        var driver = MakeDriver().Start(All);
        driver.Send(Frames.Make(100));
        driver.Machine.Device.ResetCounters();
        Assert.That(Get(driver, 1, 1 << 16).Single().Counters, Is.All.Zero);
    }

    private ulong Query(FeatureSet features)
    {
        return BinaryPrimitives.ReadUInt64LittleEndian(MakeDriver().Start(features).Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsQuery, 8)!);
    }

    private static (int Type, int Queue, ulong[] Counters)[] Get(RawDriver driver, int queue, ulong types)
    {
        return Replies(driver.Control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, 1000, Entry(queue, types))!).ToArray();
    }

    private static IEnumerable<(int Type, int Queue, ulong[] Counters)> Replies(byte[] result)
    {
        for(var at = 0; at < result.Length;)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(result.AsSpan(at + 6));
            yield return (result[at], BinaryPrimitives.ReadUInt16LittleEndian(result.AsSpan(at + 2)),
                Enumerable.Range(1, size / 8 - 1).Select(x => BinaryPrimitives.ReadUInt64LittleEndian(result.AsSpan(at + 8 * x))).ToArray());
            at += size;
        }
    }

    private static byte[] Entry(int queue, ulong types) => [.. BitConverter.GetBytes((ushort)queue), 1, 2, 3, 4, 5, 6, .. BitConverter.GetBytes(types)];

    private static readonly FeatureSet Plain = new FeatureSet().With(Feature.Version1).With(Feature.CtrlVq).With(Feature.DeviceStats);

    private static readonly FeatureSet All = OffloadTests.Everything.With(Feature.CtrlVq).With(Feature.DeviceStats)
        .With(Feature.GuestCsum).With(Feature.GuestTso4).With(Feature.GuestTso6).Without(Feature.EventIdx);
}
