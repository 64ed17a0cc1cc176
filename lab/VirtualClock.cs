// renode-virtio-net, MIT licence: see LICENSE.
// The lab's time: it passes by what happens, never by the host's clock, so a run can be repeated exactly.

namespace VirtioNet.Lab;

/// <summary>Virtual nanoseconds since the lab was switched on.</summary>
public sealed class VirtualClock
{
    /// <summary>Lets a frame's time on a wire of 1 Gbit/s pass.</summary>
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
