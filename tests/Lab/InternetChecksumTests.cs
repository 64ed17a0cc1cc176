// The checksum of the lab's pings, against published vectors.

using NUnit.Framework;
using VirtioNet.Lab.Ipv4;

namespace VirtioNet.Tests.Lab;

public sealed class InternetChecksumTests
{
    [Test]
    public void Compute_ExampleOfRfc1071_GivesItsSumInverted()
    {
        var bytes = Convert.FromHexString("0001F203F4F5F6F7");

        Assert.That(InternetChecksum.Compute(bytes), Is.EqualTo(0xFFFF - 0xDDF2));
    }

    [Test]
    public void Compute_OddLength_TakesLastByteAsHighHalf()
    {
        Assert.That(InternetChecksum.Compute(new byte[] { 0x01, 0x02, 0x03 }), Is.EqualTo(0xFFFF - 0x0402));
    }

    [Test]
    public void IsValid_KnownIpv4Header_AcceptsItAndRefusesAnyBitFlip()
    {
        // An IPv4 header with its checksum, 0xB861, as the textbooks have it.
        var header = Convert.FromHexString("4500007300004000" + "4011B861" + "C0A80001C0A800C7");
        Assert.That(InternetChecksum.IsValid(header), Is.True);

        for(var bit = 0; bit < header.Length * 8; bit++)
        {
            header[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(InternetChecksum.IsValid(header), Is.False, $"bit {bit}");
            header[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
