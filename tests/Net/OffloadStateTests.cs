// renode-virtio-net, MIT licence: see LICENSE.
// Receive offloads that a driver switches while it runs. virtio v1.4-cs01: 5.1.9.5.9 "Offloads State Configuration".

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class OffloadStateTests(bool packed) : RingFormats(packed)
{
    [TestCase(Segmentation.Tso4, Feature.GuestTso4)]
    [TestCase(Segmentation.Tso6, Feature.GuestTso6)]
    [TestCase(Segmentation.Tso4 | Segmentation.Ecn, Feature.GuestEcn)]
    [TestCase(Segmentation.Uso4, Feature.GuestUso4)]
    [TestCase(Segmentation.Uso6, Feature.GuestUso6)]
    [TestCase(Segmentation.Ufo4, Feature.GuestUfo)]
    [TestCase(Segmentation.Tso4, Feature.GuestCsum)]
    [TestCase(Segmentation.None, Feature.GuestCsum)]
    [Rule("NET-131")]
    public void Offload_SwitchedOffAndOn_DecidesHowPacketsArrive(Segmentation type, Feature feature)
    {
        var driver = MakeDriver().Start(All);
        Assert.That(Receive(driver, type), Is.EqualTo(1), "all that were negotiated are on at first");

        Set(driver, Offloads.Without(feature));
        // A packet whose checksum alone is left stays one frame.
        Assert.That(Receive(driver, type), Is.EqualTo(type == Segmentation.None ? 1 : 3));
        Assert.That(flags, Is.Zero);

        Set(driver, Offloads);
        Assert.That(Receive(driver, type), Is.EqualTo(1));
        Assert.That(flags, Is.EqualTo(NetLayout.FlagNeedsCsum));
    }

    // They were taken when the driver still wanted them so.
    [Test]
    [Rule("NET-131", "H-80")]
    public void Packets_ThatWaitWhenTheirOffloadIsSwitchedOff_ArriveFinished()
    {
        var driver = MakeDriver().Start(All);
        Let(driver, Segmentation.Tso4);
        Let(driver, Segmentation.Tso4);

        Set(driver, new FeatureSet());
        var buffers = Enumerable.Range(0, 6).Select(_ => driver.OfferReceive(4200)).ToArray();
        driver.Kick(driver.ReceiveRing);
        driver.Machine.RunDeferred();

        Assert.That(driver.Counters.RxFrames, Is.EqualTo(6));
        Assert.That(buffers.Select(x => driver.Ram.At(x, 1)[0]), Is.All.Zero);
    }

    [Test]
    [Rule("NET-131")]
    public void Reset_AfterOffloadsWereSwitchedOff_SwitchesThemOn()
    {
        var driver = MakeDriver().Start(All);
        Set(driver, new FeatureSet());

        driver.Start(All);

        Assert.That(Receive(driver, Segmentation.Tso4), Is.EqualTo(1));
    }

    [TestCase(Feature.GuestTso4)]
    [TestCase(Feature.GuestCsum)]
    [Rule("NET-131", "H-97")]
    public void Offload_ThatWasNotNegotiated_IsRefused(Feature feature)
    {
        var features = feature == Feature.GuestCsum ? All & ~Offloads : All.Without(Feature.GuestEcn).Without(feature);
        var driver = MakeDriver().Start(features);

        Assert.That(Send(driver, new FeatureSet().With(feature)), Is.EqualTo(ControlLayout.Error));
        Assert.That(Send(driver, features & Offloads), Is.EqualTo(ControlLayout.Ok));
    }

    [Test]
    [Rule("NETL-10")]
    public void Offloads_OfALegacyDriver_HaveItsByteOrder([Values] bool bigEndian)
    {
        var driver = new RawDriver(new PciMachine(bigEndian: bigEndian), legacy: true).Start(All.Without(Feature.Version1));
        var off = BitConverter.GetBytes(new FeatureSet().With(Feature.GuestCsum).With(Feature.GuestTso6).Low);

        Assert.That(driver.Control.Send(ControlLayout.ClassOffloads, ControlLayout.OffloadsSet, bigEndian ? off.Reverse().ToArray() : off), Is.EqualTo(ControlLayout.Ok));

        Assert.That(driver.Machine.Device.Offloads.Segmentation, Is.EqualTo(Segmentation.Tso6));
    }

    // Lets a packet come that is to be cut into three, and returns how many frames arrive; flags are those of the first header.
    private int Receive(RawDriver driver, Segmentation type)
    {
        var before = driver.Counters.RxFrames;
        Let(driver, type);
        var buffers = Enumerable.Range(0, 3).Select(_ => driver.OfferReceive(4200)).ToArray();
        driver.Kick(driver.ReceiveRing);
        flags = driver.Ram.At(buffers[0], 1)[0];
        var frames = (int)(driver.Counters.RxFrames - before);
        // The buffers that are left are used up, so that the next packet finds none.
        for(var left = frames; left < 3; left++)
        {
            driver.Machine.Device.Receive(Frames.Make(60));
        }
        return frames;
    }

    private static void Let(RawDriver driver, Segmentation type)
    {
        const Segmentation ipv6 = Segmentation.Tso6 | Segmentation.Uso6 | Segmentation.Ufo6;
        var packets = new OffloadPackets((type & ipv6) != 0, (type & (Segmentation.Tso4 | Segmentation.Tso6)) != 0);
        var packet = packets.Make(type == Segmentation.None ? 100 : 4000);
        var offload = type == Segmentation.None
            ? PacketOffload.Checksum((ushort)packets.Transport, (ushort)packets.ChecksumOffset)
            : OffloadPackets.Offload(packet, type, 1400);
        driver.Machine.Device.Receive(new Packet(packet, offload));
    }

    private static void Set(RawDriver driver, FeatureSet offloads)
    {
        Assert.That(Send(driver, offloads), Is.EqualTo(ControlLayout.Ok));
    }

    private static byte? Send(RawDriver driver, FeatureSet offloads)
    {
        return driver.Control.Send(ControlLayout.ClassOffloads, ControlLayout.OffloadsSet, BitConverter.GetBytes(offloads.Low));
    }

    private byte flags;

    private static readonly FeatureSet Offloads = new FeatureSet()
        .With(Feature.GuestCsum).With(Feature.GuestTso4).With(Feature.GuestTso6).With(Feature.GuestEcn)
        .With(Feature.GuestUfo).With(Feature.GuestUso4).With(Feature.GuestUso6);

    private static readonly FeatureSet All = NetDriver.AllFeatures.With(Feature.CtrlVq).With(Feature.CtrlGuestOffloads) | Offloads;
}
