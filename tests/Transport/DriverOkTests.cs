// renode-virtio-net, MIT licence: see LICENSE.
// Buffers that the driver makes available and notifies before DRIVER_OK are processed when it sets DRIVER_OK. virtio v1.4-cs01: 2.1.2.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class DriverOkTests
{
    [Test]
    [Rule("BASE-02", "H-55", "F-05")]
    public void Buffers_NotifiedBeforeDriverOk_AreSentAtDriverOkAndTheQueueGoesOn([Values] Bus bus, [Values] bool packed)
    {
        var (machine, driver) = Make(bus, packed);
        driver.Probe();
        Assert.That(driver.Negotiate(driver.ReadOffered()), Is.True);
        driver.SetupRing(NetLayout.ReceiveQueue);
        var ring = driver.SetupRing(NetLayout.TransmitQueue);
        Offer(machine, ring, 0);
        Assert.That(ring.DeviceWantsNotification(), Is.True);
        driver.Notify(NetLayout.TransmitQueue);
        Assert.That(machine.Sent, Is.Empty, "the device looked before DRIVER_OK");

        driver.Status |= DeviceStatus.DriverOk;
        Assert.That(machine.Sent, Has.Count.EqualTo(1), "the device has not looked at DRIVER_OK");
        for(var i = 1; i <= 5; i++)
        {
            // A driver with EVENT_IDX notifies only if the device has asked for it.
            Offer(machine, ring, i);
            if(ring.DeviceWantsNotification())
            {
                driver.Notify(NetLayout.TransmitQueue);
            }
            Assert.That(machine.Sent, Has.Count.EqualTo(i + 1));
        }
    }

    [Test]
    [Rule("H-109")]
    public void Buffers_NotifiedBeforeDriverOkAndBusMastering_AreSentWhenBothAreThere([Values] bool masterFirst)
    {
        var (machine, driver) = Make(Bus.Pci, false);
        var pci = (VirtioPciDriver)driver;
        pci.Probe();
        pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory);
        pci.Negotiate(pci.ReadOffered());
        pci.SetupRing(NetLayout.ReceiveQueue);
        Offer(machine, pci.SetupRing(NetLayout.TransmitQueue), 0);
        pci.Notify(NetLayout.TransmitQueue);
        Action master = () => pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandBusMaster);
        Action driverOk = () => pci.Status |= DeviceStatus.DriverOk;
        foreach(var step in masterFirst ? new[] { master, driverOk } : new[] { driverOk, master })
        {
            Assert.That(machine.Sent, Is.Empty);
            step();
        }
        Assert.That(machine.Sent, Has.Count.EqualTo(1));
    }

    public enum Bus
    {
        Pci,
        Mmio,
    }

    private static (CardMachine Machine, IVirtioDriver Driver) Make(Bus bus, bool packed)
    {
        var features = packed ? "+RING_PACKED" : "";
        if(bus == Bus.Pci)
        {
            var machine = new PciMachine(features: features);
            return (machine, new VirtioPciDriver(machine));
        }
        var mmio = new MmioMachine(features: features);
        return (mmio, new MmioDriver(mmio));
    }

    private static void Offer(CardMachine machine, IDriverRing ring, int mark)
    {
        var address = machine.Ram.Allocate(NetLayout.HeaderSize + 60);
        CardAtStage.Frame((byte)mark).CopyTo(machine.Ram.At(address + NetLayout.HeaderSize, 60));
        ring.Add(new Piece(address, NetLayout.HeaderSize + 60, false));
    }
}
