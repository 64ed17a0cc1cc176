// Checksums and segmentation that a driver leaves to the device. virtio v1.4-cs01: 5.1.6.2; hazards H-65 to H-70.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class OffloadTests
{
    [Test]
    [Rule("NET-32", "NET-25")]
    public void Checksum_LeftToTheDevice_IsCompleted([Values] bool ipv6, [Values] bool tcp, [Values(0, 1, 3, 64, 1001, 1440)] int payload)
    {
        var packets = new OffloadPackets(ipv6, tcp);
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(payload);

        Send(driver, packets.Message(packet, NetLayout.GsoNone, 0));

        var frame = driver.Machine.Sent.Single();
        Assert.That(packets.Fault(frame), Is.Null);
        Assert.That(packets.Trimmed(frame)[packets.Payload..], Is.EqualTo(packet[packets.Payload..]));
    }

    // The last word of the payload is the checksum that the packet had without it, so the sum is all ones.
    [Test]
    [Rule("NET-32")]
    public void Checksum_ThatComesOutAsZero_IsWrittenAsAllOnes([Values] bool ipv6, [Values(NetLayout.GsoNone, NetLayout.GsoUdpL4)] byte type)
    {
        var packets = new OffloadPackets(ipv6, false);
        var packet = packets.Make(64);
        packet[^2] = packet[^1] = 0;
        var driver = new RawDriver().Start(Everything);
        Send(driver, packets.Message(packet, type, 1448));
        driver.Machine.Sent[0].AsSpan(packets.Transport + packets.ChecksumOffset, 2).CopyTo(packet.AsSpan(packet.Length - 2));

        Send(driver, packets.Message(packet, type, 1448));

        Assert.That(driver.Machine.Sent[1][packets.Transport + packets.ChecksumOffset], Is.EqualTo(0xFF));
        Assert.That(driver.Machine.Sent[1][packets.Transport + packets.ChecksumOffset + 1], Is.EqualTo(0xFF));
        Assert.That(packets.Fault(driver.Machine.Sent[1]), Is.Null);
    }

    [Test]
    [Rule("NET-32", "NET-25", "H-66", "H-69")]
    public void Tcp_LargerThanASegment_IsCutIntoValidFrames(
        [Values] bool ipv6, [Values(0, 1, 2)] int tags, [Values(0, 12, 40)] int options, [Values(8, 536, 1448, 65535)] int size, [Values(1, 1448, 1449, 40000)] int payload)
    {
        var packets = new OffloadPackets(ipv6, true, tags, options, ipv6 ? tags : 0);
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(payload, flags: 0x99);
        var message = packets.Message(packet, (byte)((ipv6 ? NetLayout.GsoTcp6 : NetLayout.GsoTcp4) | NetLayout.GsoEcn), size);
        // hdr_len is a hint that no one needs.
        message[2] = 0xFF;

        Send(driver, message);

        var frames = driver.Machine.Sent;
        Assert.That(frames, Has.Count.EqualTo((payload + size - 1) / size));
        Assert.That(frames.Select(packets.Fault), Is.All.Null);
        Assert.That(frames.SelectMany(x => packets.Trimmed(x)[packets.Payload..]), Is.EqualTo(packet[packets.Payload..]));
        Assert.That(frames.SelectMany(x => x[packets.Trimmed(x).Length..]), Is.All.Zero, "padding");
        for(var i = 0; i < frames.Count; i++)
        {
            Assert.That(packets.Sequence(frames[i]), Is.EqualTo(unchecked(OffloadPackets.FirstSequence + (uint)(i * size))));
            // 0x99: CWR with the first, PSH and FIN with the last, ACK with all.
            var last = i == frames.Count - 1;
            Assert.That(packets.Flags(frames[i]), Is.EqualTo(0x10 | (i == 0 ? 0x80 : 0) | (last ? 0x09 : 0)));
            Assert.That(ipv6 || packets.Id(frames[i]) == ((0xFFFE + i) & 0xFFFF), Is.True, "ids go on, modulo 65536");
        }
        Assert.That((driver.Counters.TxFrames, driver.Counters.TxDropOffload), Is.EqualTo(((ulong)frames.Count, 0UL)));
        Assert.That(driver.Transmit.UsedIndex, Is.EqualTo(1), "one buffer comes back for all of them");
    }

    [Test]
    [Rule("NET-32")]
    public void Udp_LargerThanADatagram_IsCutIntoDatagrams([Values] bool ipv6, [Values(1, 1472, 1473, 30000)] int payload)
    {
        var packets = new OffloadPackets(ipv6, false);
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(payload);

        Send(driver, packets.Message(packet, NetLayout.GsoUdpL4, 1472));

        Assert.That(driver.Machine.Sent.Select(packets.Fault), Is.All.Null);
        Assert.That(driver.Machine.Sent.SelectMany(x => packets.Trimmed(x)[packets.Payload..]), Is.EqualTo(packet[packets.Payload..]));
    }

    [Test]
    [Rule("NET-32")]
    public void Udp_LargerThanAFrame_IsCutIntoFragments([Values(1, 1472, 1473, 30001)] int payload)
    {
        var packets = new OffloadPackets(false, false);
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(payload);

        Send(driver, packets.Message(packet, NetLayout.GsoUdp, 1483));

        var frames = driver.Machine.Sent.Select(packets.Trimmed).ToArray();
        var whole = packet[..packets.Transport].Concat(frames.SelectMany(x => x[packets.Transport..])).ToArray();
        BitConverter.GetBytes((ushort)(whole.Length - 14)).Reverse().ToArray().CopyTo(whole, 16);
        whole[24] = whole[25] = 0;
        var sum = (ushort)(OffloadPackets.Sum(whole.AsSpan(14, 20)) ^ 0xFFFF);
        BitConverter.GetBytes(sum).Reverse().ToArray().CopyTo(whole, 24);
        Assert.That(packets.Fault(whole), Is.Null, "put together, they are the datagram with its checksum");
        Assert.That(whole[packets.Payload..], Is.EqualTo(packet[packets.Payload..]));
        for(var i = 0; i < frames.Length; i++)
        {
            Assert.That(OffloadPackets.Sum(frames[i].AsSpan(14, 20)), Is.EqualTo(0xFFFF), "IPv4 checksum");
            Assert.That(packets.Id(frames[i]), Is.EqualTo(0xFFFE));
            // Pieces of 1480 bytes: the largest multiple of 8 that gso_size allows.
            Assert.That(packets.Fragment(frames[i]), Is.EqualTo(185 * i | (i < frames.Length - 1 ? 0x2000 : 0)));
        }
    }

    [TestCase("gso_size 0", NetLayout.GsoTcp4, 0, NetLayout.FlagNeedsCsum)]
    [TestCase("gso_size 7", NetLayout.GsoTcp4, 7, NetLayout.FlagNeedsCsum)]
    [TestCase("no NEEDS_CSUM", NetLayout.GsoTcp4, 1448, (byte)0)]
    [TestCase("not IPv6", NetLayout.GsoTcp6, 1448, NetLayout.FlagNeedsCsum)]
    [TestCase("not UDP", NetLayout.GsoUdp, 1448, NetLayout.FlagNeedsCsum)]
    [TestCase("not UDP", NetLayout.GsoUdpL4, 1448, NetLayout.FlagNeedsCsum)]
    [TestCase("no such type", (byte)2, 1448, NetLayout.FlagNeedsCsum)]
    [TestCase("a tunnel", (byte)(NetLayout.GsoTcp4 | 0x20), 1448, NetLayout.FlagNeedsCsum)]
    [TestCase("ECN with no TCP type", (byte)(NetLayout.GsoUdp | NetLayout.GsoEcn), 1448, NetLayout.FlagNeedsCsum)]
    [Rule("H-65", "H-66", "H-67", "H-70", "H-71")]
    public void Segmentation_ThatCannotBe_IsDroppedAndCounted(string why, byte type, int size, byte flags)
    {
        var packets = new OffloadPackets(false, true);
        var driver = new RawDriver().Start(Everything);

        Send(driver, packets.Message(packets.Make(3000), type, size, flags));

        AssertDropped(driver, why);
    }

    [TestCase(13, 6)]
    [TestCase(34, 965)]
    [TestCase(999, 0)]
    [TestCase(65535, 65535)]
    [Rule("H-68")]
    public void Checksum_OutsideTheFrame_IsDroppedAndCounted(int start, int offset)
    {
        var packets = new OffloadPackets(false, true);
        var driver = new RawDriver().Start(Everything);
        var message = packets.Message(packets.Make(1000 - packets.Payload), NetLayout.GsoNone, 0);
        BitConverter.GetBytes((ushort)start).CopyTo(message, 6);
        BitConverter.GetBytes((ushort)offset).CopyTo(message, 8);

        Send(driver, message);

        AssertDropped(driver, "a checksum has to lie behind the Ethernet header and inside the frame");
    }

    // Headers, lengths and offsets lie in every way; what leaves is no larger than what came in, header apart.
    [Test]
    [Rule("H-66", "H-68", "H-69", "H-70", "H-113", "H-114")]
    public void Offload_OfRandomlyBrokenPackets_NeverThrowsNorParks([Range(1, 16)] int seed)
    {
        var random = new Random(seed);
        var driver = new RawDriver(new PciMachine(new GuestRam(8 << 20))).Start(Everything);
        var mark = driver.Ram.Allocate(70_000);
        for(var i = 0; i < 2000; i++)
        {
            var ipv6 = random.Next(2) == 0;
            var tcp = random.Next(2) == 0;
            var packets = new OffloadPackets(ipv6, tcp, random.Next(3), tcp ? 4 * random.Next(11) : 0, ipv6 ? random.Next(9) : 0);
            var types = new byte[] { 0, 1, 3, 4, 5, 0x81, 0x84 };
            var message = packets.Message(packets.Make(random.Next(random.Next(2) == 0 ? 100 : 60_000)), types[random.Next(types.Length)], random.Next(3000));
            for(var hits = random.Next(6); hits > 0; hits--)
            {
                message[random.Next(Math.Min(message.Length, 120))] = (byte)random.Next(256);
            }
            var length = random.Next(8) == 0 ? random.Next(12, Math.Min(message.Length, 100)) : message.Length;
            message.AsSpan(0, length).CopyTo(driver.Ram.At(mark, length));
            driver.Transmit.Add(new Piece(mark, (uint)length, false));
            driver.Kick(driver.Transmit);
            Assert.That(driver.Transmit.TryTakeUsed(out var used), Is.True);
            Assert.That(used.Length, Is.Zero);
            Assert.That(driver.Machine.Sent.Select(x => x.Length), Is.All.InRange(60, Math.Max(60, length)));
            driver.Machine.Sent.Clear();
        }
        Assert.That(driver.NeedsReset, Is.False);
    }

    [Test]
    [Rule("NET-151", "NETL-03")]
    public void LegacyGso_StandsForEveryTypeOfItsTime([Values] bool bigEndian, [Values(NetLayout.GsoTcp4, NetLayout.GsoTcp4 | NetLayout.GsoEcn)] byte type)
    {
        var machine = new PciMachine(bigEndian: bigEndian);
        var driver = new LegacyPciDriver(machine);
        driver.Probe();
        driver.Negotiate(new FeatureSet().With(Feature.Csum).With(Feature.Gso));
        Assert.That(driver.ReadOffered().Has(Feature.Gso), Is.True);
        var packets = new OffloadPackets(false, true);
        var message = packets.Message(packets.Make(5000), type, 1448);
        if(bigEndian)
        {
            for(var field = 2; field < NetLayout.LegacyHeaderSize; field += 2)
            {
                (message[field], message[field + 1]) = (message[field + 1], message[field]);
            }
        }
        var sent = LegacyFrames(machine, driver, message);
        Assert.That(sent, Has.Count.EqualTo(4));
        Assert.That(sent.Select(packets.Fault), Is.All.Null);
    }

    [Test]
    [Rule("NET-151", "FEAT-14")]
    public void LegacyGso_IsNotOfferedToModernDrivers()
    {
        Assert.That(new RawDriver().Start().Pci.ReadOffered().Has(Feature.Gso), Is.False);
    }

    internal static readonly FeatureSet Everything = NetDriver.AllFeatures
        .With(Feature.Csum).With(Feature.HostTso4).With(Feature.HostTso6).With(Feature.HostEcn).With(Feature.HostUfo).With(Feature.HostUso);

    private static List<byte[]> LegacyFrames(PciMachine machine, LegacyPciDriver driver, byte[] message)
    {
        var ring = driver.SetupQueue(NetLayout.TransmitQueue);
        driver.Status |= DeviceStatus.DriverOk;
        var legacy = message[..NetLayout.LegacyHeaderSize].Concat(message[NetLayout.HeaderSize..]).ToArray();
        var buffer = machine.Ram.Allocate(legacy.Length);
        legacy.CopyTo(machine.Ram.At(buffer, legacy.Length));
        ring.Add(new Piece(buffer, (uint)legacy.Length, false));
        driver.Notify(NetLayout.TransmitQueue);
        return machine.Sent;
    }

    private static void Send(RawDriver driver, byte[] message)
    {
        driver.Offer(message);
        driver.Kick(driver.Transmit);
    }

    private static void AssertDropped(RawDriver driver, string why)
    {
        Assert.That(driver.Machine.Sent, Is.Empty, why);
        Assert.That((driver.Counters.TxFrames, driver.Counters.TxDropOffload), Is.EqualTo((0UL, 1UL)), why);
        Assert.That(driver.Transmit.UsedIndex, Is.EqualTo(1), "the buffer comes back");
        Assert.That(driver.NeedsReset, Is.False);
    }
}
