// renode-virtio-net, MIT licence: see LICENSE.
// One direction of a throughput measurement.

using System.Diagnostics;

namespace VirtioNet.Lab;

/// <summary>The result of one direction. Size is in bytes a frame; the counts are of this direction only.</summary>
public sealed record ThroughputResult(string Direction, long Sent, int Size, double Seconds, FrameChecker Checker, NodeCounts Sender, NodeCounts Receiver)
{
    /// <summary>True if every frame came, once, in order and unchanged.</summary>
    public bool IsClean => Checker.Good == Sent && Checker.OutOfOrder == 0 && Checker.Corrupted == 0;

    /// <summary>Frames that did not come, or came changed.</summary>
    public long Lost => Sent - Checker.Good;
}

/// <summary>Sends bursts, and lets the network deliver and the receiver run after each.</summary>
internal sealed class ThroughputRun(LabNetwork network, Node sender, Node receiver)
{
    /// <summary>Runs it; <paramref name="progress"/> is called after every burst with the frames in it.</summary>
    public ThroughputResult Run(long frames, int size, int burst, Action<int> progress)
    {
        var made = new TestFrames(sender.Mac, receiver.Mac, size);
        // The checker makes its own frames: it shares no state with the sender's, so a fault in one cannot be hidden by the other.
        var checker = new FrameChecker(new TestFrames(sender.Mac, receiver.Mac, size));
        receiver.Received = checker.Check;
        sender.Received = null;
        var senderBefore = NodeCounts.Of(sender);
        var receiverBefore = NodeCounts.Of(receiver);
        var start = Stopwatch.GetTimestamp();
        var sent = 0L;
        while(sent < frames)
        {
            var count = SendBurst(made, sent, (int)Math.Min(burst, frames - sent));
            network.Settle();
            if(count == 0)
            {
                // The queue stays full though all work is done: what is missing counts as lost.
                sent = frames;
                break;
            }
            sent += count;
            progress(count);
        }
        return new ThroughputResult($"{sender.Name} to {receiver.Name}", sent, size, Stopwatch.GetElapsedTime(start).TotalSeconds,
            checker, NodeCounts.Of(sender).Since(senderBefore), NodeCounts.Of(receiver).Since(receiverBefore));
    }

    private int SendBurst(TestFrames made, long first, int count)
    {
        for(var i = 0; i < count; i++)
        {
            if(!sender.TrySend(made.Make(first + i)))
            {
                return i;
            }
        }
        return count;
    }
}
