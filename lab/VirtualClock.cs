// renode-virtio-net, MIT licence: see LICENSE.
// The lab's time. What happens in the lab advances it, never the host's clock, so a run can be repeated exactly.

namespace VirtioNet.Lab;

/// <summary>Virtual nanoseconds since the lab was switched on.</summary>
public sealed class VirtualClock
{
    /// <summary>Advances by the time that a frame of so many bytes takes on a wire of 1 Gbit/s.</summary>
    public void AdvanceByFrame(int length)
    {
        Nanoseconds += (length + EthernetOverhead) * NanosecondsPerByte;
    }

    public void Advance(long nanoseconds)
    {
        Nanoseconds += nanoseconds;
    }

    public long Nanoseconds { get; private set; }

    public const long OneSecond = 1_000_000_000;

    // Preamble 8, check sequence 4, gap 12.
    private const int EthernetOverhead = 24;
    private const int NanosecondsPerByte = 8;
}
