// renode-virtio-net, MIT licence: see LICENSE.
// What the device does with what the driver sends. virtio v1.4-cs01: 5.1.9.2; wrong input: docs/conformance/hazards.md,
// section 6.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class TransmitTests(bool packed) : RingFormats(packed)
{
    // 12 bytes of header and the frame.
    [Test]
    [Rule("H-60", "H-62", "H-64", "NET-18")]
    public void Send_ShorterThanHeaderAndEthernetHeader_IsDroppedAndReturned([Range(0, 25)] int length)
    {
        var driver = MakeDriver().Start();
        var buffer = driver.Ram.Allocate(64);

        driver.TransmitRing.Add(new Piece(buffer, (uint)length, false));
        driver.Kick(driver.TransmitRing);

        AssertDropped(driver);
        Assert.That(driver.Counters.TxDropMalformed, Is.EqualTo(1));
    }

    // Frames of 0xFF are sent first, whole and in pieces: padding that comes from memory which is used again would show them.
    [Test]
    [Rule("H-64", "H-89")]
    public void Send_ShorterThanAWireAllows_IsPaddedWithZeros([Values(14, 15, 18, 59, 60, 61)] int length, [Values] bool inPieces)
    {
        var driver = MakeDriver().Start();
        var frame = Frames.Make(length);
        foreach(var before in new[] { 59, 100 })
        {
            Send(driver, Enumerable.Repeat((byte)0xFF, before).ToArray(), true);
            Send(driver, Enumerable.Repeat((byte)0xFF, before).ToArray(), false);
        }
        driver.Machine.Sent.Clear();
        var (frames, bytes, padded) = (driver.Counters.TxFrames, driver.Counters.TxBytes, driver.Counters.TxPadded);

        Send(driver, frame, inPieces);

        Assert.That(driver.Machine.Sent, Is.EqualTo(new[] { frame.Concat(new byte[Math.Max(0, 60 - length)]).ToArray() }));
        Assert.That(driver.Counters.TxPadded - padded, Is.EqualTo(length < 60 ? 1 : 0));
        Assert.That((driver.Counters.TxFrames - frames, driver.Counters.TxBytes - bytes), Is.EqualTo((1UL, (ulong)Math.Max(60, length))));
    }

    // The largest payload and the header, of which tags are a part, whatever their number and types; at most eight count.
    [TestCase(65549, true, 0x0800)]
    [TestCase(65550, false, 0x0800)]
    [TestCase(65553, true, 0x8100)]
    [TestCase(65554, false, 0x8100)]
    [TestCase(65557, true, 0x88A8, 0x8100)]
    [TestCase(65558, false, 0x88A8, 0x8100)]
    [TestCase(65557, true, 0x9100, 0x8100)]
    [TestCase(65581, true, 0x88A8, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100)]
    [TestCase(65582, false, 0x88A8, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100)]
    [Rule("H-63")]
    public void Send_LongestFrame_IsSentAndNoneLonger(int length, bool sent, params int[] types)
    {
        var driver = MakeDriver().Start();

        driver.Send(Frames.Tagged(length, types));

        Assert.That(driver.Counters.TxFrames, Is.EqualTo(sent ? 1 : 0));
        Assert.That(driver.Counters.TxDropMalformed, Is.EqualTo(sent ? 0 : 1));
        Assert.That(driver.NeedsReset, Is.False);
    }

    [Test]
    [Rule("H-63")]
    public void Send_FourGibibytes_IsDroppedBeforeAnyAllocationOrCopy()
    {
        const int Piece = 1 << 24;
        var driver = MakeDriver(new GuestRam(2 * Piece)).Start();
        driver.TransmitRing.Add(Enumerable.Repeat(new Piece(driver.Ram.Base, Piece, false), 256).ToArray());
        driver.Kick(driver.ReceiveRing);
        var touched = 0;
        driver.Ram.Mapping = (address, length) => touched = Math.Max(touched, length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        driver.Kick(driver.TransmitRing);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(65536));
        Assert.That(touched, Is.LessThanOrEqualTo(RingLayout.DescriptorSize * 256), "only rings and descriptors are read");
        AssertDropped(driver);
    }

    [Test]
    [Rule("H-14", "H-74")]
    public void Send_DeviceWritableBuffer_IsDroppedAndNotWritten([Values] bool readablePart)
    {
        var driver = MakeDriver().Start();
        var buffer = driver.Place(Enumerable.Repeat((byte)7, 200).ToArray());
        var pieces = new List<Piece> { new Piece(buffer + 100, 100, true) };
        if(readablePart)
        {
            pieces.Insert(0, new Piece(buffer, 100, false));
        }

        driver.TransmitRing.Add(pieces.ToArray());
        driver.Kick(driver.TransmitRing);

        AssertDropped(driver);
        Assert.That(driver.Counters.TxDropMalformed, Is.EqualTo(1));
        Assert.That(driver.Ram.At(buffer, 200).ToArray(), Is.All.EqualTo(7));
    }

    // No offload is negotiated: the device ignores every field of the header but gso_type.
    [Test]
    [Rule("NET-19", "NET-20", "NET-25", "NET-30", "H-72")]
    public void Send_HeaderFieldsOfFeaturesNotNegotiated_AreIgnored([Range(0, 255, 5)] int flags, [Values(0x00, 0x01, 0xFF)] int rest)
    {
        var driver = MakeDriver().Start();
        var frame = Frames.Make(100);
        var message = RawDriver.Message(frame);
        message.AsSpan(0, NetLayout.HeaderSize).Fill((byte)rest);
        message[NetLayout.HeaderFlags] = (byte)flags;
        message[NetLayout.HeaderGsoType] = NetLayout.GsoNone;

        driver.Offer(message);
        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Machine.Sent, Is.EqualTo(new[] { frame }));
    }

    [Test]
    [Rule("H-65")]
    public void Send_GsoTypeNotNegotiated_IsDropped([Values(1, 2, 3, 4, 5, 0x20, 0x40, 0x60, 0x80, 0x81, 0xFF)] int type)
    {
        var driver = MakeDriver().Start();
        var message = RawDriver.Message(Frames.Make(100));
        message[NetLayout.HeaderGsoType] = (byte)type;

        driver.Offer(message);
        driver.Kick(driver.TransmitRing);

        AssertDropped(driver);
        Assert.That(driver.Counters.TxDropOffload, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-20")]
    public void Send_ChainBrokenBehindAWholeFrame_SendsNothing([Values] bool indirect)
    {
        var driver = MakeDriver().Start();
        var whole = new Piece(driver.Place(RawDriver.Message(Frames.Make(100))), 112, false);
        var broken = new Piece(0x10, 100, false);
        if(indirect)
        {
            driver.TransmitRing.AddIndirect(whole, broken);
        }
        else
        {
            driver.TransmitRing.Add(whole, broken);
        }
        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Machine.Sent, Is.Empty);
        Assert.That(driver.NeedsReset, Is.True);
    }

    [Test]
    [Rule("H-18")]
    public void Send_AnyFrame_ReadsHeaderAndPayloadOnce()
    {
        var driver = MakeDriver().Start();
        var buffer = driver.Place(RawDriver.Message(Frames.Make(100)));
        driver.TransmitRing.Add(new Piece(buffer, 20, false), new Piece(buffer + 20, 92, false));
        var read = new int[112];
        driver.Ram.Mapping = (address, length) =>
        {
            for(var i = 0; i < length; i++)
            {
                var offset = unchecked(address + (uint)i - buffer);
                if(offset < 112)
                {
                    read[offset]++;
                }
            }
        };

        driver.Kick(driver.TransmitRing);

        Assert.That(read, Is.All.EqualTo(1));
    }

    [Test]
    [Rule("H-73", "SPLIT-18")]
    public void Send_WhileTheWireTakesTheFrame_ShowsNothingUsed()
    {
        var driver = MakeDriver().Start();
        var seen = new List<int>();
        driver.Machine.Wire = frame => seen.Add(driver.TransmitRing.UsedCount);
        for(var i = 0; i < 3; i++)
        {
            driver.Offer(RawDriver.Message(Frames.Make(60)));
        }
        driver.Kick(driver.TransmitRing);

        Assert.That(seen, Has.Count.EqualTo(3).And.All.Zero);
        Assert.That(driver.TransmitRing.UsedCount, Is.EqualTo(3));
    }

    [Test]
    public void Send_LinkDown_IsDroppedAndReturned()
    {
        var driver = MakeDriver().Start();
        driver.Machine.Device.LinkUp = false;

        driver.Send(Frames.Make(60));

        AssertDropped(driver);
        Assert.That(driver.Counters.TxDropLinkDown, Is.EqualTo(1));
    }

    // The wire gives the frame back before it returns, as a loopback does.
    [Test]
    [Rule("H-75")]
    public void Send_WireLoopsBack_ReceivesOnceWithoutRecursion()
    {
        var driver = MakeDriver().Start();
        var (depth, deepest) = (0, 0);
        driver.Machine.Wire = frame =>
        {
            deepest = Math.Max(deepest, ++depth);
            driver.Machine.Device.Receive(frame);
            depth--;
        };
        for(var i = 0; i < 50; i++)
        {
            driver.OfferReceive(100);
            driver.Offer(RawDriver.Message(Frames.Make(60)));
        }
        driver.Kick(driver.TransmitRing);

        Assert.That((driver.ReceiveRing.UsedCount, driver.TransmitRing.UsedCount), Is.EqualTo((50, 50)));
        Assert.That(deepest, Is.EqualTo(1));
    }

    private static void Send(RawDriver driver, byte[] frame, bool inPieces)
    {
        driver.TransmitRing.Add(Frames.Cut(driver.Ram, RawDriver.Message(frame), inPieces ? new[] { 5, int.MaxValue } : new[] { int.MaxValue }, false));
        driver.Kick(driver.TransmitRing);
    }

    private static void AssertDropped(RawDriver driver)
    {
        Assert.That(driver.Machine.Sent, Is.Empty);
        Assert.That(driver.NeedsReset, Is.False);
        Assert.That(driver.TransmitRing.TryTakeUsed(out var used), Is.True, "the buffer goes back");
        Assert.That(used.Length, Is.Zero);
    }
}
