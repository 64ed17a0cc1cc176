// renode-virtio-net, MIT licence: see LICENSE.
// A ring or table in guest memory, entry by entry: in one host block, over several, and where its RAM ends.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Memory;

namespace VirtioNet.Tests.Memory;

public sealed class GuestArrayTests
{
    // Blocks of 8 bytes end between entries, those of 4 within each.
    [Test]
    public void Entries_InHostBlocksOfAnySize_AreLittleEndianAtTheirPlaces([Values(4, 8, 24, int.MaxValue)] int hostBlock)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        var array = new GuestArray<ulong>(ram, ram.Base + 0x40, Entries);
        for(var i = 0; i < Entries; i++)
        {
            Assert.That(array.TryWrite(i, Value(i)), Is.True);
        }
        for(var i = 0; i < Entries; i++)
        {
            Assert.That(BitConverter.ToUInt64(ram.At(ram.Base + 0x40 + (uint)(8 * i), 8)), Is.EqualTo(Value(i)));
            Assert.That(array.TryRead(i, out var value), Is.True);
            Assert.That(value, Is.EqualTo(Value(i)));
        }
        Assert.That(ram.At(ram.Base, 0x40).ToArray(), Has.All.Zero);
        Assert.That(ram.At(ram.Base + 0x40 + 8 * Entries, 0x40).ToArray(), Has.All.Zero);
    }

    [Test]
    public void OrderedEntries_InHostBlocksOfAnySize_AreThoseOfTheArrayAndAreMadeKnown([Values(4, 8, 24, int.MaxValue)] int hostBlock)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        var array = new GuestArray<ulong>(ram, ram.Base + 0x40, Entries);
        for(var i = 0; i < Entries; i++)
        {
            ram.WrittenRanges = new();
            Assert.That(array.TryWriteRelease(i, Value(i)), Is.True);
            Assert.That(WrittenBytes(ram), Is.EqualTo(Enumerable.Range(0x40 + 8 * i, 8)));
            Assert.That(array.TryReadAcquire(i, out var value), Is.True);
            Assert.That(value, Is.EqualTo(Value(i)));
        }
    }

    // Entries that a batch has written, from the first on and round the end of the ring. What lies outside the array's first
    // host block is made known when it is written, the rest by Written; together each byte once.
    [TestCase(0, 3)]
    [TestCase(2, 4)]
    [TestCase(5, 3)]
    [TestCase(6, 5)]
    [TestCase(7, 8)]
    public void Written_RoundTheEndOfTheRing_MakesEachEntryKnownOnce(int first, int count)
    {
        foreach(var hostBlock in new[] { 8, 24, int.MaxValue })
        {
            var ram = new GuestRam(0x1000, hostBlock: hostBlock);
            var array = new GuestArray<ulong>(ram, ram.Base + 0x40, Entries);
            var entries = Enumerable.Range(first, count).Select(x => x % Entries).ToArray();
            ram.WrittenRanges = new();
            foreach(var entry in entries)
            {
                Assert.That(array.TryWrite(entry, 1), Is.True);
            }
            array.Written(first, count, Entries);
            Assert.That(WrittenBytes(ram), Is.EquivalentTo(entries.SelectMany(x => Enumerable.Range(0x40 + 8 * x, 8))), $"host blocks of {hostBlock} bytes");
        }
    }

    // RAM ends within the fourth entry: it and what follows are refused, and nothing of it is written.
    [Test]
    public void Entries_PartlyOutsideRam_AreRefusedAlone([Values(4, 8, int.MaxValue)] int hostBlock)
    {
        var ram = new GuestRam(0x1000, hostBlock: hostBlock);
        ram.Unmap(ram.Base + 0x100, 0x100);
        var array = new GuestArray<ulong>(ram, ram.Base + 0x100 - 28, Entries);
        for(var i = 0; i < Entries; i++)
        {
            Assert.That(array.TryWrite(i, Value(i)), Is.EqualTo(i < 3));
            Assert.That(array.TryWriteRelease(i, Value(i)), Is.EqualTo(i < 3));
            Assert.That(array.TryRead(i, out _), Is.EqualTo(i < 3));
            Assert.That(array.TryReadAcquire(i, out var value), Is.EqualTo(i < 3));
            Assert.That(value, Is.EqualTo(i < 3 ? Value(i) : 0));
        }
        Assert.That(ram.At(ram.Base + 0x100 - 4, 4).ToArray(), Has.All.Zero);
    }

    private static ulong Value(int index)
    {
        return 0x0102_0304_0506_0708UL * (uint)(index + 1);
    }

    // Offsets in RAM of the bytes that the memory was told of, in the order of telling.
    private static IEnumerable<int> WrittenBytes(GuestRam ram)
    {
        return ram.WrittenRanges!.SelectMany(x => Enumerable.Range((int)(x.Address - ram.Base), x.Length));
    }

    private const int Entries = 8;
}
