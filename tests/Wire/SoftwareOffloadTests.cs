// renode-virtio-net, MIT licence: see LICENSE.
// Packets whose checksum or segmentation is still to be done, and the frames that software makes of them.
// virtio v1.4-cs01: 5.1.9.2; hazards H-66 to H-70.

using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Wire;

public sealed class SoftwareOffloadTests
{
    [Test]
    public void Finish_OrdinaryFrame_IsTheFrameWhereItLies()
    {
        var frame = Frames.Make(100);
        var count = 0;
        foreach(var finished in new SoftwareOffload().Finish(frame, default))
        {
            count++;
            Assert.That(finished.Overlaps(frame, out var offset) && offset == 0 && finished.Length == 100, Is.True);
        }
        Assert.That(count, Is.EqualTo(1));
    }

    [Test]
    public void Finish_AnyPacket_LeavesThePacketAsItWas([Values] bool ipv6, [Values(Segmentation.None, Segmentation.Uso4 | Segmentation.Uso6, Segmentation.Ufo4 | Segmentation.Ufo6)] Segmentation types)
    {
        var packets = new OffloadPackets(ipv6, false);
        var packet = packets.Make(3000);
        var offload = types == Segmentation.None ? PacketOffload.Checksum((ushort)packets.Transport, 6) : OffloadPackets.Offload(packet, types, 1000);

        Finish(new SoftwareOffload(), packet, offload);

        Assert.That(packet, Is.EqualTo(packets.Make(3000)));
    }

    // CountFrames and CountBytes tell before any frame is made how many frames and bytes a packet will become.
    [Test]
    [Rule("H-66")]
    public void Count_OfAnyPacketThatPassesTheCheck_IsWhatIsMadeOfIt([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var software = new SoftwareOffload();
        var made = 0;
        for(var i = 0; i < 2000; i++)
        {
            var (packets, packet, offload) = Random(random);
            if(random.Next(3) == 0)
            {
                packet[random.Next(Math.Min(packet.Length, 100))] = (byte)random.Next(256);
            }
            if(SoftwareOffload.Check(packet, ref offload) != OffloadFault.None)
            {
                continue;
            }
            var frames = Finish(software, packet, offload);
            made += frames.Count;
            Assert.That((offload.CountFrames(packet.Length), offload.CountBytes(packet.Length)), Is.EqualTo((frames.Count, frames.Sum(x => x.Length))), $"packet {i}");
        }
        Assert.That(made, Is.GreaterThan(5000));
    }

    [Test]
    [Rule("NET-32")]
    public void Finish_RandomPackets_GivesValidFramesThatCarryThePayload([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var software = new SoftwareOffload();
        for(var i = 0; i < 500; i++)
        {
            var (packets, packet, offload) = Random(random);
            if(SoftwareOffload.Check(packet, ref offload) != OffloadFault.None)
            {
                Assert.That(offload.SegmentSize, Is.LessThan(48), $"packet {i}: only small segments are refused");
                continue;
            }
            var frames = Finish(software, packet, offload);
            var start = packets.Payload;
            if((offload.Segmentation & (Segmentation.Ufo4 | Segmentation.Ufo6)) != 0 && frames.Count > 1)
            {
                var whole = new Reassembly(frames, packets.Network, offload.Segmentation == Segmentation.Ufo6);
                frames = new List<byte[]> { packet[..^whole.Datagram.Length].Concat(whole.Datagram).ToArray() };
            }
            Assert.That(frames.Select(packets.Fault), Is.All.Null, $"packet {i}");
            Assert.That(frames.SelectMany(x => packets.Trimmed(x)[start..]), Is.EqualTo(packet[start..]), $"packet {i}");
        }
    }

    // To make segments, the check takes csum_start, csum_offset and hdr_len from the packet's own headers. Here the request says 0.
    [Test]
    [Rule("NET-25")]
    public void Check_Segments_MakesTheChecksumsPlaceAndTheHeadersLengthRight([Values] bool tcp)
    {
        var packets = new OffloadPackets(true, tcp, 2, 0, OffloadPackets.Options(1));
        var packet = packets.Make(4000);
        var asked = Segmentation.Tso4 | Segmentation.Tso6 | Segmentation.Uso4 | Segmentation.Uso6 | Segmentation.Ecn;

        var offload = OffloadPackets.Offload(packet, asked, 1000);

        Assert.That(offload.Segmentation, Is.EqualTo((tcp ? Segmentation.Tso6 : Segmentation.Uso6) | Segmentation.Ecn));
        Assert.That((offload.ChecksumStart, offload.ChecksumOffset, offload.HeaderLength), Is.EqualTo((packets.Transport, packets.ChecksumOffset, packets.Payload)));
    }

    // 48 bytes are what an IPv4 header leaves of the smallest MTU, 68. With a smaller segment size a packet may become at most 128
    // frames, as with Linux's UDP_SEGMENT.
    [TestCase(Segmentation.Tso4, 47, 128 * 47, OffloadFault.None)]
    [TestCase(Segmentation.Tso4, 47, 128 * 47 + 1, OffloadFault.SegmentSizeTooSmall)]
    [TestCase(Segmentation.Tso4, 48, 65_000, OffloadFault.None)]
    [TestCase(Segmentation.Tso4, 8, 65_412, OffloadFault.SegmentSizeTooSmall)]
    [TestCase(Segmentation.Tso4, 1, 128, OffloadFault.None)]
    [TestCase(Segmentation.Tso4, 1, 129, OffloadFault.SegmentSizeTooSmall)]
    [TestCase(Segmentation.Tso4, 0, 10, OffloadFault.SegmentSizeTooSmall)]
    [TestCase(Segmentation.Uso4, 1, 128, OffloadFault.None)]
    [TestCase(Segmentation.Uso4, 18, 64 * 18, OffloadFault.None)]
    [TestCase(Segmentation.Ufo4, 7, 100, OffloadFault.SegmentSizeTooSmall)]
    [TestCase(Segmentation.Ufo4, 8, 128 * 8 - 8, OffloadFault.None)]
    [TestCase(Segmentation.Ufo4, 15, 128 * 8 - 7, OffloadFault.SegmentSizeTooSmall)]
    [Rule("H-66")]
    public void Check_SegmentSize_HasAFloorByTheFramesThatThePacketBecomes(Segmentation type, int size, int payload, OffloadFault fault)
    {
        var packet = new OffloadPackets(false, type == Segmentation.Tso4).Make(payload);
        var offload = new PacketOffload { NeedsChecksum = true, Segmentation = type, SegmentSize = (ushort)size };

        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(fault));
    }

    // The longest datagram that IPv4 and IPv6 can carry, and one byte more.
    [TestCase(false, 65507, OffloadFault.None)]
    [TestCase(false, 65508, OffloadFault.LongerThanIpAllows)]
    [TestCase(true, 65527, OffloadFault.None)]
    [TestCase(true, 65528, OffloadFault.LongerThanIpAllows)]
    [Rule("H-66", "H-70")]
    public void Check_DatagramToBeFragmented_IsOneThatAReceiverCanPutTogether(bool ipv6, int payload, OffloadFault fault)
    {
        var packet = new OffloadPackets(ipv6, false).Make(payload, checksLength: false);
        var offload = new PacketOffload { NeedsChecksum = true, Segmentation = Segmentation.Ufo4 | Segmentation.Ufo6, SegmentSize = 1480 };

        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(fault));
        if(fault == OffloadFault.None)
        {
            var whole = new Reassembly(Finish(new SoftwareOffload(), packet, offload), 14, ipv6);
            Assert.That(whole.Datagram[8..], Is.EqualTo(packet[^payload..]));
        }
    }

    // To complete a checksum has no limit of length: the frame is as long as the packet.
    [Test]
    public void Finish_VeryLongPacket_IsFinishedToo()
    {
        var frames = Finish(new SoftwareOffload(), new byte[100_000], PacketOffload.Checksum(14, 0));
        Assert.That(frames.Single(), Has.Length.EqualTo(100_000));
    }

    [TestCase(14, 0, 100, OffloadFault.None)]
    [TestCase(13, 10, 100, OffloadFault.ChecksumOutsidePacket)]
    [TestCase(98, 0, 100, OffloadFault.None)]
    [TestCase(98, 1, 100, OffloadFault.ChecksumOutsidePacket)]
    [TestCase(14, 84, 100, OffloadFault.None)]
    [TestCase(14, 85, 100, OffloadFault.ChecksumOutsidePacket)]
    [TestCase(65535, 65535, 100, OffloadFault.ChecksumOutsidePacket)]
    [Rule("H-68")]
    public void Check_Checksum_IsAfterTheEthernetHeaderAndInside(int start, int offset, int length, OffloadFault fault)
    {
        var offload = PacketOffload.Checksum((ushort)start, (ushort)offset);
        Assert.That(SoftwareOffload.Check(Frames.Make(length), ref offload), Is.EqualTo(fault));
        if(fault == OffloadFault.None)
        {
            Assert.That(Finish(new SoftwareOffload(), Frames.Make(length), offload), Has.Count.EqualTo(1));
        }
    }

    // For a packet that was not checked, or was changed after the check, Finish makes no frames and throws nothing.
    [Test]
    [Rule("H-70", "H-113")]
    public void Finish_PacketThatWasNotChecked_MakesNothing([Values(Segmentation.Tso4, Segmentation.Ufo6)] Segmentation type)
    {
        var offload = new PacketOffload { NeedsChecksum = true, Segmentation = type, SegmentSize = 100, HeaderLength = 54 };
        Assert.That(Finish(new SoftwareOffload(), Frames.Make(200), offload), Is.Empty);
    }

    [Test]
    public void Finish_AnyPacket_AllocatesNothingOnceWarm([Values(Segmentation.None, Segmentation.Tso4, Segmentation.Ufo4)] Segmentation type)
    {
        var packets = new OffloadPackets(false, type == Segmentation.Tso4);
        var packet = packets.Make(4000);
        var offload = type == Segmentation.None ? PacketOffload.Checksum((ushort)packets.Transport, (ushort)packets.ChecksumOffset) : OffloadPackets.Offload(packet, type, 1448);
        var software = new SoftwareOffload();
        Count(software, packet, offload);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for(var i = 0; i < 100; i++)
        {
            Count(software, packet, offload);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static int Count(SoftwareOffload software, byte[] packet, in PacketOffload offload)
    {
        var count = 0;
        foreach(var _ in software.Finish(packet, offload))
        {
            count++;
        }
        return count;
    }

    private static List<byte[]> Finish(SoftwareOffload software, byte[] packet, in PacketOffload offload)
    {
        var frames = new List<byte[]>();
        foreach(var frame in software.Finish(packet, offload))
        {
            frames.Add(frame.ToArray());
        }
        return frames;
    }

    private static (OffloadPackets Packets, byte[] Packet, PacketOffload Offload) Random(Random random)
    {
        var ipv6 = random.Next(2) == 0;
        var tcp = random.Next(2) == 0;
        var extensions = new[] { OffloadPackets.HopByHopOptions, OffloadPackets.Routing, OffloadPackets.DestinationOptions };
        var packets = new OffloadPackets(ipv6, tcp, random.Next(4), tcp ? 4 * random.Next(11) : 0,
            Enumerable.Range(0, ipv6 ? random.Next(5) : 0).Select(x => extensions[random.Next(3)]).ToArray());
        var packet = packets.Make(random.Next(random.Next(2) == 0 ? 200 : 20_000));
        var type = tcp ? Segmentation.Tso4 | Segmentation.Tso6 : random.Next(2) == 0 ? Segmentation.Uso4 | Segmentation.Uso6 : Segmentation.Ufo4 | Segmentation.Ufo6;
        return (packets, packet, new PacketOffload { NeedsChecksum = true, Segmentation = type, SegmentSize = (ushort)random.Next(8, 3000) });
    }
}
