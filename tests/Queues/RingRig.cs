// renode-virtio-net, MIT licence: see LICENSE.
// Driver and device of one virtqueue of either format, for what both formats have in common.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

/// <summary>The driver's ring and the device's queue over the same guest RAM.</summary>
internal sealed class RingRig
{
    public RingRig(bool packed, int size = 8, FeatureSet features = default, GuestRam? ram = null)
    {
        Ram = ram ?? new GuestRam(1 << 16);
        features = packed ? features.With(Feature.RingPacked) : features;
        Ring = packed ? new PackedRing(Ram, 0, size, features) : new SplitRing(Ram, 0, size, features);
        Queue = Virtqueue.Create(Ram, 0, new QueueLayout((ushort)size, Ring.DescriptorArea, Ring.DriverArea, Ring.DeviceArea), features);
        Buffer = Ram.Allocate(0x100);
    }

    /// <summary>Makes so many device-readable buffers available, each one descriptor.</summary>
    public ushort[] Offer(int count) => Enumerable.Range(0, count).Select(x => Ring.Add(new Piece(Buffer, 4, false))).ToArray();

    /// <summary>Makes one device-writable buffer available.</summary>
    public ushort OfferWritable(uint length) => Ring.Add(new Piece(Buffer, length, true));

    /// <summary>Pops a chain that must be there.</summary>
    public DescriptorChain Pop()
    {
        Assert.That(Queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain), Queue.Error?.ToString());
        return chain;
    }

    /// <summary>Pops so many chains and pushes them, nothing written.</summary>
    public void Push(int count)
    {
        for(var i = 0; i < count; i++)
        {
            Queue.Push(Pop(), 0);
        }
    }

    /// <summary>Takes every used chain that the driver sees.</summary>
    public Used[] TakeAll()
    {
        var all = new List<Used>();
        while(Ring.TryTakeUsed(out var used))
        {
            all.Add(used);
        }
        return all.ToArray();
    }

    /// <summary>Publishes, and counts the used elements that the device has written for it.</summary>
    public int CountPublished()
    {
        var at = Ring is PackedRing ? Ring.DescriptorArea : Ring.DeviceArea + RingLayout.RingEntries;
        var stride = Ring is PackedRing ? RingLayout.DescriptorSize : RingLayout.UsedEntrySize;
        if(Ring is SplitRing)
        {
            // Elements of the lap before could be equal to those that are written now.
            Ram.At(at, stride * Queue.Size).Fill(0xFF);
        }
        var before = Ram.At(at, stride * Queue.Size).ToArray();
        Queue.Publish();
        var after = Ram.At(at, stride * Queue.Size).ToArray();
        return Enumerable.Range(0, Queue.Size).Count(x => !before.AsSpan(stride * x, stride).SequenceEqual(after.AsSpan(stride * x, stride)));
    }

    /// <summary>Moves so many buffers from the driver to the device and back, one by one.</summary>
    public void Cycle(int count)
    {
        for(var i = 0; i < count; i++)
        {
            Offer(1);
            Push(1);
            Queue.Publish();
            TakeAll();
        }
    }

    public GuestRam Ram { get; }

    public IDriverRing Ring { get; }

    public Virtqueue Queue { get; }

    /// <summary>256 bytes for the driver.</summary>
    public ulong Buffer { get; }

    public static readonly FeatureSet InOrder = new FeatureSet().With(Feature.InOrder);
}
