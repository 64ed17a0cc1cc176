// renode-virtio-net, MIT licence: see LICENSE.
// Packets reach a driver that takes them with their checksum or segmentation still to be done, and are finished for one that does not.
// virtio v1.4-cs01: 5.1.9.4 "Processing of Incoming Packets".

using System.Buffers.Binary;

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class ReceiveOffloadTests(bool packed) : RingFormats(packed)
{
    [TestCase(Segmentation.Tso4, NetLayout.GsoTcp4)]
    [TestCase(Segmentation.Tso6, NetLayout.GsoTcp6)]
    [TestCase(Segmentation.Tso4 | Segmentation.Ecn, NetLayout.GsoTcp4 | NetLayout.GsoEcn)]
    [TestCase(Segmentation.Tso6 | Segmentation.Ecn, NetLayout.GsoTcp6 | NetLayout.GsoEcn)]
    [TestCase(Segmentation.Uso4, NetLayout.GsoUdpL4)]
    [TestCase(Segmentation.Uso6, NetLayout.GsoUdpL4)]
    [TestCase(Segmentation.Ufo4, NetLayout.GsoUdp)]
    [TestCase(Segmentation.Ufo6, NetLayout.GsoUdp)]
    [Rule("NET-36", "NET-51", "NET-54", "NET-56", "NET-57", "NET-64", "NET-65", "NET-68", "NET-33", "NET-39", "NET-40")]
    public void Receive_PacketToBeCut_ArrivesWholeAndIsDescribed(Segmentation type, int gsoType)
    {
        var packets = PacketsOf(type);
        var packet = packets.Make(4000);
        var driver = MakeDriver().Start(All);
        var buffers = Offer(driver, 4);

        driver.Machine.Device.Receive(new Packet(packet, OffloadPackets.Offload(packet, type, 1400)));

        var (header, received) = Take(driver, buffers).Single();
        Assert.That(received, Is.EqualTo(packet));
        Assert.That(header[..2], Is.EqualTo(new byte[] { NetLayout.FlagNeedsCsum, (byte)gsoType }));
        Assert.That(Words(header), Is.EqualTo(new[] { packets.Payload, 1400, packets.Transport, packets.ChecksumOffset, 3 }));
    }

    [Test]
    [Rule("NET-54", "NET-56", "NET-57", "NET-63")]
    public void Receive_ChecksumLeft_IsLeftToTheDriver([Values] bool ipv6, [Values] bool tcp)
    {
        var packets = new OffloadPackets(ipv6, tcp);
        var packet = packets.Make(100);
        var driver = MakeDriver().Start(All);
        var buffers = Offer(driver, 1);

        driver.Machine.Device.Receive(new Packet(packet, PacketOffload.Checksum((ushort)packets.Transport, (ushort)packets.ChecksumOffset)));

        var (header, received) = Take(driver, buffers).Single();
        Assert.That(received, Is.EqualTo(packet));
        Assert.That(header[..2], Is.EqualTo(new byte[] { NetLayout.FlagNeedsCsum, NetLayout.GsoNone }));
        Assert.That(Words(header), Is.EqualTo(new[] { 0, 0, packets.Transport, packets.ChecksumOffset, 1 }));
    }

    // All features but the one.
    [TestCase(Segmentation.Tso4, Feature.GuestTso4)]
    [TestCase(Segmentation.Tso6, Feature.GuestTso6)]
    [TestCase(Segmentation.Tso4 | Segmentation.Ecn, Feature.GuestEcn)]
    [TestCase(Segmentation.Tso6 | Segmentation.Ecn, Feature.GuestEcn)]
    [TestCase(Segmentation.Uso4, Feature.GuestUso4)]
    [TestCase(Segmentation.Uso6, Feature.GuestUso6)]
    [TestCase(Segmentation.Ufo4, Feature.GuestUfo)]
    [TestCase(Segmentation.Ufo6, Feature.GuestUfo)]
    [TestCase(Segmentation.None, Feature.GuestCsum)]
    [Rule("NET-42", "NET-43", "NET-44", "NET-45", "NET-46", "NET-47", "NET-50")]
    public void Receive_WithoutTheFeature_ArrivesFinished(Segmentation type, Feature missing)
    {
        var packets = PacketsOf(type);
        var packet = packets.Make(type == Segmentation.None ? 100 : 4000);
        var features = missing == Feature.GuestCsum ? NetDriver.AllFeatures : All.Without(missing);
        var driver = MakeDriver().Start(features);
        var buffers = Offer(driver, 8);
        var offload = type == Segmentation.None
            ? PacketOffload.Checksum((ushort)packets.Transport, (ushort)packets.ChecksumOffset)
            : OffloadPackets.Offload(packet, type, 1400);

        driver.Machine.Device.Receive(new Packet(packet, offload));

        var frames = Take(driver, buffers);
        Assert.That(frames, Has.Count.EqualTo(type == Segmentation.None ? 1 : 3));
        Assert.That(frames.SelectMany(x => x.Header[..10]), Is.All.Zero);
        Assert.That(frames.Select(x => x.Frame.Length), Is.All.LessThanOrEqualTo(1514));
    }

    // What the header would say of them is not true, or an intermediate checksum is wrong: the device does the work itself.
    [TestCase("another sum in the checksum field")]
    [TestCase("a wrong IPv4 checksum")]
    [TestCase("an IPv4 length that is not the packet's")]
    [TestCase("a checksum somewhere else")]
    [Rule("NET-55", "NET-56", "NET-57")]
    public void Receive_PacketThatIsNotAsAHeaderSays_ArrivesFinished(string what)
    {
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(1000);
        var start = packets.Transport;
        switch(what)
        {
        case "another sum in the checksum field":
            packet[packets.Transport + packets.ChecksumOffset] ^= 1;
            break;
        case "a wrong IPv4 checksum":
            packet[packets.Network + 10] ^= 1;
            break;
        case "an IPv4 length that is not the packet's":
            // Identification takes back what the length adds.
            packet[packets.Network + 3]--;
            packet[packets.Network + 5]++;
            break;
        default:
            start += 2;
            break;
        }
        var driver = MakeDriver().Start(All);
        var buffers = Offer(driver, 1);

        driver.Machine.Device.Receive(new Packet(packet, PacketOffload.Checksum((ushort)start, (ushort)packets.ChecksumOffset)));

        var (header, received) = Take(driver, buffers).Single();
        Assert.That(header[..10], Is.All.Zero);
        Assert.That(received, Has.Length.EqualTo(packet.Length));
    }

    // A frame that was padded is longer than its IP packet.
    [Test]
    [Rule("NET-54")]
    public void Receive_PaddedFrame_IsLeftToTheDriver()
    {
        var packets = new OffloadPackets(false, false);
        var frame = packets.Make(4).Concat(new byte[14]).ToArray();
        Assert.That(frame, Has.Length.EqualTo(60));
        var driver = MakeDriver().Start(All);
        var buffers = Offer(driver, 1);

        driver.Machine.Device.Receive(new Packet(frame, PacketOffload.Checksum((ushort)packets.Transport, (ushort)packets.ChecksumOffset)));

        Assert.That(Take(driver, buffers).Single().Header[0], Is.EqualTo(NetLayout.FlagNeedsCsum));
    }

    [Test]
    [Rule("NET-34", "NET-38")]
    public void Receive_WithoutMergeableBuffers_TakesOneBuffer()
    {
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(60000);
        var driver = MakeDriver().Start(All.Without(Feature.MrgRxbuf));
        var buffers = new Queue<ulong>(new[] { driver.OfferReceive(65562) });

        driver.Machine.Device.Receive(new Packet(packet, OffloadPackets.Offload(packet, Segmentation.Tso4, 1448)));

        var (header, received) = Take(driver, buffers).Single();
        Assert.That(received, Is.EqualTo(packet));
        Assert.That(Words(header)[4], Is.EqualTo(1));
    }

    // A ring of 8 buffers could never hold the packet; half of it is left for what comes next.
    [TestCase(256, 1)]
    [TestCase(8, 42)]
    [Rule("H-82")]
    public void Receive_PacketForWhichTheRingIsTooSmall_ArrivesAsFrames(int queueSize, int arrived)
    {
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(60000);
        var driver = MakeDriver(queueSize: queueSize).Start(All);
        driver.Machine.Device.Receive(new Packet(packet, OffloadPackets.Offload(packet, Segmentation.Tso4, 1448)));

        var received = new List<(byte[] Header, byte[] Frame)>();
        var buffers = Offer(driver, Math.Min(queueSize, 64));
        driver.Kick(driver.ReceiveRing);
        for(var frames = Take(driver, buffers); frames.Count > 0; frames = Take(driver, buffers))
        {
            received.AddRange(frames);
            Offer(driver, frames.Count).ToList().ForEach(buffers.Enqueue);
            driver.Kick(driver.ReceiveRing);
        }

        Assert.That(received, Has.Count.EqualTo(arrived));
        Assert.That(driver.Counters.RxDropTooBig, Is.Zero);
    }

    // With an MTU of 1500 and 54 bytes of headers.
    [TestCase(1460, true)]
    [TestCase(1461, false)]
    [Rule("NET-06")]
    public void Receive_PacketToBeCut_IsMeasuredByItsFrames(int segment, bool passes)
    {
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(4000);
        var driver = MakeDriver().Start(All);
        var buffers = Offer(driver, 4);

        driver.Machine.Device.Receive(new Packet(packet, OffloadPackets.Offload(packet, Segmentation.Tso4, segment)));

        Assert.That(Take(driver, buffers), Has.Count.EqualTo(passes ? 1 : 0));
        Assert.That(driver.Counters.RxDropTooLong, Is.EqualTo(passes ? 0 : 1));
    }

    [Test]
    [Rule("NETL-03", "NETL-04")]
    public void Receive_LegacyDriverOfABigEndianGuest_HasTheFieldsInItsOrder()
    {
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(2000);
        var machine = new PciMachine(bigEndian: true);
        var driver = new RawDriver(machine, legacy: true).Start(All.Without(Feature.MrgRxbuf).Without(Feature.Version1));
        var buffer = driver.OfferReceive(4000);

        driver.Machine.Device.Receive(new Packet(packet, OffloadPackets.Offload(packet, Segmentation.Tso4, 0x0123)));

        var header = driver.Ram.At(buffer, NetLayout.LegacyHeaderSize).ToArray();
        Assert.That(header, Is.EqualTo(new byte[] { NetLayout.FlagNeedsCsum, NetLayout.GsoTcp4, 0, (byte)packets.Payload, 1, 0x23, 0, (byte)packets.Transport, 0, (byte)packets.ChecksumOffset }));
    }

    [Test]
    public void Packet_FromCardToCardOverANetwork_PassesWhole()
    {
        var network = new VirtualNetwork("lan", 1);
        var (left, right) = (MakeDriver().Start(OffloadTests.Everything), MakeDriver().Start(All));
        left.Machine.Network = network.Connect("left", left.Machine.Device);
        network.Connect("right", right.Machine.Device);
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(65000);
        var buffers = Offer(right, 64);
        left.Offer(packets.Message(packet, NetLayout.GsoTcp4, 1448));

        left.Kick(left.TransmitRing);
        network.Run(0);

        var (header, received) = Take(right, buffers).Single();
        Assert.That(received, Is.EqualTo(packet));
        Assert.That(header[1], Is.EqualTo(NetLayout.GsoTcp4));
    }

    private static readonly FeatureSet All = NetDriver.AllFeatures
        .With(Feature.GuestCsum).With(Feature.GuestTso4).With(Feature.GuestTso6).With(Feature.GuestEcn)
        .With(Feature.GuestUfo).With(Feature.GuestUso4).With(Feature.GuestUso6);

    private static OffloadPackets PacketsOf(Segmentation type)
    {
        const Segmentation ipv6 = Segmentation.Tso6 | Segmentation.Uso6 | Segmentation.Ufo6;
        return new OffloadPackets((type & ipv6) != 0, (type & (Segmentation.Tso4 | Segmentation.Tso6)) != 0);
    }

    private static Queue<ulong> Offer(RawDriver driver, int count)
    {
        return new Queue<ulong>(Enumerable.Range(0, count).Select(_ => driver.OfferReceive(1526)));
    }

    // hdr_len, gso_size, csum_start, csum_offset, num_buffers.
    private static int[] Words(byte[] header)
    {
        return Enumerable.Range(1, 5).Select(x => (int)BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(2 * x))).ToArray();
    }

    // What has arrived, each packet put together of as many buffers as its header tells.
    private static List<(byte[] Header, byte[] Frame)> Take(RawDriver driver, Queue<ulong> buffers)
    {
        var packets = new List<(byte[] Header, byte[] Frame)>();
        while(driver.ReceiveRing.TryTakeUsed(out var used))
        {
            var message = driver.Ram.At(buffers.Dequeue(), (int)used.Length).ToArray().ToList();
            for(var left = message[NetLayout.HeaderNumBuffers] - 1; left > 0; left--)
            {
                Assert.That(driver.ReceiveRing.TryTakeUsed(out used), Is.True, "all buffers of a packet are used together");
                message.AddRange(driver.Ram.At(buffers.Dequeue(), (int)used.Length).ToArray());
            }
            packets.Add((message.Take(NetLayout.HeaderSize).ToArray(), message.Skip(NetLayout.HeaderSize).ToArray()));
        }
        return packets;
    }
}
