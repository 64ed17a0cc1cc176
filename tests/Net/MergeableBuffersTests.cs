// renode-virtio-net, MIT licence: see LICENSE.
// With VIRTIO_NET_F_MRG_RXBUF the driver sees a frame in several buffers whole or not at all (H-82). virtio v1.4-cs01: 5.1.9.4.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class MergeableBuffersTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("NET-33", "NET-39", "NET-40", "SPLIT-19", "H-30", "H-82", "H-89")]
    public void Receive_FrameOverManyBuffers_FillsEachInTurn([Values(1, 7, 12, 13, 40, 72, 100)] int room)
    {
        var driver = Start();
        var frame = Frames.Make(60);
        var buffers = Enumerable.Range(0, 73).Select(x => driver.OfferReceive(room)).ToArray();
        var needed = (72 + room - 1) / room;

        driver.Machine.Device.Receive(frame);

        var message = RawDriver.Message(frame);
        message[NetLayout.HeaderNumBuffers] = (byte)needed;
        var received = new List<byte>();
        for(var i = 0; i < needed; i++)
        {
            Assert.That(driver.ReceiveRing.TryTakeUsed(out var used), Is.True);
            Assert.That(used.Length, Is.EqualTo(Math.Min(room, 72 - received.Count)));
            received.AddRange(driver.Ram.At(buffers[i], (int)used.Length).ToArray());
            Assert.That(driver.Ram.At(buffers[i], room)[(int)used.Length..].ToArray(), Is.All.EqualTo(RawDriver.Poison));
        }
        Assert.That(received, Is.EqualTo(message));
        Assert.That(driver.ReceiveRing.TryTakeUsed(out _), Is.False, "no buffer more than needed");
    }

    [Test]
    [Rule("NET-40", "NET-41", "H-28", "H-82")]
    public void Receive_NotEnoughBuffers_ConsumesNothingUntilThereAre([Values] bool eventIdx)
    {
        var driver = Start(eventIdx);
        var buffers = new List<ulong>();
        driver.Machine.Device.Receive(Frames.Make(60));
        for(var i = 0; i < 5; i++)
        {
            Assert.That(driver.ReceiveRing.UsedCount, Is.Zero);
            buffers.Add(driver.OfferReceive(15));
            Assert.That(driver.ReceiveRing.DeviceWantsNotification(), Is.True, "the device waits for each");
            driver.Kick(driver.ReceiveRing);
            Assert.That(driver.Machine.WorkPending, Is.False);
        }

        Assert.That(driver.ReceiveRing.UsedCount, Is.EqualTo(5));
        Assert.That(buffers.SelectMany(x => driver.Ram.At(x, 15).ToArray()).Skip(12).Take(60), Is.EqualTo(Frames.Make(60)));
    }

    // The driver has made available as many buffers as the ring holds, and the frame does not fit into all of them. More cannot
    // come, so the device drops the frame instead of waiting.
    [Test]
    [Rule("H-82", "H-80")]
    public void Receive_FrameLargerThanAllBuffersOfAFullRing_IsDropped()
    {
        var driver = Start(size: 4);
        var buffers = Enumerable.Range(0, 4).Select(x => driver.OfferReceive(30)).ToArray();

        driver.Machine.Device.Receive(Frames.Make(109));
        Assert.That((driver.ReceiveRing.UsedCount, driver.Counters.RxDropTooBig), Is.EqualTo((0, 1UL)));
        Assert.That(buffers.SelectMany(x => driver.Ram.At(x, 30).ToArray()), Is.All.EqualTo(RawDriver.Poison));

        driver.Machine.Device.Receive(Frames.Make(108));
        Assert.That((driver.ReceiveRing.UsedCount, driver.NeedsReset), Is.EqualTo((4, false)));
    }

    // To deliver waiting frames the device looks at as many buffers as the queue has descriptors, and defers the rest.
    [Test]
    [Rule("H-55", "H-82")]
    public void Receive_ManyWaitingFramesThatCannotFit_AreWorkedOffInShares()
    {
        var driver = Start(size: 4);
        driver.OfferReceive(30);
        for(var i = 0; i < 100; i++)
        {
            driver.Machine.Device.Receive(Frames.Make(300));
        }
        for(var i = 0; i < 3; i++)
        {
            driver.OfferReceive(30);
        }
        var accesses = driver.Ram.Accesses;
        driver.Kick(driver.ReceiveRing);
        Assert.That(driver.Ram.Accesses - accesses, Is.LessThan(100));

        driver.Machine.RunDeferred();

        Assert.That(driver.Counters.RxDropTooBig, Is.EqualTo(100));
        driver.Machine.Device.Receive(Frames.Make(60));
        Assert.That(driver.Counters.RxFrames, Is.EqualTo(1));
    }

    [Test]
    [Rule("NET-41", "SPLIT-18", "SPLIT-19", "H-16", "H-29")]
    public void Receive_FrameOverManyBuffers_ShowsAllAtOnceAndLast()
    {
        var driver = Start();
        var buffers = Enumerable.Range(0, 8).Select(x => driver.OfferReceive(10)).ToArray();
        // The address of the store that shows the frame to the driver, and of the first used element that is written before it. In a
        // packed ring the batch's first used descriptor is written last, and shows the frame.
        var (show, elements) = driver.ReceiveRing is SplitRing
            ? (driver.ReceiveRing.DeviceArea + RingLayout.RingIdx, driver.ReceiveRing.DeviceArea + RingLayout.RingEntries)
            : (driver.ReceiveRing.DescriptorArea + RingLayout.DescriptorLen, driver.ReceiveRing.DescriptorArea + RingLayout.DescriptorSize);
        var ranges = driver.Ram.WrittenRanges = new();
        driver.Ram.Mapping = (address, length) => Assert.That(driver.ReceiveRing.UsedCount, Is.Zero.Or.EqualTo(8));

        driver.Machine.Device.Receive(Frames.Make(60));

        var order = ranges.Select(x => x.Address).ToList();
        Assert.That(order.Count(x => x == show), Is.EqualTo(1));
        Assert.That(order.IndexOf(show), Is.EqualTo(order.Count - 1), "nothing is written once the frame shows");
        for(var i = 0; i < buffers.Length; i++)
        {
            Assert.That(order.IndexOf(buffers[i]), Is.InRange(0, order.IndexOf(elements)), "data before the used elements");
        }
    }

    private RawDriver Start(bool eventIdx = true, int size = 0)
    {
        return MakeDriver().Start(eventIdx ? NetDriver.AllFeatures : NetDriver.AllFeatures.Without(Feature.EventIdx), size);
    }
}
