// renode-virtio-net, MIT licence: see LICENSE.
// Bounds on the work that a front end or a guest can cause at once, and on the memory that it can make a back end keep.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Spec;
using VirtioNet.Wire;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.VhostUser;

[NonParallelizable]
public sealed class BoundTests
{
    // All rings are full of large frames and are kicked at once: what finds no room in the outbox stays in its ring until the
    // frames before it have left.
    [Test]
    [Rule("H-55", "F-10")]
    public void Kicks_OfManyFullRings_MakeNoMoreThanTheOutboxHolds()
    {
        using var rig = new BackendRig(queuePairs: Pairs);
        using var transport = new VhostUserDriver(rig.Path);
        using var held = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var rings = StartPairs(transport);
        var frame = transport.Ram.Allocate(FrameLength + 12);
        var (left, mostAhead) = (0, 0);
        rig.OnSend = () =>
        {
            if(!held.IsSet)
            {
                held.Set();
                release.Wait(FrontEnd.Limit);
                return;
            }
            mostAhead = Math.Max(mostAhead, rings.Sum(x => x.UsedIndex) - left++);
        };
        // The back end's thread is held while it hands over this first frame, so that it finds all the rings full afterwards.
        var first = transport.SetupRing(1, RingSize);
        first.Add(new Piece(frame, 112, false));
        Linux.Signal(transport.Kick(1));
        Assert.That(held.Wait(FrontEnd.Limit), Is.True);
        rings.ForEach(x => Fill(x, frame));
        rings.ForEach(x => Linux.Signal(transport.Kick(x.Index)));
        release.Set();
        rig.WaitForFrames(1 + rings.Count * RingSize);
        Assert.That(mostAhead, Is.EqualTo(Batch));
        Assert.That(rings.Sum(x => x.UsedIndex), Is.EqualTo(rings.Count * RingSize));
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Messages_WhileRingsAreFull_AreHeardInBetween()
    {
        using var rig = new BackendRig(queuePairs: Pairs);
        using var transport = new VhostUserDriver(rig.Path);
        var rings = StartPairs(transport);
        var frame = transport.Ram.Allocate(FrameLength + 12);
        rings.ForEach(x => Fill(x, frame));
        var answered = -1;
        rig.OnSend = () =>
        {
            if(rig.Sent.Count == 0)
            {
                // The thread is busy with the first ring.
                transport.FrontEnd.Send(Request.GetFeatures, default);
                rings.ForEach(x => Linux.Signal(transport.Kick(x.Index)));
            }
            if(answered < 0 && transport.FrontEnd.Socket.Available > 0)
            {
                answered = rig.Sent.Count;
            }
        };
        Linux.Signal(transport.Kick(rings[0].Index));
        rig.WaitForFrames(rings.Count * RingSize);
        Assert.That(answered, Is.EqualTo(Batch));
    }

    [Test]
    [Rule("H-49")]
    public void Frames_ForNobody_AreDroppedAndNotKept()
    {
        using var rig = new BackendRig();
        var frame = new Packet(Frames.Make(1500, 1));
        rig.Backend.Receive(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for(var i = 0; i < 100_000; i++)
        {
            rig.Backend.Receive(frame);
        }
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1000));
        Assert.That(rig.Backend.Counters.RxDropNotReady, Is.EqualTo(100_001));
    }

    [Test]
    [Rule("H-80")]
    public void Frames_ForADriverThatOffersNoBuffers_AreBounded_AndForgottenWithTheConnection()
    {
        using var rig = new BackendRig();
        using(var transport = new VhostUserDriver(rig.Path))
        {
            transport.Probe();
            transport.Negotiate(TrafficTests.Wanted(false, true, false));
            transport.SetupRing(0, 16);
            transport.Status = DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
            for(var i = 0; i < 10_000; i++)
            {
                rig.Backend.Receive(new byte[1500]);
            }
            Assert.That(rig.Backend.Counters.RxDropOverruns, Is.EqualTo(10_000 - ReceiveBacklog.MaxFrames));
        }
        rig.WaitUntil(x => !x.IsConnected, "disconnected");
        Assert.That(rig.Backend.Counters.RxDropNotReady, Is.EqualTo(ReceiveBacklog.MaxFrames));
    }

    [Test]
    public void MemoryTable_SetAThousandTimes_MakesNoRingAnew()
    {
        using var rig = new BackendRig();
        using var ram = new SharedRam(8 << 20);
        using var transport = new VhostUserDriver(rig.Path, ram: ram);
        transport.Probe();
        transport.Negotiate(TrafficTests.Wanted(false, true, false));
        // The back end keeps 256 KiB of state for a ring of this size; a message may not make it allocate that again.
        transport.SetupRing(0, RingLayout.MaxQueueSize);
        transport.SetupRing(1, RingLayout.MaxQueueSize);
        transport.Status = DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
        transport.FrontEnd.Settle();
        var before = (Resources.Count(), GC.GetTotalAllocatedBytes(true));
        for(var i = 0; i < 1000; i++)
        {
            transport.ShareMemory();
            transport.FrontEnd.Settle();
        }
        var after = (Resources.Count(), GC.GetTotalAllocatedBytes(true));
        Assert.That(after.Item1, Is.EqualTo(before.Item1));
        Assert.That((after.Item2 - before.Item2) / 1000, Is.LessThan(64 << 10));
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Requests_WhoseRepliesNobodyReads_EndTheConnection()
    {
        using var rig = new BackendRig();
        using var front = new FrontEnd(rig.Path);
        for(var i = 0; i < 100_000 && front.Send(Request.GetFeatures, default); i++)
        {
        }
        rig.WaitForReports(1);
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { FrontEndRules.ReplyNotTaken }));
        rig.WaitUntil(x => !x.IsConnected, "disconnected");
    }

    [Test]
    public void Newcomers_ByTheHundred_AreTurnedAway_AndTheFirstIsServed()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        for(var i = 0; i < 100; i++)
        {
            using var newcomer = new FrontEnd(rig.Path);
            newcomer.WaitForEnd();
            TrafficTests.Exchange(rig, driver, 100 + i);
        }
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(Enumerable.Repeat(FrontEndRules.OneFrontEnd, 100)));
    }

    // O_NONBLOCK belongs to the open file, which both processes share, so a front end can clear it at any time. Here two rings share
    // one kick: the back end reads it for the first ring, and a read for the second would block.
    [Test]
    public void Kick_ThatTheFrontEndMakesBlocking_DoesNotHoldTheThread()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        using var kick = Linux.EventFd();
        transport.FrontEnd.Send(Request.SetVringKick, FrontEnd.Number(0), FrontEnd.Version, kick);
        transport.FrontEnd.Send(Request.SetVringKick, FrontEnd.Number(1), FrontEnd.Version, kick);
        transport.FrontEnd.Settle();
        Linux.SetBlocking(kick, true);
        try
        {
            for(var i = 0; i < 100; i++)
            {
                driver.TransmitRing.Add(new Piece(transport.Ram.Allocate(112), 112, false));
                Linux.Signal(kick);
                rig.WaitForFrames(i + 1);
                transport.FrontEnd.Settle();
                Assert.That(driver.TransmitRing.TryTakeUsed(out _), Is.True);
            }
        }
        finally
        {
            // If the thread is blocked after all, this lets it go on, so that the rig can be disposed of.
            Linux.SetBlocking(kick, false);
            Linux.Signal(kick);
        }
    }

    [Test]
    public void Call_ThatCannotCountFurther_HoldsNobody()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, false), 16);
        Linux.Fill(transport.Call(0));
        Linux.SetBlocking(transport.Call(0), true);
        var receiving = Task.Run(() => rig.Backend.Receive(Frames.Make(100, 1)));
        try
        {
            Assert.That(receiving.Wait(FrontEnd.Limit), Is.True);
        }
        finally
        {
            Linux.Take(transport.Call(0));
        }
        Assert.That(driver.TryReceive(out _), Is.True);
    }

    [Test]
    public void Ring_ThatIsFullEachTime_LeavesOthersTheirTurn()
    {
        using var rig = new BackendRig(queuePairs: Pairs);
        using var transport = new VhostUserDriver(rig.Path);
        var rings = StartPairs(transport);
        var frame = transport.Ram.Allocate(FrameLength + 12);
        var greedy = rings[0];
        Fill(greedy, frame);
        var batches = 0;
        rig.OnSend = () =>
        {
            if(rig.Sent.Count == 0)
            {
                // The other one is kicked while the first batch leaves.
                Linux.Signal(transport.Kick(rings[1].Index));
            }
            // A batch is used before its first frame leaves. The driver fills the ring again at once, so that there is always more
            // than the outbox takes.
            while(greedy.TryTakeUsed(out _))
            {
            }
            if(greedy.FreeDescriptors > 0 && batches < 10)
            {
                batches++;
                Fill(greedy, frame, greedy.FreeDescriptors);
                Linux.Signal(transport.Kick(greedy.Index));
            }
        };
        rings[1].Add(new Piece(frame, 112, false));
        Linux.Signal(transport.Kick(greedy.Index));
        rig.WaitForFrames(10 * Batch);
        lock(rig.Sent)
        {
            Assert.That(rig.Sent.FindIndex(x => x.Length == 100), Is.InRange(Batch, 3 * Batch));
        }
    }

    private static List<SplitRing> StartPairs(VhostUserDriver transport)
    {
        transport.Probe();
        transport.Negotiate(new FeatureSet().With(Feature.Version1).With(Feature.Mq));
        var rings = Enumerable.Range(1, Pairs - 1).Select(x => (SplitRing)transport.SetupRing(2 * x + 1, RingSize)).ToList();
        transport.Status = DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
        transport.FrontEnd.Settle();
        return rings;
    }

    private static void Fill(SplitRing ring, ulong frame, int count = RingSize)
    {
        for(var i = 0; i < count; i++)
        {
            ring.Add(new Piece(frame, FrameLength + 12, false));
        }
    }

    private const int Pairs = 5;
    // A full ring has more bytes than the outbox takes.
    private const int RingSize = 512;
    private const int FrameLength = 16 << 10;
    private const int Batch = PacketOutbox.MaxBytes / FrameLength;
}
