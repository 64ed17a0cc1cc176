// renode-virtio-net, MIT licence: see LICENSE.
// A set of 128 feature bits, read 32 at a time. virtio v1.4-cs01: 2.2, 6.

using NUnit.Framework;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Spec;

public sealed class FeatureSetTests
{
    [TestCase(Feature.Csum, 0)]
    [TestCase(Feature.Mtu, 3)]
    [TestCase(Feature.Mac, 5)]
    [TestCase(Feature.Gso, 6)]
    [TestCase(Feature.HostTso4, 11)]
    [TestCase(Feature.HostTso6, 12)]
    [TestCase(Feature.HostEcn, 13)]
    [TestCase(Feature.HostUfo, 14)]
    [TestCase(Feature.MrgRxbuf, 15)]
    [TestCase(Feature.Status, 16)]
    [TestCase(Feature.CtrlGuestOffloads, 2)]
    [TestCase(Feature.CtrlVq, 17)]
    [TestCase(Feature.CtrlRx, 18)]
    [TestCase(Feature.CtrlVlan, 19)]
    [TestCase(Feature.CtrlRxExtra, 20)]
    [TestCase(Feature.GuestAnnounce, 21)]
    [TestCase(Feature.Mq, 22)]
    [TestCase(Feature.CtrlMacAddr, 23)]
    [TestCase(Feature.NotifyOnEmpty, 24)]
    [TestCase(Feature.AnyLayout, 27)]
    [TestCase(Feature.IndirectDesc, 28)]
    [TestCase(Feature.EventIdx, 29)]
    [TestCase(Feature.Version1, 32)]
    [TestCase(Feature.AccessPlatform, 33)]
    [TestCase(Feature.RingPacked, 34)]
    [TestCase(Feature.InOrder, 35)]
    [TestCase(Feature.OrderPlatform, 36)]
    [TestCase(Feature.NotificationData, 38)]
    [TestCase(Feature.NotifConfigData, 39)]
    [TestCase(Feature.RingReset, 40)]
    [TestCase(Feature.HostUso, 56)]
    [TestCase(Feature.SpeedDuplex, 63)]
    [Rule("FEAT-15", "FEAT-16")]
    public void Feature_ByName_HasTheSpecsBit(Feature feature, int bit)
    {
        Assert.That(new FeatureSet().With(feature).Word((uint)bit / 32), Is.EqualTo(1U << (bit % 32)));
    }

    [Test]
    [Rule("FEAT-15", "H-103")]
    public void Bit_Each_IsInItsWordAlone([Range(0, 127)] int bit)
    {
        var set = new FeatureSet().With((Feature)bit);

        for(var word = 0U; word < 4; word++)
        {
            Assert.That(set.Word(word), Is.EqualTo(word == bit / 32 ? 1U << (bit % 32) : 0U));
        }
        Assert.That(set.Has((Feature)bit), Is.True);
        Assert.That((~set).Has((Feature)bit), Is.False);
        Assert.That(set.Without((Feature)bit).IsEmpty, Is.True);
        Assert.That(set.IsSubsetOf(new FeatureSet()), Is.False);
        Assert.That(set.IsSubsetOf(set.With((Feature)(127 - bit))), Is.True);
    }

    [Test]
    [Rule("H-103")]
    public void Word_BeyondTheFourth_IsZeroAndIgnoresWrites([Values(4U, 5U, 32U, 36U, 0x8000_0000U, uint.MaxValue)] uint word)
    {
        var all = new FeatureSet(ulong.MaxValue, ulong.MaxValue);

        Assert.That(all.Word(word), Is.Zero);
        Assert.That(all.WithWord(word, 0), Is.EqualTo(all));
        Assert.That(new FeatureSet().WithWord(word, uint.MaxValue).IsEmpty, Is.True);
    }

    [Test]
    public void WithWord_EachWord_ReplacesThatWordOnly([Range(0U, 3U)] uint word)
    {
        var set = new FeatureSet(0x1111_1111_2222_2222, 0x3333_3333_4444_4444);

        var changed = set.WithWord(word, 0xABCD_EF01);

        for(var other = 0U; other < 4; other++)
        {
            Assert.That(changed.Word(other), Is.EqualTo(other == word ? 0xABCD_EF01 : set.Word(other)));
        }
    }

    [TestCase(0UL, 0UL, "0x0")]
    [TestCase(0x1_0000_8020UL, 0UL, "0x100008020")]
    [TestCase(0x20UL, 0x6UL, "0x60000000000000020")]
    public void Set_TellsItsBitsInHexadecimal(ulong low, ulong high, string expected)
    {
        Assert.That(new FeatureSet(low, high).ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void LegacyPart_HasTheFirst32Bits()
    {
        Assert.That(new FeatureSet(0x1111_1111_2222_2222, 0x3333).LegacyPart, Is.EqualTo(new FeatureSet(0x2222_2222, 0)));
    }
}
