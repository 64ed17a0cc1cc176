// renode-virtio-net, MIT licence: see LICENSE.
// What a node's machine and device have counted. A measurement is the difference between two of these.

using System.Globalization;
using VirtioNet.Net;

namespace VirtioNet.Lab;

/// <summary>Counters of a node at one moment, or the difference of two moments.</summary>
public sealed record NodeCounts(long Sent, long Received, long Interrupts, long Notifications, IReadOnlyDictionary<string, long> Drops)
{
    public static NodeCounts Of(Node node)
    {
        return Of(node.Machine.Device.Counters) with { Interrupts = node.Machine.Interrupts, Notifications = node.Notifications };
    }

    /// <summary>Of a device that a QEMU guest drives: its interrupts and notifications are not counted.</summary>
    public static NodeCounts Of(NetCounters counters)
    {
        return new NodeCounts((long)counters.TxFrames, (long)counters.RxFrames, 0, 0, ReadDrops(counters));
    }

    public NodeCounts Since(NodeCounts earlier)
    {
        return new NodeCounts(Sent - earlier.Sent, Received - earlier.Received,
            Interrupts - earlier.Interrupts, Notifications - earlier.Notifications,
            Drops.ToDictionary(drop => drop.Key, drop => drop.Value - earlier.Drops[drop.Key]));
    }

    /// <summary>Frames dropped, for whatever reason.</summary>
    public long Dropped => Drops.Values.Sum();

    /// <summary>The reasons, as "RxDropOverruns 2816"; "0" if nothing was dropped.</summary>
    public string DropText => Dropped == 0
        ? "0"
        : string.Join(", ", Drops.Where(drop => drop.Value != 0).Select(drop => $"{drop.Key} {drop.Value}"));

    public static string PerFrame(long count, long frames)
    {
        return frames == 0 ? "-" : (count / (double)frames).ToString("0.0000", CultureInfo.InvariantCulture);
    }

    // Found by name, so that a counter which the device gets later shows here without a change.
    private static Dictionary<string, long> ReadDrops(NetCounters counters)
    {
        return typeof(NetCounters).GetProperties()
            .Where(property => property.Name.Contains("Drop", StringComparison.Ordinal))
            .ToDictionary(property => property.Name, property => Convert.ToInt64(property.GetValue(counters), CultureInfo.InvariantCulture));
    }
}
