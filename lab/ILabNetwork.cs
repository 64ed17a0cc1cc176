// renode-virtio-net, MIT licence: see LICENSE.
// What a command prints at the end of a run, whether its nodes are driver models or QEMU guests.

namespace VirtioNet.Lab;

/// <summary>Nodes on a switch. Dispose switches them off and closes the capture.</summary>
public interface ILabNetwork : IDisposable
{
    /// <summary>What devices complained of: misuse by the driver, or that they parked themselves. It should be nothing.</summary>
    IEnumerable<string> Complaints { get; }

    /// <summary>Why devices have dropped frames, which need not be a fault: each reason once, with the first such frame.</summary>
    IEnumerable<string> Remarks { get; }

    /// <summary>Where the capture is, or null.</summary>
    string? CapturePath { get; }

    /// <summary>Frames in the capture, and frames that were seen: a capture with a limit does not hold all.</summary>
    (long Written, long Seen) Captured { get; }
}
