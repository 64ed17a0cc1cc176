// renode-virtio-net, MIT licence: see LICENSE.
// Queues and device configuration. virtio v1.4-cs01: 5.1.2, 5.1.4.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class NetConfigTests
{
    [Test]
    [Rule("NET-01")]
    public void Queues_OnePair_AreReceiveThenTransmitThenControl()
    {
        var driver = new RawDriver().Start();
        Assert.That(driver.Pci.Common(CommonCfg.NumQueues, 2), Is.EqualTo(3));
        Assert.That((driver.Receive.Index, driver.Transmit.Index), Is.EqualTo((0, 1)));
        driver.OfferReceive(100);
        driver.Send(Frames.Make(60));

        driver.Machine.Device.Receive(Frames.Make(60));

        Assert.That((driver.Receive.UsedIndex, driver.Transmit.UsedIndex), Is.EqualTo(((ushort)1, (ushort)1)));
    }

    [TestCase(68)]
    [TestCase(1500)]
    [TestCase(65535)]
    [Rule("NET-16")]
    public void Config_Layout_IsTheSpecs(int mtu)
    {
        var mac = new byte[] { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };
        var driver = new RawDriver(new PciMachine(mac: mac, mtu: mtu)).Start();

        var bytes = Enumerable.Range(0, 12).Select(x => (byte)driver.Pci.DeviceConfig(x, 1));

        Assert.That(bytes, Is.EqualTo(mac.Concat(new byte[] { 1, 0, 0, 0, (byte)(mtu & 0xFF), (byte)(mtu >> 8) })));
    }

    // With RSS, which several pairs bring, more fields follow.
    [Test]
    [Rule("NET-11", "NET-12")]
    public void Config_OfSpeedAndDuplex_IsThereBesideTheFieldsOfHashes()
    {
        var driver = new RawDriver(new PciMachine(queuePairs: 2, speed: 10_000, duplex: "full")).Start();

        Assert.That((driver.Pci.DeviceConfig(NetLayout.ConfigSpeed, 4), driver.Pci.DeviceConfig(NetLayout.ConfigDuplex, 1)), Is.EqualTo((10_000UL, 1UL)));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigRssMaxKeySize, 1), Is.EqualTo(40));
    }

    [TestCase(0, "half", 0)]
    [TestCase(10_000, "full", 1)]
    [TestCase(0x7FFF_FFFF, "unknown", 0xFF)]
    [TestCase(0xFFFF_FFFF, "unknown", 0xFF)]
    [Rule("NET-11", "NET-12", "NET-13", "NET-16")]
    public void Config_OfSpeedAndDuplex_IsWhatTheUserSays(long speed, string duplex, int value)
    {
        var driver = new RawDriver(new PciMachine(speed: speed, duplex: duplex)).Start();

        Assert.That(driver.Pci.Structures[PciLayout.CapDeviceCfg].Length, Is.EqualTo(17));
        Assert.That((driver.Pci.DeviceConfig(NetLayout.ConfigSpeed, 4), driver.Pci.DeviceConfig(NetLayout.ConfigDuplex, 1)), Is.EqualTo(((ulong)speed, (ulong)value)));
        // The link may change; they do not.
        driver.Machine.Device.LinkUp = false;
        Assert.That((driver.Pci.DeviceConfig(NetLayout.ConfigSpeed, 4), driver.Pci.DeviceConfig(NetLayout.ConfigDuplex, 1)), Is.EqualTo(((ulong)speed, (ulong)value)));
    }

    [Test]
    [Rule("NET-16")]
    public void Config_WithoutSpeedDuplex_EndsWithTheMtu()
    {
        var driver = new RawDriver(new PciMachine(features: "-SPEED_DUPLEX")).Start();

        Assert.That(driver.Pci.Structures[PciLayout.CapDeviceCfg].Length, Is.EqualTo(12));
    }

    [Test]
    [Rule("NET-05", "NET-16")]
    public void Config_WrittenByDriver_StaysAsItIs([Values(1, 2, 4)] int width)
    {
        var driver = new RawDriver().Start();
        var before = driver.Machine.Device.Config.ToArray();
        for(var offset = 0U; offset < 12; offset += (uint)width)
        {
            driver.Pci.Write(PciLayout.CapDeviceCfg, offset, width, uint.MaxValue);
        }
        driver.Send(Frames.Make(60));
        driver.Pci.Status = DeviceStatus.None;

        Assert.That(driver.Machine.Device.Config.ToArray(), Is.EqualTo(before));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigMtu, 2), Is.EqualTo(1500));
    }

    [Test]
    [Rule("NET-17")]
    public void Link_Changes_ShowInStatusAndGenerationAndNotify()
    {
        var driver = new RawDriver().Start();
        var device = driver.Machine.Device;
        foreach(var up in new[] { false, true })
        {
            var generation = driver.Pci.Common(CommonCfg.ConfigGeneration, 1);
            device.LinkUp = up;

            Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigStatus, 2), Is.EqualTo(up ? 1 : 0));
            Assert.That(driver.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.Not.EqualTo(generation));
            Assert.That(driver.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));

            device.LinkUp = up;
            Assert.That(driver.Pci.ReadIsr(), Is.Zero, "no change, no notification");
        }
    }
}
