// renode-virtio-net, MIT licence: see LICENSE.
// Driver and device of one packed virtqueue, with no card around it.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

/// <summary>The driver's ring and the device's queue over the same guest RAM.</summary>
internal sealed class PackedRig
{
    public PackedRig(int size = 8, FeatureSet features = default, GuestRam? ram = null)
    {
        Ram = ram ?? new GuestRam();
        features = features.With(Feature.RingPacked);
        Ring = new PackedRing(Ram, 0, size, features);
        Queue = Virtqueue.Create(Ram, 0, new QueueLayout((ushort)size, Ring.DescriptorArea, Ring.DriverArea, Ring.DeviceArea), features);
        Buffer = Ram.Allocate(0x100);
    }

    /// <summary>Writes a descriptor at a slot, available on the driver's lap, as it is given.</summary>
    public void Describe(int slot, ulong address, uint length, int flags = 0, int id = 0)
    {
        Ring.WriteDescriptor(Ring.DescriptorArea, slot, address, length, (ushort)id, (ushort)(flags | Ring.AvailableFlags));
    }

    /// <summary>Makes one small device-readable buffer available.</summary>
    public ushort Offer() => Ring.Add(new Piece(Buffer, 4, false));

    /// <summary>Pops a chain that must be there.</summary>
    public DescriptorChain Pop()
    {
        Assert.That(Queue.TryPop(out var chain), Is.EqualTo(PopResult.Chain), Queue.Error?.ToString());
        return chain;
    }

    /// <summary>Pops and tells why that failed; null if it did not.</summary>
    public QueueFault? Fault()
    {
        var result = Queue.TryPop(out _);
        Assert.That(result == PopResult.Failed, Is.EqualTo(Queue.Error != null), "Failed and Error go together");
        return Queue.Error?.Fault;
    }

    /// <summary>Takes a used chain that must be there.</summary>
    public Used TakeUsed()
    {
        Assert.That(Ring.TryTakeUsed(out var used), Is.True, "nothing is used");
        return used;
    }

    /// <summary>Moves so many buffers from the driver to the device and back.</summary>
    public void Cycle(int count)
    {
        for(var i = 0; i < count; i++)
        {
            Offer();
            Queue.Push(Pop(), 0);
            Queue.Publish();
            TakeUsed();
        }
    }

    /// <summary>Address of a field of a descriptor of the ring.</summary>
    public ulong At(int slot, int field) => Ring.DescriptorArea + (uint)(RingLayout.DescriptorSize * slot + field);

    public GuestRam Ram { get; }

    public PackedRing Ring { get; }

    public Virtqueue Queue { get; }

    /// <summary>256 bytes for the driver.</summary>
    public ulong Buffer { get; }
}
