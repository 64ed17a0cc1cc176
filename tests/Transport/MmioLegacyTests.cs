// renode-virtio-net, MIT licence: see LICENSE.
// Version 1 of virtio-mmio: pages, alignment, and a driver that knows no FEATURES_OK.
// virtio v1.4-cs01: 4.2.4 "Legacy interface", 3.1.2, 2.7.2.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Tests.Transport;

public sealed class MmioLegacyTests
{
    [Test]
    [Rule("MMIOL-01")]
    public void Frames_WithPagesAndAlignmentOfAnySize_ArriveUnchanged([Values(512, 4096, 16384, 65536)] int page, [Values(4, 64, 4096, 65536)] int align)
    {
        var machine = new MmioMachine(new GuestRam(4 << 20), version: 1, queueSize: 16);
        var driver = new NetDriver(new MmioDriver(machine, pageSize: page, align: align));
        driver.Start();
        for(var i = 0; i < 100; i++)
        {
            var frame = Net.Frames.Make(60 + i, i);
            Assert.That(driver.TrySend(frame), Is.True);
            Assert.That(machine.Sent.Last(), Is.EqualTo(frame));
            machine.Device.Receive((byte[])frame.Clone());
            Assert.That(driver.TryReceive(out var received), Is.True);
            Assert.That(received, Is.EqualTo(frame));
        }
        Assert.That(machine.Misuses, Is.Empty);
    }

    [Test]
    [Rule("MMIOL-01")]
    public void GuestPageSize_WrittenBeforeTheFirstReset_Counts()
    {
        // As Linux does: Probe writes GuestPageSize, and only then Negotiate resets the device, which must keep it.
        var card = new MmioMachine(version: 1);
        var driver = new MmioDriver(card, pageSize: 65536);
        driver.Probe();
        driver.Negotiate(NetDriver.AllFeatures);
        driver.Negotiate(NetDriver.AllFeatures);
        var ring = driver.SetupQueue(NetLayout.TransmitQueue);
        Assert.That(card.Card.Transport.LayoutOf(NetLayout.TransmitQueue).DescriptorArea, Is.EqualTo(ring.DescriptorArea));
        Assert.That(driver.Read(MmioReg.QueuePFN), Is.EqualTo(ring.DescriptorArea / 65536));
    }

    [Test]
    [Rule("MMIOL-01", "F-06")]
    public void QueuePfn_BeforeGuestPageSizeWasWritten_IsAnAddress()
    {
        var machine = new MmioMachine(version: 1, queueSize: MmioCard.QueueSize);
        var driver = new MmioDriver(machine);
        var ring = machine.Ram.Allocate(1 << 16, 4096);
        driver.Status = DeviceStatus.Acknowledge | DeviceStatus.Driver;
        driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        driver.Write(MmioReg.QueuePFN, (uint)ring);
        Assert.That(machine.Card.Transport.LayoutOf(NetLayout.TransmitQueue).DescriptorArea, Is.EqualTo(ring));
        Assert.That(driver.Read(MmioReg.QueuePFN), Is.EqualTo(ring));
        Assert.That(machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("F-06")]
    public void GuestPageSize_AfterAResetOfTheMachine_Is1()
    {
        var machine = new MmioMachine(version: 1);
        new MmioDriver(machine, pageSize: 65536).Probe();
        machine.Card.Reset();
        Assert.That(machine.Card.GuestPageSize, Is.EqualTo(1));
    }

    [TestCase(MmioReg.GuestPageSize, "GuestPageSize")]
    [TestCase(MmioReg.QueueAlign, "QueueAlign[0]")]
    [Rule("MMIOL-01")]
    public void PageSizeAndAlignment_ThatAreNoPowersOfTwo_AreNotTaken(int register, string name)
    {
        var card = new MmioCard(Stage.DriverKnown, 1);
        foreach(var value in new[] { 0U, 3U, 4097U, uint.MaxValue })
        {
            card.Driver.Write(register, value);
            Assert.That(MmioView.Of(card.Machine)[name], Is.EqualTo("4096"), $"{value}");
        }
        card.Driver.Write(register, 0x8000_0000);
        Assert.That(MmioView.Of(card.Machine)[name], Is.EqualTo("2147483648"));
    }

    [Test]
    [Rule("MMIOL-01")]
    public void QueuePfn_SaysWhetherTheQueueIsInUse()
    {
        var card = new MmioCard(Stage.FeaturesOk, 1);
        var ring = card.Driver.SetupQueue(NetLayout.TransmitQueue);
        Assert.That(card.Driver.Read(MmioReg.QueuePFN), Is.EqualTo(ring.DescriptorArea / 4096));
        card.Driver.Write(MmioReg.QueueSel, NetLayout.ReceiveQueue);
        Assert.That(card.Driver.Read(MmioReg.QueuePFN), Is.Zero);
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        card.Driver.Write(MmioReg.QueuePFN, 0);
        Assert.That(card.Driver.Read(MmioReg.QueuePFN), Is.Zero);
    }

    [Test]
    [Rule("MMIOL-01", "H-51")]
    public void Queue_FreedByPageZero_IsNotTouchedUntilItIsSetUpAnew()
    {
        var card = new MmioCard(Stage.Running, 1);
        card.OfferFrame();
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        card.Driver.Write(MmioReg.QueuePFN, 0);
        var accesses = card.Machine.Ram.Accesses;
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses));
        var ring = card.Driver.SetupQueue(NetLayout.TransmitQueue, 4);
        ring.Add(new Piece(card.Machine.Ram.Allocate(72), 72, false));
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(ring.UsedIndex, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-45")]
    public void Queue_InUse_StaysWhereItIs()
    {
        var card = new MmioCard(Stage.Running, 1);
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        var before = MmioView.Of(card.Machine);
        card.Driver.Write(MmioReg.QueueSize, 4);
        card.Driver.Write(MmioReg.QueueAlign, 64);
        card.Driver.Write(MmioReg.QueuePFN, 0x4_0001);
        Assert.That(MmioView.Of(card.Machine), Is.EqualTo(before));
        card.Driver.Write(MmioReg.GuestPageSize, 65536);
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-42")]
    public void Queue_OnAPageOutsideRam_ParksTheDevice([Values(1U, 0xFFFF_FFFFU)] uint page, [Values(4096U, 0x8000_0000U)] uint pageSize)
    {
        var card = new MmioCard(Stage.FeaturesOk, 1);
        card.Driver.Write(MmioReg.GuestPageSize, pageSize);
        card.Driver.Write(MmioReg.QueuePFN, page);
        Assert.That(card.Driver.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.NeedsReset));
        Assert.That(MmioCard.Works(card.Machine), Is.True);
    }

    [Test]
    [Rule("BASE-24", "H-52")]
    public void Buffers_BeforeDriverOk_AreUsed()
    {
        var card = new MmioCard(Stage.DriverKnown, 1);
        card.Driver.Negotiate(NetDriver.AllFeatures);
        var ring = card.Driver.SetupQueue(NetLayout.TransmitQueue);
        ring.Add(new Piece(card.Machine.Ram.Allocate(72), 72, false));
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
        Assert.That(card.Driver.Status, Is.EqualTo(DeviceStatus.Acknowledge | DeviceStatus.Driver));
    }

    [Test]
    [Rule("BASE-10", "LEG-07", "MMIOL-01")]
    public void GuestFeatures_OfTheSecondWord_AreIgnored()
    {
        var card = new MmioCard(Stage.DriverKnown, 1);
        card.Driver.Write(MmioReg.DriverFeatures, 1 << (int)Feature.MrgRxbuf);
        foreach(var word in new[] { 1U, 2U, 4U, uint.MaxValue })
        {
            card.Driver.Write(MmioReg.DriverFeaturesSel, word);
            card.Driver.Write(MmioReg.DriverFeatures, uint.MaxValue);
        }
        Assert.That(card.Machine.Card.Transport.DriverFeatures, Is.EqualTo(new FeatureSet().With(Feature.MrgRxbuf)));
        Assert.That(card.Driver.ReadOffered().Has(Feature.Version1), Is.False);
    }

    [Test]
    public void Status_OfALegacyDriver_IsTakenInWhateverOrder([Values(0x04U, 0x07U, 0x0BU, 0x01U, 0x83U)] uint value)
    {
        var card = new MmioCard(Stage.DriverKnown, 1);
        card.Driver.Write(MmioReg.Status, value);
        Assert.That(card.Driver.Read(MmioReg.Status), Is.EqualTo(value));
    }

    [Test]
    [Rule("BASE-23", "NETL-02")]
    public void Mac_WrittenByteByByte_IsTheCards([Values] bool beforeFeatures)
    {
        var card = new MmioCard(beforeFeatures ? Stage.Acknowledged : Stage.Running, 1);
        for(var i = 0; i < 6; i++)
        {
            card.Driver.Store(MmioReg.Config + i, 1, (byte)(0x10 * i + 2));
        }
        Assert.That(card.Machine.Device.Mac.ToArray(), Is.EqualTo(new byte[] { 0x02, 0x12, 0x22, 0x32, 0x42, 0x52 }));
        Assert.That(card.Driver.DeviceConfig(2, 4), Is.EqualTo(0x5242_3222));
    }

    [Test]
    [Rule("H-102")]
    public void Mac_WrittenByAModernDriver_StaysAsItWas()
    {
        var card = new MmioCard(Stage.Running);
        card.Driver.Store(MmioReg.Config, 4, uint.MaxValue);
        Assert.That(card.Driver.DeviceConfig(0, 4), Is.EqualTo(2));
    }

    [Test]
    [Rule("BASE-17", "NETL-01")]
    public void Configuration_OfABigEndianGuest_IsInItsByteOrderForVersion1Only([Values(1, 2)] int version)
    {
        var driver = new MmioCard(Stage.DriverKnown, version, bigEndian: true).Driver;
        var mtu = new[] { driver.DeviceConfig(NetLayout.ConfigMtu, 1), driver.DeviceConfig(NetLayout.ConfigMtu + 1, 1) };
        Assert.That(mtu, Is.EqualTo(version == 1 ? new ulong[] { 0x12, 0x34 } : new ulong[] { 0x34, 0x12 }));
        Assert.That(driver.Read(MmioReg.MagicValue), Is.EqualTo(0x7472_6976), "registers are little-endian");
    }
}
