// renode-virtio-net, MIT licence: see LICENSE.
// What the device does with frames from the network, each in one receive buffer. virtio v1.4-cs01: 5.1.9.4; wrong input:
// docs/conformance/hazards.md, section 7.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class ReceiveTests(bool packed) : RingFormats(packed)
{
    // No offload is offered, so the header says nothing but num_buffers = 1.
    [Test]
    [Rule("NET-18", "NET-38", "NET-42", "NET-44", "NET-45", "NET-46", "NET-47", "NET-48", "NET-49", "NET-53", "NET-63", "NET-67", "H-62", "H-89", "H-30")]
    public void Receive_AnyFrame_HasAnEmptyHeaderAndExactLength([Values(14, 60, 61, 1514)] int length, [Values] bool mergeable)
    {
        var driver = Start(mergeable);
        var buffer = driver.OfferReceive(2000);
        var frame = Frames.Make(length);

        driver.Machine.Device.Receive(frame);

        Assert.That(driver.ReceiveRing.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.EqualTo(12 + length));
        var expected = new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 }.Concat(frame);
        Assert.That(driver.Ram.At(buffer, 12 + length).ToArray(), Is.EqualTo(expected));
        Assert.That(driver.Ram.At(buffer + 12 + (uint)length, 1988 - length).ToArray(), Is.All.EqualTo(RawDriver.Poison), "no byte after the frame");
        Assert.That((driver.Counters.RxFrames, driver.Counters.RxBytes), Is.EqualTo((1UL, (ulong)length)));
    }

    [Test]
    [Rule("SPLIT-27")]
    public void Receive_BuffersAddedWithoutKick_AreUsed()
    {
        var driver = Start();
        for(var i = 0; i < 3; i++)
        {
            driver.OfferReceive(100);
            driver.Machine.Device.Receive(Frames.Make(60));
            Assert.That(driver.ReceiveRing.UsedCount, Is.EqualTo(i + 1));
        }
    }

    [Test]
    [Rule("H-84", "H-86")]
    public void Receive_ShorterThanAnEthernetHeader_IsDropped([Range(0, 14)] int length, [Values] bool mtu)
    {
        var driver = Start(mtu: mtu);
        driver.OfferReceive(100);

        driver.Machine.Device.Receive(Frames.Tagged(14)[..length]);

        Assert.That(driver.ReceiveRing.UsedCount, Is.EqualTo(length < 14 ? 0 : 1));
        Assert.That(driver.Counters.RxDropRunt, Is.EqualTo(length < 14 ? 1 : 0));
    }

    // 14 bytes of Ethernet header, and 4 of each tag that is there.
    [TestCase(1514, 0x0800)]
    [TestCase(1514, 0x0081)]
    [TestCase(1514, 0x0800, 0x8100, Description = "no tag, but what comes after looks like one")]
    [TestCase(1518, 0x8100)]
    [TestCase(1518, 0x88A8)]
    [TestCase(1518, 0x9100)]
    [TestCase(1522, 0x88A8, 0x8100)]
    [TestCase(1522, 0x8100, 0x8100)]
    [TestCase(1526, 0x88A8, 0x88A8, 0x8100)]
    [TestCase(1546, 0x88A8, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, Description = "the ninth does not count")]
    [Rule("NET-06", "NET-07", "NET-109", "H-85")]
    public void Receive_WithMtu_DeliversUpToMtuAndHeader(int longest, params int[] types)
    {
        var driver = Start();
        driver.OfferReceive(2000);
        driver.Machine.Device.Receive(Frames.Tagged(longest + 1, types));
        Assert.That((driver.ReceiveRing.UsedCount, driver.Counters.RxDropTooLong), Is.EqualTo((0, 1UL)));

        driver.Machine.Device.Receive(Frames.Tagged(longest, types));
        Assert.That(driver.ReceiveRing.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.EqualTo(12 + longest));
    }

    [TestCase(65549, true, 0x0800)]
    [TestCase(65550, false, 0x0800)]
    [TestCase(65557, true, 0x88A8, 0x8100)]
    [TestCase(65558, false, 0x88A8, 0x8100)]
    [TestCase(1 << 20, false, 0x0800)]
    [Rule("H-83")]
    public void Receive_WithoutMtu_DeliversUpToTheLongestLegalFrame(int length, bool delivered, params int[] types)
    {
        var driver = Start(mtu: false);
        driver.OfferReceive(70_000);

        driver.Machine.Device.Receive(Frames.Tagged(length, types));

        Assert.That(driver.Counters.RxFrames, Is.EqualTo(delivered ? 1 : 0));
        Assert.That(driver.Counters.RxDropTooLong, Is.EqualTo(delivered ? 0 : 1));
        Assert.That(driver.NeedsReset, Is.False);
    }

    [Test]
    [Rule("NET-34", "H-81")]
    public void Receive_FrameLargerThanBuffer_IsDroppedAndTheBufferStays([Values(12, 71)] int room)
    {
        var driver = Start(mergeable: false);
        var buffer = driver.OfferReceive(room);
        driver.OfferReceive(2000);

        driver.Machine.Device.Receive(Frames.Make(60));

        Assert.That((driver.ReceiveRing.UsedCount, driver.Counters.RxDropTooBig), Is.EqualTo((0, 1UL)));
        Assert.That(driver.Ram.At(buffer, room).ToArray(), Is.All.EqualTo(RawDriver.Poison));
        Assert.That((driver.NeedsReset, driver.Machine.WorkPending), Is.EqualTo((false, false)));
    }

    [Test]
    [Rule("NET-34")]
    public void Receive_WithoutMergeableBuffers_UsesOneBufferAFrame()
    {
        var driver = Start(mergeable: false);
        var first = driver.OfferReceive(72);
        var second = driver.OfferReceive(72);
        driver.Machine.Device.Receive(Frames.Make(60, 1));
        driver.Machine.Device.Receive(Frames.Make(60, 2));

        Assert.That(driver.Ram.At(first + 12, 60).ToArray(), Is.EqualTo(Frames.Make(60, 1)));
        Assert.That(driver.Ram.At(second + 12, 60).ToArray(), Is.EqualTo(Frames.Make(60, 2)));
    }

    /// <summary>Why no driver can get a frame.</summary>
    public enum Unready
    {
        BeforeDriverOk,
        QueueDisabled,
        Failed,
        AfterReset,
        LinkDown,
    }

    [Test]
    [Rule("H-49", "H-106")]
    public void Receive_NobodyToTakeIt_IsDroppedAndCounted([Values] Unready why)
    {
        var driver = MakeDriver();
        driver.Pci.Probe();
        driver.Pci.Negotiate(driver.Pci.ReadOffered());
        if(why != Unready.QueueDisabled)
        {
            driver.Pci.SetupRing(NetLayout.ReceiveQueue);
        }
        if(why != Unready.BeforeDriverOk)
        {
            driver.Pci.Status |= DeviceStatus.DriverOk;
        }
        if(why == Unready.Failed)
        {
            driver.Pci.Status |= DeviceStatus.Failed;
        }
        if(why == Unready.AfterReset)
        {
            driver.Pci.Status = DeviceStatus.None;
        }
        driver.Machine.Device.LinkUp = why != Unready.LinkDown;
        var accesses = driver.Ram.Accesses;

        driver.Machine.Device.Receive(Frames.Make(60));

        var counters = driver.Counters;
        Assert.That(why == Unready.LinkDown ? counters.RxDropLinkDown : counters.RxDropNotReady, Is.EqualTo(1));
        Assert.That((driver.Ram.Accesses, driver.NeedsReset), Is.EqualTo((accesses, false)));
    }

    [TestCase(false)]
    [TestCase(true)]
    [Rule("SPLIT-12", "SPLIT-13", "SPLIT-15", "SPLIT-17")]
    public void Receive_NotificationSuppressed_RaisesNoInterrupt(bool eventIdx)
    {
        var driver = Start(eventIdx: eventIdx);
        driver.ReceiveRing.WantsNotifications = false;
        LieWithFlags(driver, eventIdx, 0);
        driver.OfferReceive(100);
        driver.OfferReceive(100);

        driver.Machine.Device.Receive(Frames.Make(60));
        Assert.That((driver.ReceiveRing.UsedCount, driver.Machine.Interrupts), Is.EqualTo((1, 0)));

        driver.ReceiveRing.TryTakeUsed(out _);
        driver.ReceiveRing.WantsNotifications = true;
        LieWithFlags(driver, eventIdx, RingLayout.AvailNoInterrupt);
        driver.Machine.Device.Receive(Frames.Make(60));
        Assert.That((driver.ReceiveRing.UsedCount, driver.Machine.Interrupts), Is.EqualTo((2, 1)));
    }

    // The device asks for the memory of a receive buffer only to write to it: for each part once, and never to read it.
    [Test]
    [Rule("SPLIT-05")]
    public void Receive_WritableBuffer_IsWrittenOnlyNeverRead()
    {
        var driver = Start();
        var buffer = driver.OfferReceive(100);
        driver.Ram.WrittenRanges = new();
        var views = new List<(ulong, int)>();
        driver.Ram.Mapping = (address, length) =>
        {
            if(address >= buffer && address < buffer + 100)
            {
                views.Add((address, length));
            }
        };

        driver.Machine.Device.Receive(Frames.Make(60));

        Assert.That(views, Is.Not.Empty);
        Assert.That(views, Is.EqualTo(driver.Ram.WrittenRanges.Where(x => x.Address >= buffer && x.Address < buffer + 100)));
    }

    // With EVENT_IDX the flags of a split ring mean nothing (SPLIT-15), so they say the opposite of used_event.
    private static void LieWithFlags(RawDriver driver, bool eventIdx, ushort flags)
    {
        if(eventIdx && driver.ReceiveRing is SplitRing split)
        {
            split.AvailableFlags = flags;
        }
    }

    private RawDriver Start(bool mergeable = true, bool mtu = true, bool eventIdx = true)
    {
        var features = NetDriver.AllFeatures;
        features = mergeable ? features : features.Without(Feature.MrgRxbuf);
        features = mtu ? features : features.Without(Feature.Mtu);
        features = eventIdx ? features : features.Without(Feature.EventIdx);
        return MakeDriver().Start(features);
    }
}
