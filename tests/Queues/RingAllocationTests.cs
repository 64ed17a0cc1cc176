// renode-virtio-net, MIT licence: see LICENSE.
// To pop, push and publish chains allocates nothing, once the queue has memory for as many as are in flight at a time.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class RingAllocationTests
{
    [Test]
    public void Chain_FromPopToPublication_AllocatesNothing([Values] bool packed, [Values] bool eventIdx, [Values] bool inOrder, [Values] bool indirect)
    {
        var features = QueueRig.Indirect | (eventIdx ? QueueRig.EventIdx : default) | (inOrder ? RingRig.InOrder : default);
        var rig = new RingRig(packed, 16, features);
        var pieces = new[] { new Piece(rig.Buffer, 12, false), new Piece(rig.Buffer, 100, false), new Piece(rig.Buffer, 1, true) };
        var allocating = 0;
        var bytes = 0L;
        for(var i = 0; i < Warmup + Count; i++)
        {
            for(var batch = 0; batch < 4; batch++)
            {
                _ = indirect ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
            }
            var before = GC.GetAllocatedBytesForCurrentThread();
            while(rig.Queue.TryPop(out var chain) == VirtioNet.Queues.PopResult.Chain)
            {
                rig.Queue.PutBack(chain);
                rig.Queue.TryPop(out chain);
                rig.Queue.Push(chain, 1);
            }
            rig.Queue.EnableNotifications();
            rig.Queue.Publish();
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            allocating += i >= Warmup && allocated != 0 ? 1 : 0;
            bytes += i >= Warmup ? allocated : 0;
            Assert.That(rig.TakeAll(), Has.Length.EqualTo(4));
        }

        // The runtime may compile a method anew at any time, and allocate for it.
        Assert.That(allocating, Is.LessThan(Count / 10));
        Assert.That(bytes, Is.LessThan(Count * 4 * pieces.Length * sizeof(ulong)), "the queue keeps what belongs to chains that are no longer in flight");
    }

    private const int Warmup = 200;
    private const int Count = 2000;
}
