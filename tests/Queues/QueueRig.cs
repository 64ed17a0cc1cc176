// renode-virtio-net, MIT licence: see LICENSE.
// Driver and device of one split virtqueue, with no card around it.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

/// <summary>The driver's ring and the device's queue over the same guest RAM.</summary>
internal sealed class QueueRig
{
    public QueueRig(int size = 8, FeatureSet features = default, GuestRam? ram = null)
    {
        Ram = ram ?? new GuestRam();
        Ring = new SplitRing(Ram, 0, size, features);
        Queue = new SplitVirtqueue(Ram, 0, new QueueLayout((ushort)size, Ring.DescriptorArea, Ring.DriverArea, Ring.DeviceArea), features);
        Buffer = Ram.Allocate(0x100);
    }

    /// <summary>Writes a descriptor of the table as it is given.</summary>
    public void Describe(int index, ulong address, uint length, int flags = 0, int next = 0)
    {
        Ring.WriteDescriptor(Ring.DescriptorArea, index, address, length, (ushort)flags, (ushort)next);
    }

    /// <summary>Makes one small device-readable buffer available.</summary>
    public ushort Offer() => Ring.Add(new Piece(Buffer, 4, false));

    /// <summary>Pops a chain that must be there.</summary>
    public DescriptorChain Pop()
    {
        Assert.That(Queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain), Queue.Error?.ToString());
        return chain;
    }

    /// <summary>Offers the head, pops, and tells why that failed.</summary>
    public QueueFault? FaultOf(ushort head)
    {
        Ring.Offer(head);
        return Fault();
    }

    /// <summary>Pops and tells why that failed; null if it did not.</summary>
    public QueueFault? Fault()
    {
        var result = Queue.TryPop(out _);
        Assert.That(result == PopResult.Failed, Is.EqualTo(Queue.Error != null), "Failed and Error go together");
        return Queue.Error?.Fault;
    }

    /// <summary>Moves so many buffers from the driver to the device and back.</summary>
    public void Cycle(int count)
    {
        for(var i = 0; i < count; i++)
        {
            Offer();
            Queue.Push(Pop(), 0);
            Queue.Publish();
            Ring.TryTakeUsed(out _);
        }
    }

    public GuestRam Ram { get; }

    public SplitRing Ring { get; }

    public SplitVirtqueue Queue { get; }

    /// <summary>256 bytes for the driver.</summary>
    public ulong Buffer { get; }

    public static readonly FeatureSet Indirect = new FeatureSet().With(Feature.IndirectDesc);

    public static readonly FeatureSet EventIdx = new FeatureSet().With(Feature.EventIdx);
}
