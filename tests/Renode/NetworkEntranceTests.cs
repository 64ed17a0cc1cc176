// renode-virtio-net, MIT licence: see LICENSE.
// Frames from other models of Renode: some have their check sequence beside the data, some inside of it, some none.

using Antmicro.Renode.Core;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

public sealed class NetworkEntranceTests : RenodeFixture
{
    [TestCase(22)]
    [TestCase(60)]
    [TestCase(100)]
    [TestCase(1514)]
    [Rule("H-123", "F-04")]
    public void Frame_WithItsCheckSequenceInsideTheData_ArrivesWithout(int length)
    {
        var (machine, driver) = StartCard();
        var bytes = TestFrame(length, 1);
        machine.Card.ReceiveFrame(Make([.. bytes, .. CheckSequenceOf(bytes)], CRCMode.NoOperation));
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(bytes));
    }

    [Test]
    [Rule("H-123", "F-04")]
    public void Frame_WithItsCheckSequenceBesideTheData_KeepsDataThatLooksLikeOne()
    {
        var (machine, driver) = StartCard();
        var bytes = TestFrame(100, 1);
        byte[] looksLikeOne = [.. bytes, .. CheckSequenceOf(bytes)];
        machine.Card.ReceiveFrame(Make(looksLikeOne, CRCMode.Add));
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(looksLikeOne));
        // A wrong check sequence beside the data is left out like a right one.
        machine.Card.ReceiveFrame(Make([.. looksLikeOne, 1, 2, 3, 4], CRCMode.Keep));
        Assert.That(driver.TryReceive(out received), Is.True);
        Assert.That(received, Is.EqualTo(looksLikeOne));
    }

    [Test]
    [Rule("H-123")]
    public void Frame_WithoutCheckSequence_ArrivesWhole([Values(0, 1, 2, 3)] int changedByte)
    {
        var (machine, driver) = StartCard();
        var bytes = TestFrame(100, 1);
        var last = CheckSequenceOf(bytes);
        last[changedByte] ^= 1;
        byte[] frame = [.. bytes, .. last];
        machine.Card.ReceiveFrame(Make(frame, CRCMode.NoOperation));
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(frame));
    }

    [Test]
    [Rule("H-123")]
    public void Frame_OfOneCardOnASwitch_ReachesTheOtherEvenIfItsDataLooksLikeACheckSequence()
    {
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var (right, receiver) = StartCard("right", "02:00:00:00:00:02");
        Connect(left.Card, right.Card);
        var bytes = TestFrame(100, 1);
        byte[] looksLikeOne = [.. bytes, .. CheckSequenceOf(bytes)];
        sender.TrySend(looksLikeOne);
        Go();
        Assert.That(receiver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(looksLikeOne));
    }

    [Test]
    [Rule("H-113")]
    public void Frame_ThatRenodeCannotSerialise_IsLostAloneAndSaidOnce()
    {
        var (machine, driver) = StartCard();
        var frame = Make(UdpToPort9(200), CRCMode.Add);
        Assert.That((Action)(() => _ = frame.Bytes), Throws.Exception, "this Renode can serialise the frame, so the test needs another one");
        var lines = CountWarnings(() => machine.Card.ReceiveFrame(frame));
        Assert.That(lines, Is.EqualTo(1));
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(TestFrame(90, 1)));
    }

    private static EthernetFrame Make(byte[] bytes, CRCMode mode)
    {
        Assert.That(EthernetFrame.TryCreateEthernetFrame(bytes, mode, out var frame), Is.True);
        return frame;
    }

    /// <summary>What Renode takes for Wake-on-LAN: it refuses short frames, and throws when it is asked for the bytes of longer ones.</summary>
    internal static byte[] UdpToPort9(int length)
    {
        var frame = new byte[length];
        frame[12] = 0x08;
        frame[14] = 0x45;
        frame[17] = (byte)(length - 14);
        frame[23] = 17;
        frame[37] = 9;
        frame[39] = (byte)(length - 34);
        return frame;
    }

    internal static byte[] CheckSequenceOf(byte[] bytes) => Wrap(bytes).Bytes[^4..];
}
