// renode-virtio-net, MIT licence: see LICENSE.
// Copies and fields in guest memory with small host blocks, with holes, and at the last addresses that there are.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Memory;

namespace VirtioNet.Tests.Memory;

public sealed class GuestMemoryAccessTests
{
    [Test]
    public void Copy_AnyBlockSizeAndOffset_IsWhole([Values(1, 2, 3, 7, 64, int.MaxValue)] int hostBlock, [Values(1, 2, 63, 64, 65, 200)] int length)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        var random = new Random(length);
        for(var offset = 0; offset < 70; offset++)
        {
            var source = new byte[length];
            random.NextBytes(source);
            var copy = new byte[length];
            ram.WrittenRanges = new();

            Assert.That(ram.TryWrite(ram.Base + (uint)offset, source), Is.True);
            Assert.That(ram.TryRead(ram.Base + (uint)offset, copy), Is.True);

            Assert.That(copy, Is.EqualTo(source));
            Assert.That(ram.At(ram.Base + (uint)offset, length).SequenceEqual(source), Is.True);
            Assert.That(ram.WrittenRanges.Sum(x => x.Length), Is.EqualTo(length), "the memory is told of each byte once");
            Assert.That(ram.WrittenRanges[0].Address, Is.EqualTo(ram.Base + (uint)offset));
        }
    }

    [Test]
    public void UInt16_AnyBlockSize_IsLittleEndian([Values(1, 2, 3, int.MaxValue)] int hostBlock)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        for(var offset = 0U; offset < 8; offset += 2)
        {
            Assert.That(ram.TryWriteUInt16(ram.Base + offset, 0xA1B2), Is.True);
            Assert.That(ram.At(ram.Base + offset, 2).ToArray(), Is.EqualTo(new byte[] { 0xB2, 0xA1 }));
            Assert.That(ram.TryReadUInt16(ram.Base + offset, out var value), Is.True);
            Assert.That(value, Is.EqualTo(0xA1B2));
        }
    }

    // The first segment has 20 bytes. With host blocks of 16 bytes, one ends after its first 16.
    [TestCase(0, 64, 1, false)]
    [TestCase(2, 64, 1, true)]
    [TestCase(2, 64, 20, true)]
    [TestCase(2, 64, 21, false)]
    [TestCase(2, 16, 16, true)]
    [TestCase(2, 16, 17, false)]
    public void Map_OfAChain_IsItsFirstSegmentWhereItLiesTogether(int segments, int hostBlock, int length, bool expected)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        var all = new[] { new Segment(ram.Base + 0x40, 20), new Segment(ram.Base + 0x80, 100) };
        Assert.That(ram.TryMap(all.AsSpan(0, segments), length, out var view), Is.EqualTo(expected));
        if(expected)
        {
            Assert.That(view.Length, Is.EqualTo(length));
            ram.At(ram.Base + 0x40, 1)[0] = 0x5A;
            Assert.That(view[0], Is.EqualTo(0x5A));
        }
    }

    // The write begins so many bytes before a hole, and is one byte longer than that.
    [Test]
    [Rule("H-10", "H-20")]
    public void Write_PartlyOutsideRam_WritesNothing([Values(1, 4, int.MaxValue)] int hostBlock, [Values(1, 8, 15, 16)] int inside)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        ram.Unmap(ram.Base + 0x100, 0x100);
        ram.WrittenRanges = new();
        var address = ram.Base + 0x100 - (uint)inside;
        var source = Enumerable.Repeat((byte)0xFF, inside + 1).ToArray();

        Assert.That(ram.TryWrite(address, source), Is.False);
        Assert.That(ram.WrittenRanges, Is.Empty);
        Assert.That(ram.At(address, inside + 1).ToArray(), Is.All.Zero);
    }

    [Test]
    [Rule("H-10")]
    public void Access_PartlyOutsideRam_Fails([Values(1, 4, int.MaxValue)] int hostBlock)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        ram.WrittenRanges = new();

        Assert.That(ram.TryRead(ram.End - 3, new byte[4]), Is.False);
        Assert.That(ram.TryRead(ram.Base - 1, new byte[4]), Is.False);
        Assert.That(ram.TryReadUInt16(ram.End - 1, out _), Is.False);
        Assert.That(ram.TryWriteUInt16(ram.End - 1, 1), Is.False);
        Assert.That(ram.TryWriteUInt16(0, 1), Is.False);
        Assert.That(ram.WrittenRanges, Is.Empty);
    }

    // Another CPU changes the memory map between the check and the copy.
    [Test]
    [Rule("H-24")]
    public void Write_RamGoneWhileItIsCopied_Fails()
    {
        var ram = new GuestRam(0x1000, hostBlock: 4);
        var count = 0;
        ram.Mapping = (address, length) =>
        {
            if(count++ == 2)
            {
                ram.Unmap(address, 4);
            }
        };

        Assert.That(ram.TryWrite(ram.Base, new byte[12]), Is.False);
    }

    [Test]
    [Rule("H-11")]
    public void Access_AtTopOfAddressSpace_EndsThere([Values(1, 4, int.MaxValue)] int hostBlock)
    {
        var ram = new GuestRam(0x1000, unchecked(0UL - 0x1000), hostBlock);
        var top = ulong.MaxValue - 3;

        Assert.That(ram.TryWrite(top, new byte[] { 1, 2, 3, 4 }), Is.True);
        Assert.That(ram.TryWrite(top, new byte[] { 5, 6, 7, 8, 9 }), Is.False);
        var read = new byte[4];
        Assert.That(ram.TryRead(top, read), Is.True);
        Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
        Assert.That(ram.TryRead(top, new byte[5]), Is.False);
    }
}
