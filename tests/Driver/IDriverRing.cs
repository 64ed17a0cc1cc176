// renode-virtio-net, MIT licence: see LICENSE.
// A virtqueue as its driver uses it, whatever the ring format. virtio v1.4-cs01: 2.6 "Virtqueues".

namespace VirtioNet.Driver;

/// <summary>A buffer that the driver describes to the device: one descriptor.</summary>
public readonly record struct Piece(ulong Address, uint Length, bool Writable);

/// <summary>What the device has returned: the id that <see cref="IDriverRing.Add"/> gave, and the bytes written.</summary>
public readonly record struct Used(ushort Head, uint Length);

/// <summary>The driver's half of a split or a packed queue.</summary>
public interface IDriverRing
{
    /// <summary>Describes a chain and makes it available. The device is not notified yet. Returns the chain's id.</summary>
    ushort Add(params Piece[] pieces);

    /// <summary>Describes a chain by a table of its own, and makes it available.</summary>
    ushort AddIndirect(params Piece[] pieces);

    /// <summary>Takes the next used chain, if there is one, and frees its descriptors.</summary>
    bool TryTakeUsed(out Used used);

    /// <summary>True if the device wants a notification for what was added since this was asked last.</summary>
    bool DeviceWantsNotification();

    /// <summary>
    /// Whether the driver wants used buffer notifications. With EVENT_IDX, true asks for the next one that
    /// <see cref="TryTakeUsed"/> has not seen yet, and is asked again by each of its calls.
    /// </summary>
    bool WantsNotifications { get; set; }

    /// <summary>Where the ring is; another machine's after a snapshot was loaded.</summary>
    DriverMemory Memory { get; set; }

    /// <summary>Index of the queue.</summary>
    int Index { get; }

    /// <summary>Size in descriptors.</summary>
    int Size { get; }

    /// <summary>Used chains that the device has shown so far, whether they were taken or not; not with IN_ORDER.</summary>
    int UsedCount { get; }

    /// <summary>Descriptors that are not out.</summary>
    int FreeDescriptors { get; }

    ulong DescriptorArea { get; }

    ulong DriverArea { get; }

    ulong DeviceArea { get; }
}
