// renode-virtio-net, MIT licence: see LICENSE.
// ChainReader and ChainWriter, compared with a copy of the whole message.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Memory;

namespace VirtioNet.Tests.Memory;

public sealed class ChainCursorTests
{
    [Test]
    [Rule("SPLIT-02", "H-61")]
    public void Reader_AnyCutAndAnyReads_IsALinearCopy([Range(0, 49)] int seed)
    {
        var random = new Random(seed);
        var ram = new GuestRam(1 << 16, hostBlock: random.Next(1, 40));
        var segments = Scatter(ram, random, out var total);
        var content = new byte[total];
        random.NextBytes(content);
        Spread(ram, segments, content);
        var reader = new ChainReader(ram, segments);

        var at = 0;
        while(at < total)
        {
            var piece = new byte[Math.Min(random.Next(0, 50), total - at)];
            Assert.That(reader.TryRead(piece), Is.True);
            Assert.That(piece, Is.EqualTo(content[at..(at + piece.Length)]));
            at += piece.Length;
        }
        Assert.That(reader.TryRead(new byte[1]), Is.False, "the segments have ended");
        Assert.That(reader.TryRead(Span<byte>.Empty), Is.True);
    }

    [Test]
    [Rule("SPLIT-02", "H-93")]
    public void Reader_AnyReadsAndSkips_GoesOnWhereTheLastEnded([Range(0, 49)] int seed)
    {
        var random = new Random(seed);
        var ram = new GuestRam(1 << 16, hostBlock: random.Next(1, 40));
        var segments = Scatter(ram, random, out var total);
        var content = new byte[total];
        random.NextBytes(content);
        Spread(ram, segments, content);
        var reader = new ChainReader(ram, segments);

        for(var at = 0; at < total;)
        {
            var skipped = Math.Min(random.Next(0, 50), total - at);
            Assert.That(reader.TrySkip((ulong)skipped), Is.True);
            at += skipped;
            var piece = new byte[Math.Min(random.Next(0, 50), total - at)];
            Assert.That(reader.TryRead(piece), Is.True);
            Assert.That(piece, Is.EqualTo(content[at..(at + piece.Length)]));
            at += piece.Length;
        }
        Assert.That(reader.TrySkip(0), Is.True);
        Assert.That(reader.TrySkip(1), Is.False, "the segments have ended");
        Assert.That(new ChainReader(ram, segments).TrySkip((ulong)total + 1), Is.False);
        Assert.That(new ChainReader(ram, segments).TrySkip(ulong.MaxValue), Is.False);
    }

    [Test]
    [Rule("SPLIT-02", "SPLIT-19", "H-30")]
    public void Writer_AnyCutAndAnyWrites_IsALinearCopyCounted([Range(0, 49)] int seed)
    {
        var random = new Random(seed);
        var ram = new GuestRam(1 << 16, hostBlock: random.Next(1, 40));
        var segments = Scatter(ram, random, out var total);
        var content = new byte[total + 20];
        random.NextBytes(content);
        ram.WrittenRanges = new();
        var writer = new ChainWriter(ram, segments);

        var at = 0;
        while(at < content.Length)
        {
            var length = Math.Min(random.Next(1, 50), content.Length - at);
            ReadOnlySpan<byte> source = content.AsSpan(at, length);
            Assert.That(writer.TryWrite(ref source), Is.True);
            Assert.That(source.Length, Is.EqualTo(Math.Max(0, at + length - Math.Max(total, at))), "what has no room is left over");
            at += length;
            Assert.That(writer.Written, Is.EqualTo(Math.Min(at, total)));
        }
        Assert.That(Gather(ram, segments), Is.EqualTo(content[..total]));
        Assert.That(ram.WrittenRanges.Sum(x => x.Length), Is.EqualTo(total));
    }

    [Test]
    [Rule("H-24", "H-30")]
    public void Writer_RamGoneMeanwhile_FailsAndCountsWhatWasWritten()
    {
        var ram = new GuestRam();
        var segments = new[] { new Segment(ram.Base, 8), new Segment(ram.Base + 0x1000, 8) };
        ram.Unmap(ram.Base + 0x1004, 4);
        ram.WrittenRanges = new();
        var writer = new ChainWriter(ram, segments);
        ReadOnlySpan<byte> source = new byte[16];

        Assert.That(writer.TryWrite(ref source), Is.False);
        Assert.That(writer.Written, Is.EqualTo(8));
        Assert.That(ram.WrittenRanges, Is.EqualTo(new[] { (ram.Base, 8) }));
    }

    [Test]
    [Rule("H-24")]
    public void Reader_RamGoneMeanwhile_Fails()
    {
        var ram = new GuestRam();
        var reader = new ChainReader(ram, new[] { new Segment(ram.Base, 8), new Segment(ram.Base + 0x1000, 8) });
        ram.Unmap(ram.Base + 0x1004, 4);

        Assert.That(reader.TryRead(new byte[8]), Is.True);
        Assert.That(reader.TryRead(new byte[8]), Is.False);
    }

    [Test]
    public void Cursor_PartOfALargerPool_KeepsToItsPart()
    {
        var ram = new GuestRam();
        var pool = Enumerable.Range(0, 4).Select(x => new Segment(ram.Base + 16UL * (uint)x, 4)).ToArray();
        ram.WrittenRanges = new();
        var writer = new ChainWriter(ram, new ArraySegment<Segment>(pool, 1, 2));
        ReadOnlySpan<byte> source = new byte[16];

        Assert.That(writer.TryWrite(ref source), Is.True);
        Assert.That(source.Length, Is.EqualTo(8));
        Assert.That(ram.WrittenRanges, Is.EqualTo(new[] { (ram.Base + 16, 4), (ram.Base + 32, 4) }));
    }

    private static Segment[] Scatter(GuestRam ram, Random random, out int total)
    {
        var segments = new Segment[random.Next(1, 30)];
        total = 0;
        for(var i = 0; i < segments.Length; i++)
        {
            var length = random.Next(4) == 0 ? 1 : random.Next(1, 100);
            segments[i] = new Segment(ram.Allocate(length + 5, 1), (uint)length);
            total += length;
        }
        return segments;
    }

    private static void Spread(GuestRam ram, Segment[] segments, byte[] content)
    {
        var at = 0;
        foreach(var segment in segments)
        {
            content.AsSpan(at, (int)segment.Length).CopyTo(ram.At(segment.Address, (int)segment.Length));
            at += (int)segment.Length;
        }
    }

    private static byte[] Gather(GuestRam ram, Segment[] segments)
    {
        return segments.SelectMany(x => ram.At(x.Address, (int)x.Length).ToArray()).ToArray();
    }
}
