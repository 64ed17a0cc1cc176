// renode-virtio-net, MIT licence: see LICENSE.
// The header in front of each frame of a TAP interface, in the shapes that Linux gives it.

using NUnit.Framework;
using VirtioNet.Outside.Tap;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Tap;

public sealed class TapHeaderTests
{
    // flags, gso_type, hdr_len, gso_size, csum_start, csum_offset, num_buffers.
    [TestCase("01 00 00 00 00 00 22 00 10 00 00 00", false, true, 0, Segmentation.None, TestName = "a checksum of TCP over IPv4")]
    [TestCase("01 01 42 00 a8 05 22 00 10 00 00 00", false, true, 12, Segmentation.Tso4, TestName = "TCP over IPv4, with timestamps")]
    [TestCase("01 81 36 00 b4 05 22 00 10 00 00 00", false, true, 0, Segmentation.Tso4 | Segmentation.Ecn, TestName = "TCP over IPv4 with CWR")]
    [TestCase("01 04 56 00 94 05 36 00 10 00 00 00", true, true, 12, Segmentation.Tso6, TestName = "TCP over IPv6, with timestamps")]
    [TestCase("01 05 2a 00 c0 05 22 00 06 00 00 00", false, false, 0, Segmentation.Uso4, TestName = "UDP over IPv4, into datagrams")]
    [TestCase("01 05 3e 00 ac 05 36 00 06 00 00 00", true, false, 0, Segmentation.Uso6, TestName = "UDP over IPv6, into datagrams")]
    public void Header_OfLinux_IsReadAndWrittenTheSame(string bytes, bool ipv6, bool tcp, int options, Segmentation expected)
    {
        var header = Bytes(bytes);
        var packet = new OffloadPackets(ipv6, tcp, options: options).Make(4000);
        Assert.That(TapHeader.TryRead(header, packet, out var offload), Is.True);
        Assert.That((offload.Segmentation, offload.NeedsChecksum, offload.ChecksumIsGood), Is.EqualTo((expected, true, false)));
        Assert.That((int)offload.ChecksumStart, Is.EqualTo(header[6]));
        var written = new byte[TapHeader.Size];
        written.AsSpan().Fill(0xFF);
        TapHeader.Write(written, offload);
        Assert.That(written, Is.EqualTo(header));
    }

    [TestCase("00 00 00 00 00 00 00 00 00 00 00 00", false)]
    [TestCase("02 00 00 00 00 00 00 00 00 00 00 00", true)]
    public void Header_OfAFinishedFrame_LeavesNoWork(string bytes, bool isGood)
    {
        Assert.That(TapHeader.TryRead(Bytes(bytes), new byte[60], out var offload), Is.True);
        Assert.That((offload.NeedsChecksum, offload.ChecksumIsGood), Is.EqualTo((false, isGood)));
        var written = new byte[TapHeader.Size];
        TapHeader.Write(written, offload);
        Assert.That(written, Is.EqualTo(Bytes(bytes)));
    }

    [TestCase("01 02 36 00 b4 05 22 00 10 00 00 00", TestName = "a type that there is not")]
    [TestCase("01 80 36 00 b4 05 22 00 10 00 00 00", TestName = "CWR without TCP")]
    [TestCase("01 83 36 00 b4 05 22 00 10 00 00 00", TestName = "CWR of UDP")]
    [TestCase("00 01 36 00 b4 05 22 00 10 00 00 00", TestName = "segments without a checksum")]
    [TestCase("01 04 36 00 b4 05 22 00 10 00 00 00", TestName = "IPv6 of an IPv4 packet")]
    [TestCase("01 01 36 00 00 00 22 00 10 00 00 00", TestName = "segments of nothing")]
    [TestCase("01 00 00 00 00 00 ff ff 10 00 00 00", TestName = "a checksum outside")]
    [TestCase("01 00 00 00", TestName = "half a header")]
    public void Header_ThatDoesNotFitThePacket_IsRefused(string bytes)
    {
        Assert.That(TapHeader.TryRead(Bytes(bytes), new OffloadPackets(false, true).Make(4000), out _), Is.False);
    }

    [Test]
    public void Headers_AtRandom_AreRefusedOrCanBeDone()
    {
        var random = new Random(Seeds.Next("VIRTIO_TAP_SEED"));
        var software = new SoftwareOffload();
        var done = 0;
        for(var i = 0; i < 20_000; i++)
        {
            var packet = new OffloadPackets(random.Next(2) == 0, random.Next(2) == 0).Make(random.Next(3000));
            var header = new byte[TapHeader.Size];
            random.NextBytes(header);
            // Often enough the right values, so that some get far.
            header[0] &= 3;
            header[1] = random.Next(3) == 0 ? header[1] : (byte)random.Next(6);
            header[7] = 0;
            header[9] = 0;
            if(TapHeader.TryRead(header, packet, out var offload))
            {
                foreach(var frame in software.Finish(packet, offload))
                {
                    done += frame.Length > 0 ? 1 : 0;
                }
                TapHeader.Write(header, offload);
                Assert.That(TapHeader.TryRead(header, packet, out var again), Is.True);
                Assert.That((again.Segmentation, again.SegmentSize, again.NeedsChecksum), Is.EqualTo((offload.Segmentation, offload.SegmentSize, offload.NeedsChecksum)));
            }
        }
        Assert.That(done, Is.GreaterThan(100));
    }

    private static byte[] Bytes(string text) => text.Split(' ').Select(x => Convert.ToByte(x, 16)).ToArray();
}
