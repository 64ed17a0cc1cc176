// Where a queue may lie: alignment, sizes, edges of RAM. virtio v1.4-cs01: 2.7.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

public sealed class QueueAreaTests
{
    [Test]
    [Rule("SPLIT-01", "H-41")]
    public void Area_EachAlignment_IsTheSpecs([Values(0, 1, 2)] int area, [Values(1, 2, 4, 8, 16)] int offset)
    {
        var alignment = Alignments[area];

        var queue = Make(8, area, Place + (uint)offset);

        Assert.That(queue.Error?.Fault, Is.EqualTo(offset % alignment == 0 ? null : QueueFault.MisalignedArea));
    }

    [Test]
    [Rule("SPLIT-01", "H-42")]
    public void Area_AtEndOfRam_MustFitWhole([Values(0, 1, 2)] int area, [Values(1, 2, 256, 32768)] int size, [Values] bool beyond)
    {
        // 16N, 6 + 2N and 6 + 8N bytes; the used ring's size is no multiple of its alignment.
        var bytes = new[] { 16UL * (uint)size, 6 + 2UL * (uint)size, 6 + 8UL * (uint)size }[area];
        var last = (Ram.End - bytes) & ~((ulong)Alignments[area] - 1);

        var queue = Make(size, area, beyond ? last + (uint)Alignments[area] : last);

        Assert.That(queue.Error?.Fault, Is.EqualTo(beyond ? QueueFault.AreaOutsideRam : null));
    }

    [TestCase(0xFFFF_FFFF_FFFF_FFF0UL)]
    [TestCase(0x0UL)]
    [TestCase(0x3FFF_FFF0UL)]
    [TestCase(0x1000_0000UL)]
    [Rule("H-42")]
    public void Area_OutsideRam_IsRefusedAndNeverTouched(ulong address)
    {
        for(var area = 0; area < 3; area++)
        {
            var queue = Make(256, area, address);
            var accesses = Ram.Accesses;

            Assert.That(queue.Error?.Fault, Is.EqualTo(QueueFault.AreaOutsideRam));
            Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
            Assert.That(queue.EnableNotifications() || queue.Publish(), Is.False);
            Assert.That(Ram.Accesses, Is.EqualTo(accesses));
        }
    }

    [Test]
    [Rule("H-44")]
    public void Area_AtAddressZero_IsRamLikeAny()
    {
        var ram = new GuestRam(1 << 16, baseAddress: 0);

        var queue = new SplitVirtqueue(ram, 0, new QueueLayout(8, 0, 0x1000, 0x2000), default);

        Assert.That(queue.Error, Is.Null);
        Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
    }

    [Test]
    [Rule("H-11", "H-42")]
    public void Area_RamEndsAtTopOfAddressSpace_Works()
    {
        // The last byte of the queue is the last byte that an address can name.
        var ram = new GuestRam(0x1000, unchecked(0UL - 0x1000));
        var table = unchecked(0UL - 0x1000);
        var queue = new SplitVirtqueue(ram, 0, new QueueLayout(8, table + 0x800, table + 0x700, table + 0xF00), default);
        ram.Write64(table + 0x800, ulong.MaxValue);
        ram.Write32(table + 0x808, 1);
        ram.Write16(table + 0x702, 1);

        Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain), queue.Error?.ToString());
        Assert.That(chain.Readable[0].Address, Is.EqualTo(ulong.MaxValue));
        Assert.That(queue.Push(chain, 0), Is.True);
    }

    private SplitVirtqueue Make(int size, int area, ulong address)
    {
        var areas = new[] { Place, Place + 0x10_0000, Place + 0x20_0000 };
        areas[area] = address;
        return new SplitVirtqueue(Ram, 0, new QueueLayout((ushort)size, areas[0], areas[1], areas[2]), default);
    }

    private GuestRam Ram { get; } = new(1 << 22);

    private ulong Place => Ram.Base + 0x1000;

    private static readonly int[] Alignments = { 16, 2, 4 };
}
