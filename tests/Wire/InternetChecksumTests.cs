// renode-virtio-net, MIT licence: see LICENSE.
// The checksum of the Internet protocols, against published vectors.

using NUnit.Framework;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Wire;

public sealed class InternetChecksumTests
{
    [Test]
    public void Checksum_ExampleOfRfc1071_GivesItsSumInverted()
    {
        var bytes = Convert.FromHexString("0001F203F4F5F6F7");

        Assert.That(Checksum(bytes), Is.EqualTo(0xFFFF - 0xDDF2));
    }

    [Test]
    public void Checksum_OddLength_TakesLastByteAsHighHalf()
    {
        Assert.That(Checksum(new byte[] { 0x01, 0x02, 0x03 }), Is.EqualTo(0xFFFF - 0x0402));
    }

    [Test]
    public void Checksum_KnownIpv4Header_IsZeroAndNotAfterAnyBitFlip()
    {
        // An IPv4 header with its checksum, 0xB861, as the textbooks have it.
        var header = Convert.FromHexString("4500007300004000" + "4011B861" + "C0A80001C0A800C7");
        Assert.That(Checksum(header), Is.Zero);

        for(var bit = 0; bit < header.Length * 8; bit++)
        {
            header[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(Checksum(header), Is.Not.Zero, $"bit {bit}");
            header[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes) => InternetChecksum.Finish(InternetChecksum.Add(0, bytes));
}
