// renode-virtio-net, MIT licence: see LICENSE.
// Which sizes and areas a queue may have. virtio v1.4-cs01: 2.7, 2.8.10.1.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class QueueAreaTests
{
    [Test]
    [Rule("SPLIT-01", "PACK-18", "H-38", "H-40")]
    [Category("Exhaustive")]
    public void Size_Each_IsAllowedByFormat([Values] bool packed)
    {
        var features = packed ? Packed : default;
        for(var size = 0; size < 65536; size++)
        {
            var allowed = size is > 0 and <= 32768 && (packed || int.IsPow2(size));
            var queue = Virtqueue.Create(Ram, 0, new QueueLayout((ushort)size, Place, Place + 0x10_0000, Place + 0x20_0000), features);
            if(Virtqueue.IsSizeAllowed((ushort)size, features) != allowed || queue.Error?.Fault != (allowed ? null : QueueFault.SizeNotAllowed))
            {
                Assert.Fail($"size {size}: {queue.Error}");
            }
        }
    }

    // A few cases of the exhaustive test, for runs that leave it out.
    [TestCase(0, false, false)]
    [TestCase(1, true, true)]
    [TestCase(3, false, true)]
    [TestCase(32768, true, true)]
    [TestCase(32769, false, false)]
    [Rule("SPLIT-01", "PACK-18", "H-38", "H-40")]
    public void Size_AtTheLimits_IsAllowedByFormat(int size, bool split, bool packed)
    {
        foreach(var (features, allowed) in new[] { (default, split), (Packed, packed) })
        {
            var queue = Virtqueue.Create(Ram, 0, new QueueLayout((ushort)size, Place, Place + 0x10_0000, Place + 0x20_0000), features);
            Assert.That(Virtqueue.IsSizeAllowed((ushort)size, features), Is.EqualTo(allowed));
            Assert.That(queue.Error?.Fault, Is.EqualTo(allowed ? null : QueueFault.SizeNotAllowed));
        }
    }

    [Test]
    [Rule("H-41", "H-42")]
    public void Area_AtTheEndOfRam_FitsOrIsRefused([Values] bool packed, [Values(0, 1, 2)] int area)
    {
        var bytes = packed ? new[] { 128, 4, 4 }[area] : new[] { 128, 22, 70 }[area];
        var alignment = packed ? new[] { 16, 4, 4 }[area] : new[] { 16, 2, 4 }[area];
        var last = (RamBytes - bytes) / alignment * alignment;
        foreach(var (offset, expected) in new (int, QueueFault?)[] { (last, null), (last + alignment, QueueFault.AreaOutsideRam), (last - 1, QueueFault.MisalignedArea) })
        {
            var areas = new[] { Place, Place + 0x10_0000, Place + 0x20_0000 };
            areas[area] = Ram.Base + (uint)offset;
            var queue = Virtqueue.Create(Ram, 0, new QueueLayout(8, areas[0], areas[1], areas[2]), packed ? Packed : default);
            Assert.That(queue.Error?.Fault, Is.EqualTo(expected));
        }
    }

    // 2.7.2, worked out by hand: 8 descriptors are 128 bytes, an available ring of 8 is 22.
    [TestCase(8, 0x1000U, 0x1080UL, 0x2000UL)]
    [TestCase(8, 0x40U, 0x1080UL, 0x10C0UL)]
    [TestCase(8, 4U, 0x1080UL, 0x1098UL)]
    [TestCase(256, 0x1000U, 0x2000UL, 0x3000UL)]
    [TestCase(1, 4U, 0x1010UL, 0x1018UL)]
    public void ContiguousLayout_IsThatOfLegacyDrivers(int size, uint align, ulong available, ulong used)
    {
        var layout = QueueLayout.Contiguous((ushort)size, 0x1000, align);
        Assert.That((layout.DescriptorArea, layout.DriverArea, layout.DeviceArea), Is.EqualTo((0x1000UL, available, used)));
    }

    // Each area of each size, byte by byte around the last address at which it fits into RAM. RAM may also end with the last
    // address that there is.
    [Test]
    [Rule("SPLIT-01", "PACK-18", "H-41", "H-42")]
    [Category("Exhaustive")]
    public void Area_EachSizeAndPositionAtEndOfRam_FitsOrIsRefused([Values] bool packed, [Values(0, 1, 2)] int area, [Values] bool topOfAddresses)
    {
        var ram = new GuestRam(RamSize, topOfAddresses ? unchecked(0UL - RamSize) : 0x4000_0000);
        // Only the descriptor ring's size depends on the queue's, and any size is allowed.
        var sizes = !packed ? Enumerable.Range(0, 16).Select(x => 1 << x) : area == 0 ? Enumerable.Range(1, 32768) : new[] { 1, 32768 };
        foreach(var size in sizes)
        {
            var bytes = packed ? new[] { 16 * size, 4, 4 }[area] : new[] { 16 * size, 6 + 2 * size, 6 + 8 * size }[area];
            var alignment = packed ? new[] { 16, 4, 4 }[area] : new[] { 16, 2, 4 }[area];
            for(var offset = RamSize - bytes - 20; offset < RamSize - bytes + 20; offset++)
            {
                QueueFault? expected = offset % alignment != 0 ? QueueFault.MisalignedArea : offset + bytes > RamSize ? QueueFault.AreaOutsideRam : null;
                var areas = new[] { ram.Base, ram.Base, ram.Base };
                areas[area] = unchecked(ram.Base + (uint)offset);
                var queue = Virtqueue.Create(ram, 0, new QueueLayout((ushort)size, areas[0], areas[1], areas[2]), packed ? Packed : default);
                if(queue.Error?.Fault != expected)
                {
                    Assert.Fail($"size {size}, {offset - (RamSize - bytes)} bytes above the last place: {queue.Error}, not {expected}");
                }
            }
        }
    }

    [TestCase(0xFFFF_FFFF_FFFF_FFF0UL)]
    [TestCase(0x0UL)]
    [TestCase(0x3FFF_FFF0UL)]
    [TestCase(0x1000_0000UL)]
    [Rule("H-42")]
    public void Area_OutsideRam_IsRefusedAndNeverTouched(ulong address)
    {
        foreach(var features in new[] { Packed, default })
        {
            for(var area = 0; area < 3; area++)
            {
                var areas = new[] { Place, Place + 0x10_0000, Place + 0x20_0000 };
                areas[area] = address;
                var queue = Virtqueue.Create(Ram, 0, new QueueLayout(256, areas[0], areas[1], areas[2]), features);
                var accesses = Ram.Accesses;

                Assert.That(queue.Error?.Fault, Is.EqualTo(QueueFault.AreaOutsideRam));
                Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Failed));
                Assert.That(queue.EnableNotifications() || queue.Publish(), Is.False);
                Assert.That(Ram.Accesses, Is.EqualTo(accesses));
            }
        }
    }

    [Test]
    [Rule("H-44")]
    public void Area_AtAddressZero_IsRamLikeAny([Values] bool packed)
    {
        var ram = new GuestRam(1 << 16, baseAddress: 0);

        var queue = Virtqueue.Create(ram, 0, new QueueLayout(8, 0, 0x1000, 0x2000), packed ? Packed : default);

        Assert.That(queue.Error, Is.Null);
        Assert.That(queue.TryPop(out _), Is.EqualTo(PopResult.Empty));
    }

    [Test]
    [Rule("H-11", "H-42")]
    public void SplitArea_RamEndsAtTopOfAddressSpace_Works()
    {
        // The last byte of the queue is the last byte that an address can name.
        var ram = new GuestRam(0x1000, unchecked(0UL - 0x1000));
        var table = unchecked(0UL - 0x1000);
        var queue = new SplitVirtqueue(ram, 0, new QueueLayout(8, table + 0x800, table + 0x700, table + 0xF00), default);
        ram.Write64(table + 0x800, ulong.MaxValue);
        ram.Write32(table + 0x808, 1);
        ram.Write16(table + 0x702, 1);

        Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain), queue.Error?.ToString());
        Assert.That(queue.Readable(chain)[0].Address, Is.EqualTo(ulong.MaxValue));
        queue.Push(chain, 0);
        Assert.That(queue.Publish(), Is.True);
    }

    [Test]
    [Rule("H-11", "H-42")]
    public void PackedArea_RamEndsAtTopOfAddressSpace_Works()
    {
        var ram = new GuestRam(0x1000, unchecked(0UL - 0x1000));
        var ring = unchecked(0UL - 0x30);
        var queue = Virtqueue.Create(ram, 0, new QueueLayout(3, ring, ring - 4, ring - 8), Packed);
        for(var i = 0U; i < 3; i++)
        {
            ram.Write64(ring + 16 * i, ulong.MaxValue);
            ram.Write32(ring + 16 * i + 8, 1);
            ram.Write16(ring + 16 * i + 14, (ushort)(RingLayout.DescAvail | (i < 2 ? RingLayout.DescNext : 0)));
        }

        Assert.That(queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain), queue.Error?.ToString());
        Assert.That(queue.Readable(chain)[2].Address, Is.EqualTo(ulong.MaxValue));
        queue.Push(chain, 0);
        Assert.That(queue.Publish(), Is.True);
    }

    private GuestRam Ram { get; } = new(RamBytes);

    private ulong Place => Ram.Base + 0x1000;

    private static readonly FeatureSet Packed = new FeatureSet().With(Feature.RingPacked);

    private const int RamBytes = 1 << 22;
    private const int RamSize = 1 << 20;
}
