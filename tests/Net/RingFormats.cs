// renode-virtio-net, MIT licence: see LICENSE.
// The base of fixtures that run over split rings and over packed ones: tests of frames do not depend on the ring's format.

using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

/// <summary>A fixture whose cards and drivers have rings of one format.</summary>
public abstract class RingFormats(bool packed)
{
    /// <summary>A driver that is not started yet, with a card that offers the format.</summary>
    private protected RawDriver MakeDriver(GuestRam? ram = null, int queueSize = 256, int queuePairs = 1, string features = "")
    {
        return new RawDriver(new PciMachine(ram, queueSize: queueSize, queuePairs: queuePairs, features: (packed ? "+RING_PACKED " : "") + features), packed: packed);
    }

    private protected bool UsesPackedRings => packed;

    /// <summary>
    /// Address of the field by which the device asks for a notification with EVENT_IDX: avail_event, or desc of the device
    /// event suppression structure.
    /// </summary>
    private protected static ulong AvailEvent(IDriverRing ring)
    {
        return ring is SplitRing
            ? ring.DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * ring.Size)
            : ring.DeviceArea + RingLayout.EventDesc;
    }
}
