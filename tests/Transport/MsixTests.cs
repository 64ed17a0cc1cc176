// renode-virtio-net, MIT licence: see LICENSE.
// MSI-X: mapping events to vectors, masking, pending messages, and that INTx is silent meanwhile. virtio v1.4-cs01: 4.1.5.1.2.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MsixTests
{
    [Test]
    [Rule("PCI-67", "PCI-66", "PCIH-07")]
    public void Table_OfEverySize_HasRoomAndStartsMasked([Values(1, 2, 4, 64, 65, 2048)] int vectors)
    {
        var pci = new VirtioPciDriver(new PciMachine(vectors: vectors));
        pci.Probe();
        var msix = new MsixDriver(pci);
        Assert.That(msix.Vectors, Is.EqualTo(vectors));
        for(var vector = 0; vector < vectors; vector++)
        {
            Assert.That(pci.Platform.Load(msix.Entry(vector) + 12, 4), Is.EqualTo(1), $"vector {vector} is not masked");
            Assert.That(msix.IsPending(vector), Is.False);
        }
    }

    [TestCase(0)]
    [TestCase(3)]
    [Rule("PCI-69", "PCI-71", "H-56")]
    public void Queue_MappedToAVector_SendsOneMessageABatch(int vector)
    {
        var (machine, driver, msix) = Start();
        driver.Pci.Common(CommonCfg.QueueSelect, 2, NetLayout.ReceiveQueue);
        driver.Pci.Common(CommonCfg.QueueMsixVector, 2, (uint)vector);
        Assert.That(driver.Pci.Common(CommonCfg.QueueMsixVector, 2), Is.EqualTo(vector));
        msix.Program(vector, Doorbell, 40);
        machine.Device.Receive(new byte[60]);
        Assert.That(machine.Messages, Is.EqualTo(new[] { (Doorbell, 40U) }));
        Assert.That(machine.Lines, Has.None.True, "INTx must be silent while MSI-X is enabled");
    }

    [TestCase(0, 1, 2)]
    [TestCase(1, 2, 0)]
    [TestCase(3, 0, 1)]
    [Rule("PCI-69", "PCI-71")]
    public void Events_EachWithAVectorOfItsOwn_ReadItBackAndSendItsMessage(int config, int receive, int transmit)
    {
        var (machine, driver, msix) = Start();
        var mapped = new[] { (NetLayout.ReceiveQueue, receive), (NetLayout.TransmitQueue, transmit) };
        driver.Pci.Common(CommonCfg.ConfigMsixVector, 2, (uint)config);
        foreach(var (queue, vector) in mapped)
        {
            driver.Pci.Common(CommonCfg.QueueSelect, 2, (uint)queue);
            driver.Pci.Common(CommonCfg.QueueMsixVector, 2, (uint)vector);
        }
        Assert.That(driver.Pci.Common(CommonCfg.ConfigMsixVector, 2), Is.EqualTo(config));
        foreach(var (queue, vector) in mapped)
        {
            driver.Pci.Common(CommonCfg.QueueSelect, 2, (uint)queue);
            Assert.That(driver.Pci.Common(CommonCfg.QueueMsixVector, 2), Is.EqualTo(vector), $"queue {queue}");
        }
        for(var vector = 0; vector < 4; vector++)
        {
            msix.Program(vector, Doorbell, (uint)vector);
        }
        machine.Device.Receive(new byte[60]);
        driver.TrySend(new byte[60]);
        machine.Device.LinkUp = false;
        Assert.That(machine.Messages.Select(x => (int)x.Data), Is.EqualTo(new[] { receive, transmit, config }));
    }

    [Test]
    [Rule("PCI-69")]
    public void Events_SharingAVector_AllSendItsMessage()
    {
        var (machine, driver, msix) = Start();
        driver.Pci.Common(CommonCfg.ConfigMsixVector, 2, 1);
        foreach(var queue in new[] { NetLayout.ReceiveQueue, NetLayout.TransmitQueue })
        {
            driver.Pci.Common(CommonCfg.QueueSelect, 2, (uint)queue);
            driver.Pci.Common(CommonCfg.QueueMsixVector, 2, 1);
        }
        msix.Program(1, Doorbell, 41);
        machine.Device.Receive(new byte[60]);
        driver.TrySend(new byte[60]);
        machine.Device.LinkUp = false;
        Assert.That(machine.Messages, Has.Count.EqualTo(3));
    }

    [Test]
    [Rule("PCI-49")]
    public void ConfigChange_SentAsAMessage_HasItsIsrBitWhenTheMessageArrives()
    {
        var (machine, driver, msix) = Start();
        driver.Pci.Common(CommonCfg.ConfigMsixVector, 2, 1);
        msix.Program(1, Doorbell, 41);
        var seen = new List<byte>();
        machine.MessageArrived = () => seen.Add((byte)driver.Pci.ReadIsr());
        machine.Device.LinkUp = false;
        Assert.That(seen, Is.EqualTo(new[] { PciLayout.IsrConfig }));
    }

    [Test]
    [Rule("PCI-49", "PCI-70", "PCI-75", "PCI-77")]
    public void Events_MappedToNoVector_AreSilentAndINTxDoesNotStandIn()
    {
        var (machine, driver, msix) = Start();
        msix.Program(0, Doorbell, 42);
        machine.Device.Receive(new byte[60]);
        machine.Device.LinkUp = false;
        Assert.That(machine.Messages, Is.Empty);
        Assert.That(machine.Lines, Has.None.True);
        Assert.That(driver.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig), "the ISR bit is set without a vector, too");
    }

    [TestCase(4U)]
    [TestCase(0x7FFFU)]
    [TestCase(0xFFFEU)]
    [Rule("PCI-74", "H-57", "PCI-73")]
    public void Mapping_ToAVectorThatIsNot_ReadsBackNoVector(uint vector)
    {
        var (_, driver, _) = Start();
        foreach(var field in new[] { CommonCfg.ConfigMsixVector, CommonCfg.QueueMsixVector })
        {
            driver.Pci.Common(field, 2, 3);
            Assert.That(driver.Pci.Common(field, 2), Is.EqualTo(3), "a mapping that can be satisfied");
            driver.Pci.Common(field, 2, vector);
            Assert.That(driver.Pci.Common(field, 2), Is.EqualTo(PciLayout.MsiNoVector));
        }
    }

    [Test]
    [Rule("PCI-72")]
    public void Reset_UnmapsEveryEvent()
    {
        var (_, driver, _) = Start();
        driver.Pci.Common(CommonCfg.ConfigMsixVector, 2, 1);
        driver.Pci.Common(CommonCfg.QueueMsixVector, 2, 2);
        driver.Pci.Status = DeviceStatus.None;
        Assert.That(driver.Pci.Common(CommonCfg.ConfigMsixVector, 2), Is.EqualTo(PciLayout.MsiNoVector));
        Assert.That(driver.Pci.Common(CommonCfg.QueueMsixVector, 2), Is.EqualTo(PciLayout.MsiNoVector));
    }

    [Test]
    [Rule("BASE-14")]
    public void Reset_WithAVectorPending_SendsNothingWhenItIsUnmasked()
    {
        var (machine, driver, msix) = Start();
        driver.Pci.Common(CommonCfg.ConfigMsixVector, 2, 2);
        msix.Program(2, Doorbell, 45);
        msix.Mask(2, true);
        machine.Device.LinkUp = false;
        Assert.That(msix.IsPending(2), Is.True);
        driver.Pci.Status = DeviceStatus.None;
        Assert.That(msix.IsPending(2), Is.False);
        msix.Mask(2, false);
        Assert.That(machine.Messages, Is.Empty);
    }

    [Test]
    [Rule("PCIH-05", "PCIH-07", "H-58", "H-109")]
    public void Vector_NotifiedWhileHeldBack_IsPendingAndSentOnceWhenItMay([Values] Hold hold)
    {
        var (machine, driver, msix) = Start();
        driver.Pci.Common(CommonCfg.ConfigMsixVector, 2, 2);
        msix.Program(2, Doorbell, 43);
        Set(driver.Pci, msix, hold, true);
        machine.Device.LinkUp = false;
        machine.Device.LinkUp = true;
        Assert.That(machine.Messages, Is.Empty);
        Assert.That(msix.IsPending(2), Is.True);
        Set(driver.Pci, msix, hold, false);
        Assert.That(machine.Messages, Is.EqualTo(new[] { (Doorbell, 43U) }));
        Assert.That(msix.IsPending(2), Is.False);
    }

    [Test]
    [Rule("H-59")]
    public void Msix_SwitchedOnAndOff_TakesINTxDownAndBringsItBack()
    {
        var (machine, driver, msix) = Start();
        msix.Control = 0;
        machine.Device.Receive(new byte[60]);
        Assert.That(machine.Lines, Has.Exactly(1).True);
        msix.Control = MsixDriver.Enable;
        Assert.That(machine.Lines, Has.None.True);
        msix.Control = 0;
        Assert.That(machine.Lines, Has.Exactly(1).True);
        Assert.That(driver.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrQueue));
        Assert.That(machine.Lines, Has.None.True);
    }

    [Test]
    [Rule("H-101")]
    public void Table_OddAccesses_ChangeNothing([Values(1, 2, 4, 8)] int width)
    {
        var (machine, driver, msix) = Start();
        msix.Program(1, Doorbell, 44);
        for(var offset = 0UL; offset + (uint)width <= 0x1000; offset++)
        {
            if(width >= 4 && offset % (uint)width == 0)
            {
                continue;
            }
            machine.Store(msix.Entry(0) + offset, width, ulong.MaxValue);
            Assert.That(machine.Load(msix.Entry(0) + offset, width), Is.Zero);
        }
        Assert.That(machine.Load(msix.Entry(1), 8), Is.EqualTo(Doorbell));
        Assert.That(machine.Load(msix.Entry(1) + 8, 8), Is.EqualTo(44));
    }

    public enum Hold
    {
        Vector,
        Function,
        BusMaster,
    }

    private static void Set(VirtioPciDriver pci, MsixDriver msix, Hold hold, bool held)
    {
        switch(hold)
        {
            case Hold.Vector:
                msix.Mask(2, held);
                break;
            case Hold.Function:
                msix.Control = MsixDriver.Enable | (held ? MsixDriver.FunctionMask : 0);
                break;
            default:
                pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory | (held ? 0U : PciSpec.CommandBusMaster));
                break;
        }
    }

    private static (PciMachine Machine, NetDriver Driver, MsixDriver Msix) Start()
    {
        var machine = new PciMachine(vectors: 4);
        var driver = new NetDriver(machine);
        driver.Start();
        return (machine, driver, new MsixDriver(driver.Pci) { Control = MsixDriver.Enable });
    }

    private const ulong Doorbell = 0x0802_0040;
}
