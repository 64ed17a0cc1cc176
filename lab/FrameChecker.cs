// renode-virtio-net, MIT licence: see LICENSE.
// Checks each frame that the receiver gets in a throughput run.

namespace VirtioNet.Lab;

/// <summary>Compares what arrives with what was sent, byte for byte and in order.</summary>
public sealed class FrameChecker
{
    public FrameChecker(TestFrames expected)
    {
        this.expected = expected;
    }

    public void Check(byte[] received)
    {
        var sequence = TestFrames.SequenceOf(received);
        if(sequence < 0 || !received.AsSpan().SequenceEqual(expected.Make(sequence)))
        {
            Corrupted++;
            return;
        }
        // A number higher than expected is a gap, which shows as loss. A lower one came late or twice.
        if(sequence < next)
        {
            OutOfOrder++;
            return;
        }
        Good++;
        next = sequence + 1;
    }

    /// <summary>Frames that are as sent, with a higher number than all before.</summary>
    public long Good { get; private set; }

    /// <summary>Frames that came late or twice.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Frames that are not as sent.</summary>
    public long Corrupted { get; private set; }

    private long next;
    private readonly TestFrames expected;
}
