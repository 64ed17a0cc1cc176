// renode-virtio-net, MIT licence: see LICENSE.
// The spec's numbers, written down a second time. Driver model and device share the constants, so a wrong one would not show in
// tests with both. virtio v1.4-cs01, in the sections named at each test.

using NUnit.Framework;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Spec;

public sealed class LayoutTests
{
    // 2.7.5, 2.8.13.
    [TestCase(RingLayout.DescriptorSize, 16)]
    [TestCase(RingLayout.DescriptorAddr, 0)]
    [TestCase(RingLayout.DescriptorLen, 8)]
    [TestCase(RingLayout.DescriptorFlags, 12)]
    [TestCase(RingLayout.DescriptorNext, 14)]
    [TestCase(RingLayout.PackedDescriptorId, 12)]
    [TestCase(RingLayout.PackedDescriptorFlags, 14)]
    [TestCase(RingLayout.DescNext, 1)]
    [TestCase(RingLayout.DescWrite, 2)]
    [TestCase(RingLayout.DescIndirect, 4)]
    [TestCase(RingLayout.DescAvail, 0x80)]
    [TestCase(RingLayout.DescUsed, 0x8000)]
    [Rule("SPLIT-08", "PACK-20", "PACK-12")]
    public void Descriptor_HasTheSpecsLayout(int value, int expected) => Assert.That(value, Is.EqualTo(expected));

    // 2.7, 2.7.6, 2.7.8.
    [TestCase(RingLayout.MaxQueueSize, 32768)]
    [TestCase(RingLayout.RingFlags, 0)]
    [TestCase(RingLayout.RingIdx, 2)]
    [TestCase(RingLayout.RingEntries, 4)]
    [TestCase(RingLayout.AvailEntrySize, 2)]
    [TestCase(RingLayout.UsedEntrySize, 8)]
    [TestCase(RingLayout.EventSize, 2)]
    [TestCase(RingLayout.AvailNoInterrupt, 1)]
    [TestCase(RingLayout.DescriptorAlign, 16)]
    [TestCase(RingLayout.AvailAlign, 2)]
    [TestCase(RingLayout.UsedAlign, 4)]
    [Rule("SPLIT-01", "SPLIT-13", "SPLIT-21", "SPLIT-30")]
    public void SplitRing_HasTheSpecsLayout(int value, int expected) => Assert.That(value, Is.EqualTo(expected));

    // 2.8.10, 2.8.14.
    [TestCase(RingLayout.EventSuppressionSize, 4)]
    [TestCase(RingLayout.EventSuppressionAlign, 4)]
    [TestCase(RingLayout.EventDesc, 0)]
    [TestCase(RingLayout.EventFlags, 2)]
    [TestCase(RingLayout.EventWrap, 0x8000)]
    [TestCase(RingLayout.EventFlagsMask, 3)]
    [TestCase(RingLayout.EventEnable, 0)]
    [TestCase(RingLayout.EventDisable, 1)]
    [TestCase(RingLayout.EventForDescriptor, 2)]
    [Rule("PACK-17", "PACK-18")]
    public void EventSuppression_HasTheSpecsLayout(int value, int expected) => Assert.That(value, Is.EqualTo(expected));

    // 2.7.5.2.
    [Test]
    [Rule("H-12")]
    public void Chain_MayDescribe4GiB() => Assert.That(RingLayout.MaxChainLength, Is.EqualTo(0x1_0000_0000UL));

    // 2.1.
    [TestCase(DeviceStatus.Acknowledge, 1)]
    [TestCase(DeviceStatus.Driver, 2)]
    [TestCase(DeviceStatus.DriverOk, 4)]
    [TestCase(DeviceStatus.FeaturesOk, 8)]
    [TestCase(DeviceStatus.NeedsReset, 64)]
    [TestCase(DeviceStatus.Failed, 128)]
    [Rule("BASE-01")]
    public void Status_HasTheSpecsBits(DeviceStatus status, int expected) => Assert.That((int)status, Is.EqualTo(expected));

    // 5.1.9.
    [TestCase(NetLayout.HeaderFlags, 0)]
    [TestCase(NetLayout.HeaderGsoType, 1)]
    [TestCase(NetLayout.HeaderGsoSize, 4)]
    [TestCase(NetLayout.HeaderCsumStart, 6)]
    [TestCase(NetLayout.HeaderCsumOffset, 8)]
    [TestCase(NetLayout.HeaderNumBuffers, 10)]
    [TestCase(NetLayout.HeaderSize, 12)]
    [TestCase(NetLayout.LegacyHeaderSize, 10)]
    [TestCase(NetLayout.FlagNeedsCsum, 1)]
    [TestCase(NetLayout.GsoNone, 0)]
    [TestCase(NetLayout.GsoTcp4, 1)]
    [TestCase(NetLayout.GsoUdp, 3)]
    [TestCase(NetLayout.GsoTcp6, 4)]
    [TestCase(NetLayout.GsoUdpL4, 5)]
    [TestCase(NetLayout.GsoEcn, 0x80)]
    [Rule("H-61", "H-62")]
    public void NetHeader_HasTheSpecsLayout(int value, int expected) => Assert.That(value, Is.EqualTo(expected));

    // 5.1, 5.1.2, 5.1.4.
    [TestCase(NetLayout.DeviceType, 1)]
    [TestCase(NetLayout.ReceiveQueue, 0)]
    [TestCase(NetLayout.TransmitQueue, 1)]
    [TestCase(NetLayout.ConfigMac, 0)]
    [TestCase(NetLayout.ConfigStatus, 6)]
    [TestCase(NetLayout.ConfigMaxVirtqueuePairs, 8)]
    [TestCase(NetLayout.ConfigMtu, 10)]
    [TestCase(NetLayout.ConfigSize, 12)]
    [TestCase(NetLayout.ConfigSpeed, 12)]
    [TestCase(NetLayout.ConfigDuplex, 16)]
    [TestCase(NetLayout.ConfigSizeWithDuplex, 17)]
    [TestCase(NetLayout.StatusLinkUp, 1)]
    [TestCase(NetLayout.MinMtu, 68)]
    [TestCase(NetLayout.MaxMtu, 65535)]
    public void NetDevice_HasTheSpecsNumbers(int value, int expected) => Assert.That(value, Is.EqualTo(expected));

    // 4.1.2, 4.1.4, 4.1.5.1.2.
    [TestCase(PciLayout.VendorId, 0x1AF4)]
    [TestCase(PciLayout.ModernDeviceIdBase, 0x1040)]
    [TestCase(PciLayout.TransitionalDeviceIdBase, 0x1000)]
    [TestCase(PciLayout.ModernSubsystemIdMin, 0x40)]
    [TestCase(PciLayout.CapCommonCfg, 1)]
    [TestCase(PciLayout.CapNotifyCfg, 2)]
    [TestCase(PciLayout.CapIsrCfg, 3)]
    [TestCase(PciLayout.CapDeviceCfg, 4)]
    [TestCase(PciLayout.CapPciCfg, 5)]
    [TestCase(PciLayout.CapLen, 2)]
    [TestCase(PciLayout.CapCfgType, 3)]
    [TestCase(PciLayout.CapBar, 4)]
    [TestCase(PciLayout.CapOffset, 8)]
    [TestCase(PciLayout.CapLength, 12)]
    [TestCase(PciLayout.CapExtra, 16)]
    [TestCase(PciLayout.CapSize, 16)]
    [TestCase(PciLayout.CapSizeExtra, 20)]
    [TestCase(PciLayout.LegacyHeaderSize, 20)]
    [TestCase(PciLayout.LegacyHeaderSizeMsix, 24)]
    [TestCase(PciLayout.LegacyPageSize, 4096)]
    [TestCase(PciLayout.IsrQueue, 1)]
    [TestCase(PciLayout.IsrConfig, 2)]
    [TestCase(PciLayout.MsiNoVector, 0xFFFF)]
    public void Pci_HasTheSpecsNumbers(long value, long expected) => Assert.That(value, Is.EqualTo(expected));

    // 4.2.2.
    [TestCase(MmioLayout.Magic, 0x7472_6976)]
    [TestCase(MmioLayout.ModernVersion, 2)]
    [TestCase(MmioLayout.LegacyVersion, 1)]
    [TestCase(MmioLayout.Config, 0x100)]
    public void Mmio_HasTheSpecsNumbers(long value, long expected) => Assert.That(value, Is.EqualTo(expected));
}
