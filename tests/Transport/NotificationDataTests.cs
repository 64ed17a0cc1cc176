// renode-virtio-net, MIT licence: see LICENSE.
// What a notification carries with NOTIFICATION_DATA and NOTIF_CONFIG_DATA, and that nothing of it is trusted.
// virtio v1.4-cs01: 2.9 "Driver Notifications", 4.1.4.4, 4.1.5.2, 4.2.3.3.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class NotificationDataTests
{
    // The upper half holds the driver's offset and wrap counter: right, stale or absurd. The device ignores it, and takes from the ring
    // what is available (H-54).
    [Test]
    [Rule("BASE-21", "PCI-47", "H-54")]
    public void Doorbell_WithData_NotifiesTheQueueOfItsPlaceWhateverElseItSays([Values] bool packed, [Values(0U, 1U, 0x7FFFU, 0x8000U, 0xFFFFU)] uint data)
    {
        var machine = new PciMachine(features: "+NOTIFICATION_DATA +RING_PACKED");
        var driver = Started(machine, packed, Feature.NotificationData);
        for(var i = 0; i < 3; i++)
        {
            Offer(machine, driver.TransmitRing, (byte)i);
            driver.Pci.Write(PciLayout.CapNotifyCfg, Place(driver.Pci, NetLayout.TransmitQueue), 4, NetLayout.TransmitQueue | (data << 16));
            // Repeats are legal.
            driver.Pci.Write(PciLayout.CapNotifyCfg, Place(driver.Pci, NetLayout.TransmitQueue), 4, NetLayout.TransmitQueue | (data << 16));
        }
        Assert.That(machine.Sent.Select(x => x[0]), Is.EqualTo(new byte[] { 0, 1, 2 }));
        Assert.That(machine.ParkedReasons, Is.Empty);
        Assert.That(machine.Misuses, Is.Empty);
    }

    [Test]
    [Rule("BASE-21", "H-51", "H-54")]
    public void MmioNotification_WithData_NotifiesTheQueueOfItsLowerHalf([Values] bool packed, [Values(0U, 0x7FFFU, 0xFFFFU)] uint data)
    {
        var machine = new MmioMachine(features: "+NOTIFICATION_DATA +RING_PACKED");
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start(Wanted(packed, Feature.NotificationData));
        Offer(machine, driver.TransmitRing, 7);

        machine.Store(MmioMachine.CardBase + MmioReg.QueueNotify, 4, 2 | (data << 16));
        Assert.That((machine.Sent.Count, machine.Misuses.Count), Is.EqualTo((0, 1)), "there is no queue 2");
        machine.Store(MmioMachine.CardBase + MmioReg.QueueNotify, 4, NetLayout.TransmitQueue | (data << 16));
        Assert.That(machine.Sent.Single()[0], Is.EqualTo(7));
    }

    [Test]
    [Rule("BASE-21", "PCI-47")]
    public void ConfigData_OfEachQueue_IsItsIndexAndServesAsItsNotification([Values] bool negotiated)
    {
        var machine = new PciMachine(features: "+NOTIF_CONFIG_DATA");
        var driver = Started(machine, false, negotiated ? Feature.NotifConfigData : Feature.Version1);
        for(var queue = 0U; queue < 4; queue++)
        {
            driver.Pci.Common(CommonCfg.QueueSelect, 2, queue);
            Assert.That(driver.Pci.Common(CommonCfg.QueueNotifConfigData, 2), Is.EqualTo(negotiated && queue < 3 ? queue : 0));
        }
        Offer(machine, driver.TransmitRing, 1);
        driver.Pci.Write(PciLayout.CapNotifyCfg, Place(driver.Pci, NetLayout.TransmitQueue), 2, NetLayout.TransmitQueue);
        Assert.That(machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("PCI-42", "PCI-43", "PCI-44", "PCI-45", "PCI-46")]
    public void NotifyCapability_WithDataOnOffer_HasRoomForFourBytesAQueue()
    {
        var machine = new PciMachine(features: "+NOTIFICATION_DATA");
        var driver = new VirtioPciDriver(machine);
        driver.Probe();
        var notify = driver.Structures[PciLayout.CapNotifyCfg];
        var multiplier = driver.Config(notify.Capability + PciLayout.CapExtra, 4);
        Assert.That(multiplier == 0 || (multiplier % 4 == 0 && (multiplier & (multiplier - 1)) == 0), Is.True);
        Assert.That(notify.Offset % 4, Is.Zero);
        for(var queue = 0U; queue < driver.Common(CommonCfg.NumQueues, 2); queue++)
        {
            driver.Common(CommonCfg.QueueSelect, 2, queue);
            Assert.That(driver.Common(CommonCfg.QueueNotifyOff, 2) * multiplier + 4, Is.LessThanOrEqualTo(notify.Length));
        }
    }

    private static NetDriver Started(PciMachine machine, bool packed, Feature feature)
    {
        var driver = new NetDriver(machine);
        driver.Start(Wanted(packed, feature));
        return driver;
    }

    private static FeatureSet Wanted(bool packed, Feature feature)
    {
        var wanted = NetDriver.AllFeatures.With(feature);
        return packed ? wanted.With(Feature.RingPacked) : wanted;
    }

    private static uint Place(VirtioPciDriver driver, uint queue)
    {
        driver.Common(CommonCfg.QueueSelect, 2, queue);
        return driver.Common(CommonCfg.QueueNotifyOff, 2) * driver.Config(driver.Structures[PciLayout.CapNotifyCfg].Capability + PciLayout.CapExtra, 4);
    }

    private static void Offer(PciMachine machine, IDriverRing ring, byte mark) => Offer(machine.Ram, ring, mark);

    private static void Offer(MmioMachine machine, IDriverRing ring, byte mark) => Offer(machine.Ram, ring, mark);

    private static void Offer(GuestRam ram, IDriverRing ring, byte mark)
    {
        var buffer = ram.Allocate(NetLayout.HeaderSize + 60);
        ram.At(buffer + NetLayout.HeaderSize, 1)[0] = mark;
        ring.Add(new Piece(buffer, NetLayout.HeaderSize + 60, false));
    }
}
