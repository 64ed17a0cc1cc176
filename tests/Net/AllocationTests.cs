// renode-virtio-net, MIT licence: see LICENSE.
// Neither a frame that is sent or received nor a repeated misuse allocates memory (invariant I2: nothing grows).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class AllocationTests(bool packed) : RingFormats(packed)
{
    [Test]
    public void Send_Frame_AllocatesNothing([Values(60, 1514)] int length, [Values] bool eventIdx, [Values] bool indirect)
    {
        var driver = Start(eventIdx, false);
        driver.Machine.DropsFrames = true;
        var pieces = Frames.Cut(driver.Ram, RawDriver.Message(Frames.Make(length)), Frames.Cuts[4], false);
        driver.TransmitRing.AddIndirect(pieces);
        driver.Kick(driver.TransmitRing);
        driver.TransmitRing.TryTakeUsed(out _);
        var over = 0;
        for(var i = 0; i < Warmup + Count; i++)
        {
            if(indirect)
            {
                driver.TransmitRing.AddIndirect(pieces);
            }
            else
            {
                driver.TransmitRing.Add(pieces);
            }
            over += Allocates(i, () => driver.Kick(driver.TransmitRing));
            Assert.That(driver.TransmitRing.TryTakeUsed(out _), Is.True);
        }

        Assert.That(driver.Counters.TxFrames, Is.EqualTo(Warmup + Count + 1));
        Assert.That(over, Is.LessThanOrEqualTo(Slack));
    }

    [Test]
    public void Send_LeftToTheDevice_AllocatesNothing([Values(NetLayout.GsoNone, NetLayout.GsoTcp4, NetLayout.GsoUdp)] byte type)
    {
        var driver = MakeDriver().Start(OffloadTests.Everything);
        driver.Machine.DropsFrames = true;
        var packets = new OffloadPackets(false, type == NetLayout.GsoTcp4);
        var message = packets.Message(packets.Make(4000), type, 1448);
        var buffer = driver.Ram.Allocate(message.Length);
        driver.Ram.Write(buffer, message);
        var over = 0;
        for(var i = 0; i < Warmup + Count; i++)
        {
            driver.TransmitRing.Add(new Piece(buffer, (uint)message.Length, false));
            over += Allocates(i, () => driver.Kick(driver.TransmitRing));
            Assert.That(driver.TransmitRing.TryTakeUsed(out _), Is.True);
        }

        Assert.That(driver.Counters.TxFrames, Is.EqualTo((type == NetLayout.GsoNone ? 1 : 3) * (Warmup + Count)));
        Assert.That(over, Is.LessThanOrEqualTo(Slack));
    }

    [Test]
    public void Receive_Frame_AllocatesNothing([Values(60, 1514)] int length, [Values] bool mergeable, [Values] bool eventIdx)
    {
        var driver = Start(eventIdx, mergeable);
        var frame = new Packet(Frames.Make(length));
        var buffers = Enumerable.Range(0, mergeable ? 8 : 1).Select(x => new Piece(driver.Ram.Allocate(2048), mergeable ? 200U : 2048U, true)).ToArray();
        var over = 0;
        for(var i = 0; i < Warmup + Count; i++)
        {
            // Without the last buffer the frame does not fit and waits; a kick delivers it.
            var needed = mergeable ? (length + 12 + 199) / 200 : 1;
            for(var buffer = 0; buffer < needed - 1; buffer++)
            {
                driver.ReceiveRing.Add(buffers[buffer]);
            }
            over += Allocates(i, () => driver.Machine.Device.Receive(frame));
            driver.ReceiveRing.Add(buffers[needed - 1]);
            over += Allocates(i, () => driver.Kick(driver.ReceiveRing));
            for(var buffer = 0; buffer < needed; buffer++)
            {
                Assert.That(driver.ReceiveRing.TryTakeUsed(out _), Is.True);
            }
        }

        Assert.That(driver.Counters.RxFrames, Is.EqualTo(Warmup + Count));
        Assert.That(over, Is.LessThanOrEqualTo(Slack));
    }

    [Test]
    public void Misuse_Repeated_AllocatesNothing()
    {
        var driver = Start(true, true);
        driver.TransmitRing.Add(new Piece(0, 100, false));
        driver.Kick(driver.TransmitRing);
        var over = 0;
        for(var i = 0; i < Warmup + Count; i++)
        {
            over += Allocates(i, () => driver.Machine.Card.Transport.Notify(1));
            driver.Machine.Misuses.Clear();
        }
        Assert.That(over, Is.LessThanOrEqualTo(Slack));
    }

    // 1 if the action allocates anything, once the code is warm.
    private static int Allocates(int round, Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return round >= Warmup && allocated != 0 ? 1 : 0;
    }

    private RawDriver Start(bool eventIdx, bool mergeable)
    {
        var features = eventIdx ? NetDriver.AllFeatures : NetDriver.AllFeatures.Without(Feature.EventIdx);
        return MakeDriver().Start(mergeable ? features : features.Without(Feature.MrgRxbuf));
    }

    private const int Warmup = 1000;
    private const int Count = 10_000;
    // If another thread starts a garbage collection meanwhile, this thread loses the memory that the runtime had set aside for
    // it, and the runtime counts that as allocated. So a few rounds may seem to allocate.
    private const int Slack = Count / 1000;
}
