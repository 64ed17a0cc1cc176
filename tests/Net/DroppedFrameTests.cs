// renode-virtio-net, MIT licence: see LICENSE.
// What the device reports of a frame that it drops: the rule, the frame's length and EtherType, and the limit that it breaks.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class DroppedFrameTests
{
    [Test]
    [Rule("H-85", "F-03", "F-07")]
    public void Receive_TooLong_TellsTheLimitWithTheTagsThatAreThere()
    {
        var driver = new RawDriver().Start();

        driver.Machine.Device.Receive(Frames.Tagged(1523, 0x88A8, 0x8100));

        AssertTold(driver, FrameRules.ReceivedTooLong, 1523, 0x88A8, 1522);
        Assert.That(FrameRules.ReceivedTooLong.Sentence, Does.Contain("raise mtu on the card"));
    }

    [Test]
    [Rule("H-84")]
    public void Receive_TooShort_TellsIt([Values(0, 13)] int length)
    {
        var driver = new RawDriver().Start();

        driver.Machine.Device.Receive(new byte[length]);

        AssertTold(driver, FrameRules.ReceivedTooShort, length, 0, 14);
    }

    [Test]
    [Rule("H-81", "NET-34", "F-07")]
    public void Receive_TooBigForTheBuffer_TellsTheBuffersSize()
    {
        var driver = new RawDriver().Start(NetDriver.AllFeatures.Without(Feature.MrgRxbuf));
        driver.OfferReceive(100);

        driver.Machine.Device.Receive(Frames.Make(200));

        AssertTold(driver, FrameRules.ReceivedTooBig, 200, 0x0800, 100);
    }

    [Test]
    [Rule("H-80")]
    public void Receive_MoreThanCanWait_TellsIt()
    {
        var driver = new RawDriver().Start();
        for(var i = 0; i < ReceiveBacklog.MaxFrames; i++)
        {
            driver.Machine.Device.Receive(Frames.Make(60));
        }
        Assert.That(driver.Machine.DroppedFrames, Is.Empty);

        driver.Machine.Device.Receive(Frames.Make(60));

        AssertTold(driver, FrameRules.ReceivedTooFast, 60, 0x0800, ReceiveBacklog.MaxFrames);
    }

    [Test]
    [Rule("H-60", "H-14")]
    public void Send_WithoutAFrame_TellsTheLengthThatIsNeeded([Values] bool writable)
    {
        var driver = new RawDriver().Start();
        driver.Transmit.Add(new Piece(driver.Ram.Allocate(100), writable ? 100U : 25U, writable));

        driver.Kick(driver.Transmit);

        AssertTold(driver, FrameRules.SentWithoutFrame, writable ? 0 : 25, 0, 26);
    }

    [TestCase(65550, 65549, 0x0800)]
    [TestCase(65558, 65557, 0x88A8, 0x8100)]
    [Rule("H-63", "F-07")]
    public void Send_LongerThanAnyFrame_TellsTheLimit(int length, int limit, params int[] types)
    {
        var driver = new RawDriver().Start();

        driver.Send(Frames.Tagged(length, types));

        AssertTold(driver, FrameRules.SentTooLong, length, types[0], limit);
    }

    [Test]
    [Rule("H-63")]
    public void Send_LongerThanIsLookedAt_TellsTheLimitAndNoType()
    {
        var driver = new RawDriver().Start();

        driver.Send(Frames.Make(70_000));

        AssertTold(driver, FrameRules.SentTooLong, 70_000, 0, 65581);
    }

    [Test]
    public void Send_FromMemoryThatIsGone_TellsIt()
    {
        var driver = new RawDriver().Start();
        var buffer = driver.Place(RawDriver.Message(Frames.Make(60)));
        driver.Transmit.Add(new Piece(buffer, 72, false));
        driver.Ram.Mapping = (address, _) =>
        {
            if(address >= buffer && address < buffer + 72)
            {
                driver.Ram.Unmap(buffer, 72);
            }
        };

        driver.Kick(driver.Transmit);

        AssertTold(driver, FrameRules.SentFromNowhere, 72, 0, 0);
    }

    [TestCase(nameof(FrameRules.OffloadNotNegotiated), (byte)2, 1448, NetLayout.FlagNeedsCsum, 34)]
    [TestCase(nameof(FrameRules.SegmentsWithoutChecksum), NetLayout.GsoTcp4, 1448, (byte)0, 34)]
    [TestCase(nameof(FrameRules.SegmentSizeTooSmall), NetLayout.GsoTcp4, 8, NetLayout.FlagNeedsCsum, 34)]
    [TestCase(nameof(FrameRules.SegmentsOfOtherHeaders), NetLayout.GsoTcp6, 1448, NetLayout.FlagNeedsCsum, 34)]
    [TestCase(nameof(FrameRules.ChecksumOutsidePacket), NetLayout.GsoNone, 0, NetLayout.FlagNeedsCsum, 13)]
    [Rule("H-65", "H-66", "H-67", "H-68", "H-70")]
    public void Send_OffloadThatCannotBe_TellsTheRuleThatIsBroken(string rule, byte type, int size, byte flags, int start)
    {
        var packets = new OffloadPackets(false, true);
        var driver = new RawDriver().Start(OffloadTests.Everything);
        var message = packets.Message(packets.Make(3000), type, size, flags);
        message[6] = (byte)start;
        driver.Offer(message);

        driver.Kick(driver.Transmit);

        AssertTold(driver, (VirtioNet.Reports.Rule)typeof(FrameRules).GetField(rule)!.GetValue(null)!, 3054, 0x0800, 0);
    }

    // The longest frame holds the longest datagram, with tags and without, so no packet that passes is too long for IP.
    [Test]
    [Rule("H-66")]
    public void Send_LongestDatagram_IsCut([Values(0, 1, 2)] int tags)
    {
        var packets = new OffloadPackets(false, false, tags);
        var driver = new RawDriver().Start(OffloadTests.Everything);

        driver.Offer(packets.Message(packets.Make(65_507), NetLayout.GsoUdp, 1480));
        driver.Kick(driver.Transmit);

        Assert.That(driver.Machine.DroppedFrames, Is.Empty);
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo((65_515 + 1479) / 1480));
    }

    // The user has taken the link down, or there is no driver: that is no fault of the frame, so nothing is reported for it.
    [Test]
    [Rule("H-106")]
    public void Frames_WithLinkDownOrNoDriver_AreOnlyCounted()
    {
        var driver = new RawDriver().Start();
        driver.Machine.Device.LinkUp = false;
        driver.Send(Frames.Make(60));
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Machine.Device.LinkUp = true;
        driver.Transport.Status = DeviceStatus.None;
        driver.Machine.Device.Receive(Frames.Make(60));

        Assert.That(driver.Machine.DroppedFrames, Is.Empty);
        Assert.That((driver.Counters.TxDropLinkDown, driver.Counters.RxDropLinkDown, driver.Counters.RxDropNotReady), Is.EqualTo((1UL, 1UL, 1UL)));
    }

    private static void AssertTold(RawDriver driver, VirtioNet.Reports.Rule rule, int length, int etherType, int limit)
    {
        Assert.That(driver.Machine.DroppedFrames, Is.EqualTo(new[] { new DroppedFrame(rule, length, (ushort)etherType, limit) }));
        Assert.That(ReceiveBacklogTests.Dropped(driver.Counters) + driver.Counters.TxDropMalformed + driver.Counters.TxDropOffload, Is.EqualTo(1));
    }
}
