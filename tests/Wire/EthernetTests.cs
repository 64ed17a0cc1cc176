// renode-virtio-net, MIT licence: see LICENSE.
// The header of a frame, and addresses. IEEE 802.3, 802.1Q.

using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Wire;

public sealed class EthernetTests
{
    [TestCase(14, 0x0800)]
    [TestCase(14, 0x0800, 0x8100)]
    [TestCase(18, 0x8100)]
    [TestCase(22, 0x88A8, 0x8100)]
    [TestCase(22, 0x9100, 0x8100)]
    [TestCase(46, 0x88A8, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100)]
    public void HeaderLength_OfAFrame_CountsTheTagsThatAreThere(int length, params int[] types)
    {
        Assert.That(Ethernet.HeaderLength(Frames.Tagged(100, types)), Is.EqualTo(length));
        Assert.That(Ethernet.FirstType(Frames.Tagged(100, types)), Is.EqualTo(types[0]));
    }

    [Test]
    [Rule("H-84")]
    public void HeaderLength_OfAFrameThatEndsInsideItsTags_StaysWithinIt([Range(14, 40)] int length)
    {
        var frame = Frames.Tagged(length, Enumerable.Repeat(0x8100, 8).ToArray());
        Assert.That(Ethernet.HeaderLength(frame), Is.EqualTo(Math.Min(46, 14 + 4 * ((length - 14) / 4 + 1))));
    }

    [Test]
    public void FirstType_OfAFrameTooShortForOne_IsZero([Values(0, 13)] int length)
    {
        Assert.That(Ethernet.FirstType(new byte[length]), Is.Zero);
    }

    [Test]
    public void Frame_ForAnAddress_HasItsHeader()
    {
        var frame = Ethernet.Frame(new MacAddress(0x01_02_03_04_05_06), new MacAddress(0x0A_0B_0C_0D_0E_0F), Ethernet.Arp, 2);
        Assert.That(Convert.ToHexString(frame), Is.EqualTo("010203040506" + "0A0B0C0D0E0F" + "0806" + "0000"));
        Assert.That((Ethernet.Destination(frame).Value, Ethernet.Source(frame).Value), Is.EqualTo((0x01_02_03_04_05_06UL, 0x0A_0B_0C_0D_0E_0FUL)));
    }

    [TestCase("02:00:00:00:00:01", 0x02_00_00_00_00_01UL)]
    [TestCase("fe-DC-ba-98-76-54", 0xFE_DC_BA_98_76_54UL)]
    public void MacAddress_AsText_IsReadAndWritten(string text, ulong value)
    {
        Assert.That(MacAddress.TryParse(text, out var address), Is.True);
        Assert.That(address.Value, Is.EqualTo(value));
        Assert.That(address.ToString(), Is.EqualTo(text.Replace('-', ':').ToLowerInvariant()));
        Assert.That(MacAddress.Read(address.ToArray()), Is.EqualTo(address));
    }

    [TestCase("")]
    [TestCase("02:00:00:00:00")]
    [TestCase("02:00:00:00:00:01:02")]
    [TestCase("02:00:00:00:00:1")]
    [TestCase("02:00:00:00:00:001")]
    [TestCase("02:00:00:00:00:-1")]
    [TestCase("02:00:00:00:00: 1")]
    [TestCase("020000000001")]
    public void MacAddress_OtherText_IsRefused(string text)
    {
        Assert.That(MacAddress.TryParse(text, out _), Is.False);
    }

    [Test]
    public void MacAddress_WithOneByteReplaced_KeepsTheOthers([Range(0, 5)] int index)
    {
        var expected = new byte[] { 1, 2, 3, 4, 5, 6 };
        var address = MacAddress.Read(expected).With(index, 0xFF);
        expected[index] = 0xFF;
        Assert.That(address.ToArray(), Is.EqualTo(expected));
        Assert.That(address == MacAddress.Read(expected) && address != MacAddress.Broadcast, Is.True);
    }

    [TestCase(0x01_00_00_00_00_00UL, true)]
    [TestCase(0xFF_FF_FF_FF_FF_FFUL, true)]
    [TestCase(0xFE_01_01_01_01_01UL, false)]
    public void MacAddress_Group_IsByTheFirstBit(ulong value, bool isGroup)
    {
        Assert.That(new MacAddress(value).IsGroup, Is.EqualTo(isGroup));
    }
}
