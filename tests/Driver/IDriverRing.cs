// renode-virtio-net, MIT licence: see LICENSE.
// A virtqueue as its driver uses it, whatever the ring format. virtio v1.4-cs01: 2.6 "Virtqueues".

namespace VirtioNet.Driver;

/// <summary>A buffer that the driver describes to the device: one descriptor.</summary>
public readonly record struct Piece(ulong Address, uint Length, bool Writable);

/// <summary>A chain that the device has used: the id that <see cref="IDriverRing.Add"/> returned, and the bytes written.</summary>
public readonly record struct Used(ushort Head, uint Length);

/// <summary>The driver's half of a split or a packed queue.</summary>
public interface IDriverRing
{
    /// <summary>Describes a chain and makes it available. The device is not notified yet. Returns the chain's id.</summary>
    ushort Add(params Piece[] pieces);

    /// <summary>The same with an indirect table, which takes one descriptor of the ring.</summary>
    ushort AddIndirect(params Piece[] pieces);

    /// <summary>Takes the next used chain, if there is one, and frees its descriptors.</summary>
    bool TryTakeUsed(out Used used);

    /// <summary>True if the device wants a notification for what was added since this was asked last.</summary>
    bool DeviceWantsNotification();

    /// <summary>
    /// Whether the driver wants used buffer notifications. With EVENT_IDX, true asks for one when the next chain is used that
    /// <see cref="TryTakeUsed"/> has not taken, and each call that takes one asks again.
    /// </summary>
    bool WantsNotifications { get; set; }

    /// <summary>The RAM that the ring is in. After a snapshot was loaded into another machine, a test sets that one's.</summary>
    DriverMemory Memory { get; set; }

    /// <summary>Index of the queue.</summary>
    int Index { get; }

    /// <summary>Size in descriptors.</summary>
    int Size { get; }

    /// <summary>Used chains that the device has shown so far, whether they were taken or not. Wrong with IN_ORDER.</summary>
    int UsedCount { get; }

    /// <summary>Descriptors that no chain of the device uses.</summary>
    int FreeDescriptors { get; }

    ulong DescriptorArea { get; }

    ulong DriverArea { get; }

    ulong DeviceArea { get; }
}
