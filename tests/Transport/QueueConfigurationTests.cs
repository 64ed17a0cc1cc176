// renode-virtio-net, MIT licence: see LICENSE.
// Setting a queue up: size, addresses, enabling; and what a broken driver makes of it.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class QueueConfigurationTests
{
    [Test]
    [Rule("PCI-32", "H-40")]
    public void QueueSize_EveryValueWritten_KeepsPowersOfTwoUpToTheMaximumOnly([Values(1, 8, 256, 32768)] int maximum)
    {
        var driver = new CardAtStage(Stage.FeaturesOk, new PciMachine(queueSize: maximum)).Pci;
        var kept = (uint)maximum;
        for(var size = 0U; size <= 0xFFFF; size++)
        {
            driver.Common(CommonCfg.QueueSize, 2, size);
            if(size <= maximum && uint.PopCount(size) == 1)
            {
                kept = size;
            }
            Assert.That(driver.Common(CommonCfg.QueueSize, 2), Is.EqualTo(kept), $"size {size}");
        }
    }

    [Test]
    [Rule("H-48")]
    public void QueueReset_NotOffered_LeavesTheQueueRunning([Values((ushort)1, (ushort)0, (ushort)0xFFFF)] ushort value)
    {
        var card = new CardAtStage(Stage.Running);
        card.Pci.Common(CommonCfg.QueueSelect, 2, NetLayout.TransmitQueue);
        card.Pci.Common(CommonCfg.QueueReset, 2, value);
        card.Pci.Common(CommonCfg.QueueReset, 2, value);
        Assert.That(card.Pci.Common(CommonCfg.QueueReset, 2), Is.Zero);
        Assert.That(card.Pci.Common(CommonCfg.QueueEnable, 2), Is.EqualTo(1));
        card.OfferFrame(1);
        card.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-45", "H-46")]
    public void Queue_Enabled_FreezesItsFieldsAndStaysEnabled([Values(Stage.QueueEnabled, Stage.Running, Stage.Failed)] Stage stage)
    {
        var card = new CardAtStage(stage);
        card.Pci.Common(CommonCfg.QueueSelect, 2, NetLayout.TransmitQueue);
        var before = DriverView.Of(card.Pci);
        foreach(var field in DriverView.Fields.Where(x => x.Offset > CommonCfg.QueueSelect))
        {
            foreach(var value in new[] { 0U, 1U, 2U, uint.MaxValue >> (32 - 8 * field.Width) })
            {
                card.Pci.Common(field.Offset, field.Width, value);
                Assert.That(DriverView.Of(card.Pci), Is.EqualTo(before), $"{value} to {field.Name}");
            }
        }
    }

    [Test]
    [Rule("H-45")]
    public void Queue_ReconfiguredWhileRunning_GoesOnWhereItWas()
    {
        var card = new CardAtStage(Stage.Running);
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);
        card.Pci.Common(CommonCfg.QueueSelect, 2, NetLayout.TransmitQueue);
        card.Pci.Common(CommonCfg.QueueSize, 2, 2);
        card.Pci.WriteAddress(CommonCfg.QueueDevice, card.Net.Receive.DeviceArea);
        card.Pci.Common(CommonCfg.QueueEnable, 2, 1);
        Assert.That(card.Net.TrySend(CardAtStage.Frame(2)), Is.True);
        Assert.That(card.Machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Range(1, 2)));
        Assert.That(card.Net.Transmit.UsedIndex, Is.EqualTo(2));
    }

    [TestCase(0U)]
    [TestCase(2U)]
    [TestCase(0xFFFFU)]
    [Rule("H-46")]
    public void QueueEnable_AnythingBut1_HasNoEffect(uint value)
    {
        var driver = new CardAtStage(Stage.QueueConfigured).Pci;
        driver.Common(CommonCfg.QueueEnable, 2, value);
        Assert.That(driver.Common(CommonCfg.QueueEnable, 2), Is.Zero);
        Assert.That(((PciMachine)driver.Platform).ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("H-45")]
    public void QueueEnable_BeforeFeaturesOk_HasNoEffect([Values(Stage.Probed, Stage.DriverKnown, Stage.FeaturesWritten)] Stage stage)
    {
        var driver = new CardAtStage(stage).Pci;
        driver.Common(CommonCfg.QueueEnable, 2, 1);
        Assert.That(driver.Common(CommonCfg.QueueEnable, 2), Is.Zero);
        Assert.That(((PciMachine)driver.Platform).ParkedReasons, Is.Empty);
    }

    [TestCase(CommonCfg.QueueDesc, 16)]
    [TestCase(CommonCfg.QueueDriver, 2)]
    [TestCase(CommonCfg.QueueDevice, 4)]
    [Rule("H-41")]
    public void Area_AtEveryMisalignment_ParksTheDevice(int field, int alignment)
    {
        for(var offset = 0; offset < 32; offset++)
        {
            var card = WithAreas(field, ram => ram.Allocate(0x1000, 0x1000) + (uint)offset);
            card.Pci.Common(CommonCfg.QueueEnable, 2, 1);
            Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(offset % alignment == 0 ? 0 : 1), $"offset {offset}");
            Assert.That(card.Pci.Status.HasFlag(DeviceStatus.NeedsReset), Is.EqualTo(offset % alignment != 0), $"offset {offset}");
        }
    }

    [Test]
    [Rule("H-42", "H-110", "H-111", "H-114")]
    public void Area_NotWhollyRam_ParksTheDevice(
        [Values(CommonCfg.QueueDesc, CommonCfg.QueueDriver, CommonCfg.QueueDevice)] int field,
        [Values("end", "before", "wrap", "zero", "bar", "hole")] string where)
    {
        var card = WithAreas(field, ram => where switch
        {
            "end" => ram.End - 16,
            "before" => ram.Base - 16,
            "wrap" => 0xFFFF_FFFF_FFFF_FFF0,
            "zero" => 0,
            "bar" => 0x1000_0000,
            _ => ram.Base + 0x8000,
        });
        card.Machine.Ram.Unmap(card.Machine.Ram.Base + 0x8010, 1);
        var interrupts = card.Machine.Interrupts;
        card.Machine.Ram.WrittenRanges = new();
        card.Pci.Common(CommonCfg.QueueEnable, 2, 1);
        card.Pci.Status |= DeviceStatus.DriverOk;
        card.Pci.Notify(NetLayout.TransmitQueue);

        Assert.That(card.Pci.Status & DeviceStatus.NeedsReset, Is.Not.EqualTo(DeviceStatus.None));
        Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(1));
        Assert.That(card.Machine.Ram.WrittenRanges, Is.Empty);
        Assert.That(card.Machine.Interrupts, Is.EqualTo(interrupts));
    }

    [Test]
    [Rule("H-42")]
    public void Area_EndingWithTheLastByteOfRam_Works()
    {
        // The used ring of 8 entries is 4 + 8 * 8 + 2 bytes; the next address aligned to 4 above that is 72.
        var card = WithAreas(CommonCfg.QueueDevice, ram => ram.End - 72);
        card.Pci.Common(CommonCfg.QueueEnable, 2, 1);
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
        Assert.That(card.Pci.Common(CommonCfg.QueueEnable, 2), Is.EqualTo(1));
    }

    [Test]
    [Rule("H-44")]
    public void Area_AtAddressZero_IsRamLikeAnyOther()
    {
        var card = new CardAtStage(Stage.FeaturesOk, new PciMachine(new GuestRam(baseAddress: 0), queueSize: CardAtStage.QueueSize));
        var ram = card.Machine.Ram;
        var buffer = ram.Allocate(128);
        card.Pci.Common(CommonCfg.QueueSelect, 2, NetLayout.TransmitQueue);
        card.Pci.WriteAddress(CommonCfg.QueueDriver, ram.Allocate(64));
        card.Pci.WriteAddress(CommonCfg.QueueDevice, ram.Allocate(128));
        card.Pci.Common(CommonCfg.QueueEnable, 2, 1);
        card.Pci.Status |= DeviceStatus.DriverOk;
        ram.Write64(0, buffer);
        ram.Write32(8, NetLayout.HeaderSize + 60);
        ram.Write16(card.Pci.Common(CommonCfg.QueueDriver, 4) + RingLayout.RingIdx, 1);
        card.Pci.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-43")]
    public void Areas_OnTopOfEachOther_HarmOnlyTheDriver()
    {
        var card = new CardAtStage(Stage.FeaturesOk);
        var ram = card.Machine.Ram;
        var area = ram.Allocate(0x100, 0x100);
        foreach(var queue in new[] { NetLayout.ReceiveQueue, NetLayout.TransmitQueue })
        {
            card.Pci.Common(CommonCfg.QueueSelect, 2, (uint)queue);
            foreach(var field in new[] { CommonCfg.QueueDesc, CommonCfg.QueueDriver, CommonCfg.QueueDevice })
            {
                card.Pci.WriteAddress(field, area);
            }
            card.Pci.Common(CommonCfg.QueueEnable, 2, 1);
            Assert.That(card.Pci.Common(CommonCfg.QueueEnable, 2), Is.EqualTo(1));
        }
        card.Pci.Status |= DeviceStatus.DriverOk;
        ram.WrittenRanges = new();
        for(var i = 0; i < 100; i++)
        {
            ram.Write32(area, (uint)i * 0x1_0001);
            card.Pci.Notify(i % 2);
            card.Machine.Device.Receive(CardAtStage.Frame(1));
            card.Machine.RunDeferred();
        }
        Assert.That(ram.WrittenRanges.Where(x => x.Address < area || x.Address >= area + 0x100), Is.Empty);

        var revived = new NetDriver(card.Machine);
        revived.Start();
        Assert.That(revived.TrySend(CardAtStage.Frame(9)), Is.True);
        Assert.That(card.Machine.Sent[^1][0], Is.EqualTo(9), "a reset brings it back");
    }

    [Test]
    [Rule("H-49", "H-106")]
    public void DriverOk_WithSomeQueuesOrNone_IdlesAndDropsWhatComes([Values] bool receive, [Values] bool transmit)
    {
        var card = new CardAtStage(Stage.FeaturesOk);
        var enabled = new[] { receive, transmit };
        var rings = enabled.Select((x, i) => x ? card.Pci.SetupQueue(i) : null).ToArray();
        card.Pci.Status |= DeviceStatus.DriverOk;
        card.Pci.Notify(NetLayout.ReceiveQueue);
        card.Pci.Notify(NetLayout.TransmitQueue);
        card.Machine.Device.Receive(CardAtStage.Frame(1));

        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(receive ? 0 : 1));
        Assert.That(card.Machine.Interrupts, Is.Zero);
        if(rings[NetLayout.ReceiveQueue] is SplitRing ring)
        {
            ring.Add(new Piece(card.Machine.Ram.Allocate(2048), 2048, true));
            card.Pci.Notify(NetLayout.ReceiveQueue);
            Assert.That(ring.UsedIndex, Is.EqualTo(1), "the frame has waited");
        }
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(32769)]
    [TestCase(65536)]
    [Rule("H-50")]
    public void Device_WithAnImpossibleQueueSize_IsRefusedAtConstruction(int size)
    {
        Action act = () => _ = new PciMachine().MakeDevice(size);
        Assert.Throws<ArgumentException>(act);
    }

    // A card whose transmit queue is ready to be enabled, with one of its areas where the test wants it.
    private static CardAtStage WithAreas(int field, Func<GuestRam, ulong> place)
    {
        var card = new CardAtStage(Stage.FeaturesOk);
        card.Pci.Common(CommonCfg.QueueSelect, 2, NetLayout.TransmitQueue);
        foreach(var area in new[] { CommonCfg.QueueDesc, CommonCfg.QueueDriver, CommonCfg.QueueDevice })
        {
            card.Pci.WriteAddress(area, area == field ? place(card.Machine.Ram) : card.Machine.Ram.Allocate(0x100, 0x100));
        }
        return card;
    }
}
