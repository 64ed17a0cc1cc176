// The bytes of a capture, as the pcap format has them.

using NUnit.Framework;
using VirtioNet.Lab;

namespace VirtioNet.Tests.Lab;

public sealed class CaptureFileTests
{
    [Test]
    public void Write_OneFrame_GivesNanosecondPcapOfEthernet()
    {
        var stream = new MemoryStream();
        var capture = new CaptureFile(stream);

        capture.Write(3 * VirtualClock.OneSecond + 5, new byte[] { 0xAA, 0xBB, 0xCC });

        Assert.That(Convert.ToHexString(stream.ToArray()), Is.EqualTo(
            "4D3CB2A1" + "0200" + "0400" + "00000000" + "00000000" + "00000400" + "01000000"
            + "03000000" + "05000000" + "03000000" + "03000000" + "AABBCC"));
    }

    [Test]
    public void Write_BehindLimit_CountsButDoesNotStore()
    {
        var stream = new MemoryStream();
        var capture = new CaptureFile(stream, limit: 2);
        for(var i = 0; i < 5; i++)
        {
            capture.Write(i, new byte[60]);
        }

        Assert.That((capture.Written, capture.Seen), Is.EqualTo((2L, 5L)));
        Assert.That(stream.Length, Is.EqualTo(24 + 2 * (16 + 60)));
    }
}
