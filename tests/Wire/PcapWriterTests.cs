// renode-virtio-net, MIT licence: see LICENSE.
// The bytes of a capture file: the pcap format with nanoseconds.

using NUnit.Framework;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Wire;

public sealed class PcapWriterTests
{
    [Test]
    public void Write_OneFrame_GivesNanosecondPcapOfEthernet()
    {
        var stream = new MemoryStream();
        var capture = new PcapWriter(stream);

        capture.Write(3_000_000_005, new byte[] { 0xAA, 0xBB, 0xCC });

        Assert.That(Convert.ToHexString(stream.ToArray()), Is.EqualTo(
            "4D3CB2A1" + "0200" + "0400" + "00000000" + "00000000" + "00000400" + "01000000"
            + "03000000" + "05000000" + "03000000" + "03000000" + "AABBCC"));
    }

    [Test]
    public void Write_BeyondLimit_CountsButDoesNotStore()
    {
        var stream = new MemoryStream();
        var capture = new PcapWriter(stream, limit: 2);
        for(var i = 0; i < 5; i++)
        {
            capture.Write((ulong)i, new byte[60]);
        }

        Assert.That((capture.Written, capture.Seen), Is.EqualTo((2L, 5L)));
        Assert.That(stream.Length, Is.EqualTo(24 + 2 * (16 + 60)));
    }

    [Test]
    public void Write_AppendedToACapture_AddsNoSecondHeader()
    {
        var stream = new MemoryStream();
        new PcapWriter(stream).Write(0, new byte[60]);
        new PcapWriter(stream, append: true).Write(1, new byte[60]);

        Assert.That(stream.Length, Is.EqualTo(24 + 2 * (16 + 60)));
    }
}
