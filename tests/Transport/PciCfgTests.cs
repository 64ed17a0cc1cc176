// renode-virtio-net, MIT licence: see LICENSE.
// The PCI configuration access capability: a window to the BARs for firmware that has not mapped them.
// virtio v1.4-cs01: 4.1.4.9.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class PciCfgTests
{
    [Test]
    [Rule("PCI-62", "PCI-63", "PCI-64")]
    public void Window_OnTheCommonConfiguration_DoesAWholeNegotiation()
    {
        var card = new CardAtStage(Stage.Probed);
        // Bar decoding off: what follows can only come through the window.
        card.Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandBusMaster);
        var window = new Window(card.Pci);
        foreach(var status in new[] { 1U, 3U })
        {
            window.Write(Bar, CommonCfg.DeviceStatus, 1, status);
        }
        window.Write(Bar, CommonCfg.DriverFeatureSelect, 4, 1);
        window.Write(Bar, CommonCfg.DriverFeature, 4, 1);
        window.Write(Bar, CommonCfg.DeviceStatus, 1, 0x0B);
        Assert.That(window.Read(Bar, CommonCfg.DeviceStatus, 1), Is.EqualTo(0x0B));
        Assert.That(window.Read(Bar, CommonCfg.NumQueues, 2), Is.EqualTo(3));
        Assert.That(window.Read(Bar, CommonCfg.DriverFeature, 4), Is.EqualTo(1));
    }

    [Test]
    [Rule("PCI-64")]
    public void Window_OnTheIsr_ReadingClearsItAndDropsTheLine()
    {
        var card = new CardAtStage(Stage.InterruptPending);
        var window = new Window(card.Pci);
        var isr = card.Pci.Structures[PciLayout.CapIsrCfg].Offset;
        window.Point(Bar, isr, 1);
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True, "pointing reads nothing");
        Assert.That(window.Data, Is.EqualTo(PciLayout.IsrConfig));
        Assert.That(card.Machine.Lines, Has.None.True);
        Assert.That(window.Data, Is.Zero);
    }

    [Test]
    [Rule("PCI-63")]
    public void Window_OnADoorbell_NotifiesTheQueue()
    {
        var card = new CardAtStage(Stage.Running);
        card.OfferFrame(7);
        var notify = card.Pci.Structures[PciLayout.CapNotifyCfg].Offset;
        new Window(card.Pci).Write(Bar, notify + 4 * NetLayout.TransmitQueue, 2, NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [TestCase(CommonCfg.QueueSelect, 2U, 0x5678U)]
    [TestCase(CommonCfg.DeviceFeatureSelect, 4U, 0x1234_5678U)]
    [Rule("PCI-63", "PCI-64")]
    public void Window_OfMoreThanAByte_CarriesAllItsBytes(int field, uint length, uint expected)
    {
        var card = new CardAtStage(Stage.DriverKnown);
        var window = new Window(card.Pci);
        window.Write(Bar, (uint)field, length, 0x1234_5678);
        Assert.That(card.Pci.Common(field, (int)length), Is.EqualTo(expected));
        Assert.That(window.Data, Is.EqualTo(expected));
    }

    [Test]
    [Rule("PCI-63")]
    public void Window_OfLengthL_WritesTheFirstLBytesOnly()
    {
        var card = new CardAtStage(Stage.DriverKnown);
        var window = new Window(card.Pci);
        window.Write(Bar, CommonCfg.QueueSelect, 2, 0xABCD_0001);
        Assert.That(card.Pci.Common(CommonCfg.QueueSelect, 2), Is.EqualTo(1));
        Assert.That(card.Pci.Common(CommonCfg.QueueSize, 2), Is.EqualTo(CardAtStage.QueueSize));
        window.Point(Bar, 0, 1);
        window.Data = 0xFFFF_FFFF;
        Assert.That(card.Pci.Common(CommonCfg.DeviceFeatureSelect, 4), Is.Zero, "a write of one byte does not change a field of four");
    }

    [Test]
    [Rule("PCI-63", "PCI-64")]
    public void Window_UsedByA64BitAccessToLengthAndData_IsUsedOnce()
    {
        var card = new CardAtStage(Stage.InterruptPending);
        var window = new Window(card.Pci);
        window.Point(Bar, CommonCfg.QueueSelect, 4);
        card.Machine.Bus.WriteConfig(PciMachine.Ecam(PciMachine.CardSlot, window.Capability + PciLayout.CapLength), 8, (1UL << 32) | 2);
        Assert.That(card.Pci.Common(CommonCfg.QueueSelect, 2), Is.EqualTo(1));

        window.Point(Bar, card.Pci.Structures[PciLayout.CapIsrCfg].Offset, 1);
        var both = card.Machine.Bus.ReadConfig(PciMachine.Ecam(PciMachine.CardSlot, window.Capability + PciLayout.CapLength), 8);
        Assert.That(both, Is.EqualTo((ulong)PciLayout.IsrConfig << 32 | 1));
    }

    [TestCase("BarThatDoesNotExist", 0U, 0U, 4U)]
    [TestCase("UpperHalfOfTheBar", 5U, 0U, 4U)]
    [TestCase("BarSix", 6U, 0U, 4U)]
    [TestCase("Bar255", 255U, 0U, 4U)]
    [TestCase("LengthZero", 4U, 0U, 0U)]
    [TestCase("LengthThree", 4U, 0U, 3U)]
    [TestCase("LengthEight", 4U, 0U, 8U)]
    [TestCase("LengthAllOnes", 4U, 0U, uint.MaxValue)]
    [TestCase("Misaligned", 4U, 2U, 4U)]
    [TestCase("MisalignedWord", 4U, 1U, 2U)]
    [TestCase("MisalignedOnTheEndOfTheMac", 4U, 0x2005U, 2U)]
    [TestCase("AfterTheBar", 4U, 0x4000U, 4U)]
    [TestCase("AcrossTheEnd", 4U, 0x3FFFU, 2U)]
    [TestCase("OffsetAllOnes", 4U, 0xFFFF_FFFCU, 4U)]
    [TestCase("BetweenStructures", 4U, 0x0800U, 4U)]
    [Rule("H-108")]
    public void Window_OnNoRegister_ReadsZeroAndWritesNothing(string what, uint bar, uint offset, uint length)
    {
        var card = new CardAtStage(Stage.QueueConfigured);
        var before = DriverView.Of(card.Pci);
        var window = new Window(card.Pci);
        window.Point(bar, offset, length);
        foreach(var value in new[] { 0U, 1U, uint.MaxValue })
        {
            window.Data = value;
            Assert.That(window.Data, Is.Zero, what);
        }
        Assert.That(DriverView.Of(card.Pci), Is.EqualTo(before), what);
    }

    [Test]
    [Rule("H-108", "PCI-17")]
    public void Capability_AllBytesWritten_KeepsAllButBarOffsetAndLength()
    {
        var card = new CardAtStage(Stage.Probed);
        var at = card.Pci.Structures[PciLayout.CapPciCfg].Capability;
        var before = Enumerable.Range(0, 20).Select(x => card.Pci.Config(at + x, 1)).ToArray();
        for(var i = 0; i < 20; i++)
        {
            card.Pci.WriteConfig(at + i, 1, 0xFF);
        }
        for(var i = 0; i < 16; i++)
        {
            var writable = i == 4 || i >= 8;
            Assert.That(card.Pci.Config(at + i, 1), Is.EqualTo(writable ? 0xFF : before[i]), $"byte {i}");
        }
    }

    private const uint Bar = 4;

    // A driver's use of the capability.
    private sealed class Window
    {
        public Window(VirtioPciDriver driver)
        {
            this.driver = driver;
            Capability = driver.Structures[PciLayout.CapPciCfg].Capability;
        }

        public void Point(uint bar, uint offset, uint length)
        {
            driver.WriteConfig(Capability + PciLayout.CapBar, 1, bar);
            driver.WriteConfig(Capability + PciLayout.CapOffset, 4, offset);
            driver.WriteConfig(Capability + PciLayout.CapLength, 4, length);
        }

        public uint Read(uint bar, uint offset, uint length)
        {
            Point(bar, offset, length);
            return Data;
        }

        public void Write(uint bar, uint offset, uint length, uint value)
        {
            Point(bar, offset, length);
            Data = value;
        }

        public uint Data
        {
            get => driver.Config(Capability + PciLayout.CapExtra, 4);
            set => driver.WriteConfig(Capability + PciLayout.CapExtra, 4, value);
        }

        public int Capability { get; }

        private readonly VirtioPciDriver driver;
    }
}
