// renode-virtio-net, MIT licence: see LICENSE.
// The common configuration field by field: offsets, widths, directions, defaults. virtio v1.4-cs01: 4.1.4.3.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Tests.Transport;

public sealed class RegisterTests
{
    [Test]
    [Rule("PCI-10", "PCI-35", "H-101", "F-01")]
    public void CommonConfiguration_ReadAtEveryOffsetAndWidth_ComposesTheFieldsThere([Values(1, 2, 4, 8)] int width)
    {
        var (driver, values) = WithEveryFieldSet();
        var bytes = new byte[PciLayout.CommonCfgSize + 8];
        foreach(var field in DriverView.Fields)
        {
            BitConverter.GetBytes(values[field.Name])[..field.Width].CopyTo(bytes, field.Offset);
        }
        for(var offset = 0; offset < PciLayout.CommonCfgSize; offset++)
        {
            var expected = BitConverter.ToUInt64(bytes, offset) & ulong.MaxValue >> (64 - 8 * width);
            Assert.That(driver.Read(PciLayout.CapCommonCfg, (uint)offset, width), Is.EqualTo(expected), $"offset 0x{offset:X}");
        }
    }

    [Test]
    [Rule("H-101")]
    public void CommonConfiguration_ReadByOtherWidths_IsNoMisuse([Values(1, 2, 4, 8)] int width)
    {
        var card = new CardAtStage(Stage.Running);
        for(var offset = 0U; offset < PciLayout.CommonCfgSize; offset++)
        {
            card.Pci.Read(PciLayout.CapCommonCfg, offset, width);
        }
        Assert.That(card.Machine.Misuses, Is.Empty);
    }

    [TestCase(0x14, 1, false)]
    [TestCase(0x14, 2, true)]
    [TestCase(0x15, 2, true)]
    [TestCase(0x12, 4, true)]
    [TestCase(0x10, 4, false)]
    [TestCase(0x16, 8, false)]
    [TestCase(0x10, 8, true)]
    [Rule("H-101", "PCI-23", "F-01")]
    public void CommonConfiguration_ReadByAnyWidth_HasTheSideEffectsOfTheFieldsThereOnly(int offset, int width, bool coversGeneration)
    {
        var card = new CardAtStage(Stage.Running);
        var generation = card.Pci.Common(CommonCfg.ConfigGeneration, 1);
        card.Machine.Device.LinkUp = false;
        card.Pci.Read(PciLayout.CapCommonCfg, (uint)offset, width);
        // The generation counts this second change only if it was read after the first.
        card.Machine.Device.LinkUp = true;
        Assert.That(card.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.EqualTo(generation + (coversGeneration ? 2 : 1)));
    }

    [Test]
    [Rule("PCI-35", "H-101", "H-102", "H-47")]
    public void CommonConfiguration_WrittenAtEveryOffsetAndWidth_ChangesTheNamedFieldAtMost(
        [Values(1, 2, 4, 8)] int width, [Values(1UL, 0x5AA5_5AA5_5AA5_5AA5UL, ulong.MaxValue)] ulong value)
    {
        var card = new CardAtStage(Stage.DriverKnown);
        var before = DriverView.Of(card.Pci);
        for(var offset = 0; offset < PciLayout.CommonCfgSize; offset++)
        {
            card.Pci.Write(PciLayout.CapCommonCfg, (uint)offset, width, value);
            var fields = DriverView.Fields.Where(x => x.Writable && (x.Offset == offset && x.Width == width
                || width == 8 && offset % 8 == 0 && x.Width == 4 && x.Offset / 8 == offset / 8)).Select(x => x.Name).ToArray();
            var changes = DriverView.Changes(before, DriverView.Of(card.Pci));
            Assert.That(changes.Where(x => !fields.Contains(x.Split('[')[0])), Is.Empty, $"offset 0x{offset:X}");
            if(changes.Length > 0)
            {
                card = new CardAtStage(Stage.DriverKnown);
            }
        }
    }

    [Test]
    [Rule("PCI-09")]
    public void QueueAddress_WrittenAsHalvesInEitherOrder_ReadsBackAndKeepsTheOtherHalf(
        [Values(CommonCfg.QueueDesc, CommonCfg.QueueDriver, CommonCfg.QueueDevice)] int field, [Values] bool highFirst)
    {
        var driver = new CardAtStage(Stage.DriverKnown).Pci;
        driver.WriteAddress(field, 0x1111_1111_2222_2222);
        foreach(var half in highFirst ? HighThenLow : LowThenHigh)
        {
            driver.Common(field + half, 4, half == 0 ? 0x89AB_CDEF : 0x0123_4567U);
            Assert.That(driver.Common(field + 4 - half, 4), Is.EqualTo(driver.Read(PciLayout.CapCommonCfg, (uint)field, 8) >> (half == 0 ? 32 : 0) & uint.MaxValue));
        }
        Assert.That(driver.Read(PciLayout.CapCommonCfg, (uint)field, 8), Is.EqualTo(0x0123_4567_89AB_CDEF));
        foreach(var other in new[] { CommonCfg.QueueDesc, CommonCfg.QueueDriver, CommonCfg.QueueDevice }.Where(x => x != field))
        {
            Assert.That(driver.Read(PciLayout.CapCommonCfg, (uint)other, 8), Is.Zero);
        }
    }

    [Test]
    [Rule("PCI-09")]
    public void QueueAddress_OneHalfWritten_LeavesTheOther([Values(CommonCfg.QueueDesc, CommonCfg.QueueDriver, CommonCfg.QueueDevice)] int field)
    {
        var driver = new CardAtStage(Stage.DriverKnown).Pci;
        driver.Write(PciLayout.CapCommonCfg, (uint)field, 8, 0x1111_1111_2222_2222);
        driver.Common(field + 4, 4, 0x3333_3333);
        Assert.That(driver.Common(field, 4), Is.EqualTo(0x2222_2222));
        driver.Common(field, 4, 0x4444_4444);
        Assert.That(driver.Read(PciLayout.CapCommonCfg, (uint)field, 8), Is.EqualTo(0x3333_3333_4444_4444));
    }

    [Test]
    [Rule("PCI-31", "H-47", "H-101")]
    public void Queue_SelectedBeyondTheLast_ReadsAsAbsentAndIgnoresWrites([Values(3U, 4U, 255U, 256U, 0x7FFFU, 0x8000U, 0xFFFFU)] uint queue)
    {
        var card = new CardAtStage(Stage.FeaturesOk);
        card.Pci.Common(CommonCfg.QueueSelect, 2, queue);
        var before = DriverView.Of(card.Pci);
        foreach(var field in DriverView.Fields.Where(x => x.Offset > CommonCfg.QueueSelect))
        {
            card.Pci.Common(field.Offset, field.Width, 1);
            card.Pci.Common(field.Offset, field.Width, uint.MaxValue >> (32 - 8 * field.Width));
            Assert.That(card.Pci.Common(field.Offset, field.Width), Is.EqualTo(field.Offset == CommonCfg.QueueMsixVector ? PciLayout.MsiNoVector : 0U), field.Name);
        }
        Assert.That(card.Pci.Common(CommonCfg.QueueSelect, 2), Is.EqualTo(queue));
        Assert.That(DriverView.Of(card.Pci), Is.EqualTo(before));
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("PCI-31")]
    public void QueueSize_EverySelection_IsZeroExactlyBeyondNumQueues()
    {
        var driver = new CardAtStage(Stage.FeaturesOk).Pci;
        var queues = driver.Common(CommonCfg.NumQueues, 2);
        for(var queue = 0U; queue <= 0xFFFF; queue++)
        {
            driver.Common(CommonCfg.QueueSelect, 2, queue);
            Assert.That(driver.Common(CommonCfg.QueueSize, 2), Is.EqualTo(queue >= queues ? 0 : queue == NetLayout.ControlQueue ? 64 : CardAtStage.QueueSize), $"queue {queue}");
        }
    }

    [Test]
    [Rule("BASE-16", "H-101")]
    public void DeviceConfiguration_BeforeFeaturesOk_ReadsByAnyWidthAtAnyOffset([Values(Stage.Probed, Stage.Acknowledged, Stage.DriverKnown, Stage.FeaturesWritten, Stage.Running)] Stage stage)
    {
        var expected = new byte[] { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 1, 0, 0, 0, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
        var card = new CardAtStage(stage, new PciMachine(mac: expected[..6], mtu: 0x1234, queueSize: CardAtStage.QueueSize));
        Assert.That(card.Pci.Structures[PciLayout.CapDeviceCfg].Length, Is.EqualTo(expected.Length));
        foreach(var width in new[] { 1, 2, 4, 8 })
        {
            for(var offset = 0; offset < 64; offset++)
            {
                var value = 0UL;
                for(var i = 0; i < width && offset + i < expected.Length; i++)
                {
                    value |= (ulong)expected[offset + i] << (8 * i);
                }
                Assert.That(card.Pci.DeviceConfig(offset, width), Is.EqualTo(value), $"offset {offset}, width {width}");
            }
        }
    }

    [Test]
    [Rule("H-102", "H-101")]
    public void DeviceConfiguration_WrittenAnywhere_KeepsMacStatusAndMtu([Values(1, 2, 4, 8)] int width)
    {
        var card = new CardAtStage(Stage.DriverKnown);
        var before = (card.Pci.DeviceConfig(0, 8), card.Pci.DeviceConfig(8, 4));
        for(var offset = 0U; offset < 64; offset++)
        {
            card.Pci.Write(PciLayout.CapDeviceCfg, offset, width, ulong.MaxValue);
        }
        Assert.That((card.Pci.DeviceConfig(0, 8), card.Pci.DeviceConfig(8, 4)), Is.EqualTo(before));
    }

    [Test]
    [Rule("H-101")]
    public void Structures_BeyondTheirFields_ReadZeroAndIgnoreWrites([Values(1, 2, 4, 8)] int width)
    {
        var card = new CardAtStage(Stage.Running);
        var before = DriverView.Of(card.Pci);
        var bar = card.Pci.BarAddresses[4];
        var fields = new HashSet<ulong>();
        foreach(var found in card.Pci.Structures.Values)
        {
            for(var i = 0UL; i < found.Length; i++)
            {
                fields.Add(found.Offset + i);
            }
        }
        for(var offset = 0UL; offset + (ulong)width <= 0x4000; offset++)
        {
            if(!fields.Contains(offset))
            {
                Assert.That(card.Machine.Bus.Read(false, bar + offset, width), Is.Zero, $"offset 0x{offset:X}");
                card.Machine.Bus.Write(false, bar + offset, width, ulong.MaxValue);
            }
        }
        Assert.That(DriverView.Of(card.Pci), Is.EqualTo(before));
        Assert.That(card.Machine.Ram.WrittenRanges, Is.Null.Or.Empty);
    }

    [Test]
    public void RegisterMap_WhoseRowsDoNotFillTheStructure_IsRefusedAtConstruction()
    {
        var row = new Register<object>("two bytes", 2, _ => 0);
        Action tooShort = () => _ = new RegisterMap<object>(4, row);
        Action tooLong = () => _ = new RegisterMap<object>(2, row, row);
        Action misaligned = () => _ = new RegisterMap<object>(6, row, new Register<object>("four bytes", 4, _ => 0));
        Assert.Throws<ArgumentException>(tooShort);
        Assert.Throws<ArgumentException>(tooLong);
        Assert.Throws<ArgumentException>(misaligned);
    }

    // Queue 1 is selected, enabled and above 4 GiB, so that its fields do not read 0 as those of an absent queue would.
    private static (VirtioPciDriver Driver, SortedDictionary<string, uint> Values) WithEveryFieldSet()
    {
        var card = new CardAtStage(Stage.Running, new PciMachine(new GuestRam(baseAddress: 0x12_4000_0000), queueSize: CardAtStage.QueueSize));
        card.Pci.Common(CommonCfg.DeviceFeatureSelect, 4, 1);
        card.Pci.Common(CommonCfg.DriverFeatureSelect, 4, 1);
        card.Pci.Common(CommonCfg.QueueSelect, 2, 1);
        card.Machine.Device.LinkUp = false;
        var ring = card.Net.Transmit;
        var expected = new SortedDictionary<string, uint>
        {
            ["device_feature_select"] = 1,
            // SPEED_DUPLEX, GUEST_HDRLEN, NOTF_COAL, VQ_NOTF_COAL, DEVICE_STATS, HOST_USO, GUEST_USO6, GUEST_USO4, RING_RESET and VERSION_1.
            ["device_feature"] = 0x89F4_0101,
            ["driver_feature_select"] = 1,
            ["driver_feature"] = 1,
            ["config_msix_vector"] = 0xFFFF,
            ["num_queues"] = 3,
            ["device_status"] = 0x0F,
            ["config_generation"] = 1,
            ["queue_select"] = 1,
            ["queue_size"] = CardAtStage.QueueSize,
            ["queue_msix_vector"] = 0xFFFF,
            ["queue_enable"] = 1,
            ["queue_notify_off"] = 1,
            ["queue_desc"] = (uint)(ring.DescriptorArea & uint.MaxValue),
            ["queue_desc_hi"] = 0x12,
            ["queue_driver"] = (uint)(ring.DriverArea & uint.MaxValue),
            ["queue_driver_hi"] = 0x12,
            ["queue_device"] = (uint)(ring.DeviceArea & uint.MaxValue),
            ["queue_device_hi"] = 0x12,
            ["queue_notif_config_data"] = 0,
            ["queue_reset"] = 0,
            ["admin_queue_index"] = 0,
            ["admin_queue_num"] = 0,
        };
        return (card.Pci, expected);
    }

    private static readonly int[] LowThenHigh = { 0, 4 };
    private static readonly int[] HighThenLow = { 4, 0 };
}
