// renode-virtio-net, MIT licence: see LICENSE.
// Tests of frames say nothing of the ring's format, so they run over both.

using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

/// <summary>A fixture whose cards and drivers have rings of one format.</summary>
public abstract class RingFormats(bool packed)
{
    /// <summary>A driver that is not started yet, with a card that offers the format.</summary>
    private protected RawDriver MakeDriver(GuestRam? ram = null, int queueSize = 256)
    {
        return new RawDriver(new PciMachine(ram, queueSize: queueSize, features: packed ? "+RING_PACKED" : ""), packed: packed);
    }

    private protected bool UsesPackedRings => packed;

    /// <summary>Where the device writes which available chain it wants to hear of, with EVENT_IDX.</summary>
    private protected static ulong AvailEvent(IDriverRing ring)
    {
        return ring is SplitRing
            ? ring.DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * ring.Size)
            : ring.DeviceArea + RingLayout.EventDesc;
    }
}
