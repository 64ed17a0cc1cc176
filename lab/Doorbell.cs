// Whether the driver notified the device. virtio v1.4-cs01: 2.7.7.1 "used buffer notification suppression"
// and 2.7.10 "Available Buffer Notification Suppression".

using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Lab;

/// <summary>
/// What the device asked for before the driver made buffers available. The driver model rings the doorbell
/// inside of its own calls, so the lab reads the same words before and decides by the same rule.
/// </summary>
public readonly record struct Doorbell(SplitRing Ring, ushort Available, ushort AvailEvent, bool EventIdx)
{
    public static Doorbell Watch(SplitRing ring, FeatureSet features)
    {
        return new Doorbell(ring, ring.AvailableIndex, ring.AvailEvent, features.Has(Feature.EventIdx));
    }

    /// <summary>True if what was made available since then was notified.</summary>
    public bool HasRung
    {
        get
        {
            var now = Ring.AvailableIndex;
            if(now == Available)
            {
                return false;
            }
            return EventIdx
                ? unchecked((ushort)(now - AvailEvent - 1) < (ushort)(now - Available))
                : (Ring.UsedFlags & UsedNoNotify) == 0;
        }
    }

    // VIRTQ_USED_F_NO_NOTIFY.
    private const int UsedNoNotify = 1;
}
