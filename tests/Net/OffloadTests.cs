// renode-virtio-net, MIT licence: see LICENSE.
// Checksums and segmentation that a driver leaves to the device, and requests that the device refuses (H-65 to H-71).
// virtio v1.4-cs01: 5.1.9.2.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Wire;

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

    // The packet is sent first with 0 as the last word of its payload, and then with the checksum that this gave in that place.
    // The sum is then all ones and its complement 0, which in UDP would mean that there is no checksum (RFC 768). In TCP it is right, and
    // other programs take 0xFFFF, which never is the complement of a sum of such bytes, for wrong (RFC 1624).
    [Test]
    [Rule("NET-32")]
    public void Checksum_ThatComesOutAsZero_IsWrittenAsAllOnesInUdpOnly([Values] bool ipv6, [Values] bool tcp, [Values] bool cut)
    {
        var type = !cut ? NetLayout.GsoNone : !tcp ? NetLayout.GsoUdpL4 : ipv6 ? NetLayout.GsoTcp6 : NetLayout.GsoTcp4;
        var packets = new OffloadPackets(ipv6, tcp);
        var packet = packets.Make(64);
        packet[^2] = packet[^1] = 0;
        var driver = new RawDriver().Start(Everything);
        Send(driver, packets.Message(packet, type, 1448));
        driver.Machine.Sent[0].AsSpan(packets.Transport + packets.ChecksumOffset, 2).CopyTo(packet.AsSpan(packet.Length - 2));

        Send(driver, packets.Message(packet, type, 1448));

        var zero = tcp ? 0 : 0xFF;
        Assert.That(driver.Machine.Sent[1].AsSpan(packets.Transport + packets.ChecksumOffset, 2).ToArray(), Is.EqualTo(new[] { zero, zero }));
        Assert.That(packets.Fault(driver.Machine.Sent[1]), Is.Null);
    }

    [Test]
    [Rule("NET-32", "NET-25", "H-66", "H-69")]
    public void Tcp_LargerThanASegment_IsCutIntoValidFrames(
        [Values] bool ipv6, [Values(0, 1, 2)] int tags, [Values(0, 12, 40)] int options, [Values(48, 536, 1448, 65535)] int size, [Values(1, 1448, 1449, 40000)] int payload)
    {
        var packets = new OffloadPackets(ipv6, true, tags, options, OffloadPackets.Options(ipv6 ? tags : 0));
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(payload, flags: 0x99);
        var message = packets.Message(packet, (byte)((ipv6 ? NetLayout.GsoTcp6 : NetLayout.GsoTcp4) | NetLayout.GsoEcn), size);
        // hdr_len is a hint. The device finds out the header's length by itself (H-69).
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
    [Rule("NET-32", "F-02")]
    public void Udp_LargerThanAFrame_IsCutIntoFragments([Values] bool ipv6, [Values(0, 1, 2)] int tags, [Values(1473, 5000, 30001)] int payload, [Values(1448, 1483)] int size)
    {
        var packets = new OffloadPackets(ipv6, false, tags);
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(payload);

        Send(driver, packets.Message(packet, NetLayout.GsoUdp, size));

        var whole = new Reassembly(driver.Machine.Sent, packets.Network, ipv6);
        AssertSame(packets, whole, packet, packets.Transport);
        // The largest multiple of 8 that gso_size allows, and what is left.
        var piece = size / 8 * 8;
        Assert.That(whole.Sizes.SkipLast(1), Is.All.EqualTo(piece));
        Assert.That(whole.Sizes, Has.Count.EqualTo((payload + 8 + piece - 1) / piece));
        Assert.That(driver.Machine.Sent.All(x => ipv6 || packets.Id(x) == 0xFFFE), Is.True, "IPv4 fragments keep the packet's identification");
        Assert.That(driver.Counters.TxBytes, Is.EqualTo(driver.Machine.Sent.Sum(x => x.Length)));
    }

    // Extension headers that routers look at are repeated in each fragment. The others follow the fragment header and are cut
    // into fragments with the payload (RFC 8200, 4.5).
    [TestCase(0, new byte[0])]
    [TestCase(0, new[] { OffloadPackets.DestinationOptions })]
    [TestCase(1, new[] { OffloadPackets.HopByHopOptions })]
    [TestCase(1, new[] { OffloadPackets.HopByHopOptions, OffloadPackets.DestinationOptions })]
    [TestCase(2, new[] { OffloadPackets.DestinationOptions, OffloadPackets.Routing, OffloadPackets.DestinationOptions, OffloadPackets.DestinationOptions })]
    [TestCase(3, new[] { OffloadPackets.HopByHopOptions, OffloadPackets.DestinationOptions, OffloadPackets.Routing })]
    [Rule("NET-32", "F-02")]
    public void Udp_OverIpv6WithExtensions_HasItsFragmentHeaderAfterWhatRoutersLookAt(int repeated, byte[] extensions)
    {
        var packets = new OffloadPackets(true, false, 1, 0, extensions);
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(3000);

        Send(driver, packets.Message(packet, NetLayout.GsoUdp, 1232));

        var whole = new Reassembly(driver.Machine.Sent, packets.Network, true);
        AssertSame(packets, whole, packet, packets.Network + 40 + 8 * repeated);
    }

    // A checksum in the second fragment: the first holds extension headers only.
    [Test]
    [Rule("NET-32", "F-02")]
    public void Udp_WhoseChecksumIsNotInTheFirstFragment_HasItWhereItIs()
    {
        var packets = new OffloadPackets(true, false, 0, 0, OffloadPackets.Options(4));
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(200);

        Send(driver, packets.Message(packet, NetLayout.GsoUdp, 16));

        AssertSame(packets, new Reassembly(driver.Machine.Sent, packets.Network, true), packet, packets.Network + 40);
    }

    [Test]
    [Rule("NET-32")]
    public void Udp_OverIpv6_HasAnotherIdentificationForEachDatagramAndTheSameInEachRun()
    {
        var packets = new OffloadPackets(true, false);
        var runs = Enumerable.Range(0, 2).Select(x => Identifications(packets).ToArray()).ToArray();

        Assert.That(runs[0], Is.Unique.And.Length.EqualTo(20));
        Assert.That(runs[1], Is.EqualTo(runs[0]));
    }

    [Test]
    [Rule("NET-32")]
    public void Udp_ThatFitsAFrame_StaysAWholeDatagram([Values] bool ipv6, [Values(1, 1440)] int payload)
    {
        var packets = new OffloadPackets(ipv6, false);
        var driver = new RawDriver().Start(Everything);
        var packet = packets.Make(payload);

        Send(driver, packets.Message(packet, NetLayout.GsoUdp, 1448));

        var frame = driver.Machine.Sent.Single();
        Assert.That(packets.Fault(frame), Is.Null);
        Assert.That(packets.Trimmed(frame)[packets.Payload..], Is.EqualTo(packet[packets.Payload..]));
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

        AssertDropped(driver, "a checksum has to lie after the Ethernet header and inside the frame");
    }

    // Random bytes make headers, lengths and offsets wrong. No frame that leaves is longer than the message, or than 60 bytes.
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
            var packets = new OffloadPackets(ipv6, tcp, random.Next(3), tcp ? 4 * random.Next(11) : 0, OffloadPackets.Options(ipv6 ? random.Next(9) : 0));
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

    private static IEnumerable<uint> Identifications(OffloadPackets packets)
    {
        var driver = new RawDriver().Start(Everything);
        for(var i = 0; i < 20; i++)
        {
            Send(driver, packets.Message(packets.Make(5000), NetLayout.GsoUdp, 1448));
            yield return new Reassembly(driver.Machine.Sent, packets.Network, true).Identification;
            driver.Machine.Sent.Clear();
        }
    }

    // Headers, payload and checksum are those of the packet.
    private static void AssertSame(OffloadPackets packets, Reassembly whole, byte[] packet, int start)
    {
        var datagram = packet[..start].Concat(whole.Datagram).ToArray();
        Assert.That(packets.Fault(datagram), Is.Null, "put together, it is the datagram with its checksum");
        Assert.That(datagram[packets.Payload..], Is.EqualTo(packet[packets.Payload..]));
        Assert.That(whole.Headers, Is.EqualTo(Reassembly.Repeated(packet[..start], packets.Network)), "each fragment has the packet's own headers");
    }

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
