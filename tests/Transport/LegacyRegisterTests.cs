// renode-virtio-net, MIT licence: see LICENSE.
// The legacy registers one by one: offsets, widths, directions, and the configuration that moves with MSI-X. virtio v1.4-cs01: 4.1.4.10.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyRegisterTests
{
    [Test]
    [Rule("LEG-09", "LEG-05", "LEG-06", "H-101")]
    public void Bar_ReadAtEveryOffsetAndWidth_AnswersAndChangesNothing([Values(1, 2, 4)] int width, [Values] bool msix, [Values(PciMode.Transitional, PciMode.Legacy)] PciMode mode)
    {
        var (card, values) = WithEveryRegisterSet(msix, mode);
        var before = LegacyView.Of(card);
        for(var offset = 0; offset + width <= BarSize; offset++)
        {
            if(offset <= LegacyPciDriver.IsrStatus && LegacyPciDriver.IsrStatus < offset + width)
            {
                continue;
            }
            Assert.That(card.Driver.Read(offset, width), Is.EqualTo(Expected(card, values, offset, width)), $"offset 0x{offset:X}");
        }
        Assert.That(values.Where(x => x.Key != "queue notify" && x.Value == 0), Is.Empty, "a register that reads 0 could not be told from one that is absent");
        Assert.That(LegacyView.Of(card), Is.EqualTo(before));
        Assert.That(card.Driver.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig), "no other read has cleared it");
        Assert.That(card.Driver.ReadIsr(), Is.Zero);
    }

    [Test]
    [Rule("LEG-09", "LEG-05", "LEG-06", "H-101", "H-102")]
    public void Bar_WrittenAtEveryOffsetAndWidth_ChangesWhatIsThereAtMost(
        [Values(1, 2, 4)] int width, [Values] bool msix, [Values(1U, 0x5AA5_5AA5U, uint.MaxValue)] uint value)
    {
        var card = Selected(msix);
        var before = LegacyView.Of(card);
        for(var offset = 0; offset + width <= BarSize; offset++)
        {
            var misuses = card.Machine.Misuses.Count;
            card.Driver.Write(offset, width, value & (uint)PciSpec.AllOnes(width));

            var allowed = MayChange(card, offset, width);
            var changes = DriverView.Changes(before, LegacyView.Of(card));
            Assert.That(changes.Where(x => !allowed.Contains(x)), Is.Empty, $"offset 0x{offset:X}");
            if(allowed.Length == 0 && offset != LegacyPciDriver.QueueNotify)
            {
                Assert.That(card.Machine.Misuses, Has.Count.EqualTo(misuses + 1), $"offset 0x{offset:X}: told");
            }
            if(changes.Length > 0)
            {
                card = Selected(msix);
            }
        }
    }

    [TestCase(LegacyPciDriver.DriverFeatures, 4, 0x3000_8028U)]
    [TestCase(LegacyPciDriver.QueueAddress, 4, 0x4_0010U)]
    [TestCase(LegacyPciDriver.QueueSelect, 2, 0xFFFEU)]
    [TestCase(LegacyPciDriver.DeviceStatusRegister, 1, 0x03U)]
    [TestCase(LegacyPciDriver.ConfigVector, 2, 3U)]
    [TestCase(LegacyPciDriver.QueueVector, 2, 2U)]
    [Rule("LEG-09", "LEG-10", "PCI-73")]
    public void Register_WrittenByItsOwnWidth_ReadsBack(int register, int width, uint value)
    {
        var card = Selected(true);
        card.Driver.Write(register, width, value);
        Assert.That(card.Driver.Read(register, width), Is.EqualTo(value));
        Assert.That(card.Machine.Misuses, Is.Empty);
    }

    [Test]
    [Rule("LEG-05", "LEG-06", "BASE-16")]
    public void Config_ReadByAnyWidthAtAnyOffset_IsTheSameBytesAtEveryStage([Values] LegacyStage stage, [Values] bool msix)
    {
        var card = new LegacyCard(stage, Machine());
        card.EnableMsix(msix);
        foreach(var width in new[] { 1, 2, 4 })
        {
            for(var offset = 0; offset + width <= NetLayout.ConfigSizeWithDuplex; offset++)
            {
                Assert.That(card.Driver.DeviceConfig(offset, width), Is.EqualTo(Bytes(ConfigBytes, offset, width)), $"offset {offset}, width {width}");
            }
        }
    }

    [Test]
    [Rule("NETL-02", "NETL-06", "BASE-23", "LEG-05", "H-102")]
    public void Config_WrittenByAnyWidthAtAnyOffset_ChangesBytesOfTheMacOnly(
        [Values(1, 2, 4)] int width, [Values(LegacyStage.Probed, LegacyStage.Acknowledged, LegacyStage.QueuesSet, LegacyStage.Running)] LegacyStage stage, [Values] bool msix)
    {
        for(var offset = 0; offset < BarSize - LegacyPciDriver.ConfigMsix; offset++)
        {
            var card = new LegacyCard(stage, Machine());
            card.EnableMsix(msix);
            var expected = ConfigBytes.ToArray();
            for(var i = 0; i < width && offset + width <= NetLayout.ConfigSizeWithDuplex && offset + i < NetLayout.MacSize; i++)
            {
                expected[offset + i] = (byte)(0xE0 + i);
            }

            card.Driver.Write(card.Driver.ConfigOffset + offset, width, 0xE3E2_E1E0 & (uint)PciSpec.AllOnes(width));

            Assert.That(ReadConfig(card), Is.EqualTo(expected), $"offset {offset}");
            Assert.That(card.Machine.Device.Mac.ToArray(), Is.EqualTo(expected[..6]));
        }
    }

    [Test]
    [Rule("LEG-06", "H-59")]
    public void Config_WhileMsixIsSwitched_MovesBackAndForthAndVectorsAreKept()
    {
        var card = new LegacyCard(LegacyStage.Running, Machine());
        card.EnableMsix(true);
        card.Driver.Write(LegacyPciDriver.ConfigVector, 2, 1);
        card.Driver.Write(LegacyPciDriver.QueueVector, 2, 2);
        for(byte i = 0; i < 10; i++)
        {
            card.EnableMsix(i % 2 == 0);
            // The first byte of the MAC: at 24 with MSI-X enabled, else at 20.
            card.Driver.Write(i % 2 == 0 ? 24 : 20, 1, (uint)(0x40 + 2 * i));
            var mac = ConfigBytes.ToArray();
            mac[0] = (byte)(0x40 + 2 * i);
            Assert.That(ReadConfig(card), Is.EqualTo(mac));
            card.EnableMsix(true);
            Assert.That(ReadConfig(card), Is.EqualTo(mac));
            Assert.That((card.Driver.Read(LegacyPciDriver.ConfigVector, 2), card.Driver.Read(LegacyPciDriver.QueueVector, 2)), Is.EqualTo((1, 2)));
            Assert.That(card.Net.TrySend(CardAtStage.Frame(i)), Is.True);
        }
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(10));
    }

    [Test]
    [Rule("LEG-06", "PCIH-07")]
    public void Config_WithMsixEnabledAndFunctionMasked_IsBehindTheVectors()
    {
        var card = new LegacyCard(LegacyStage.Running, Machine());
        new MsixDriver(card.Driver.Pci).Control = MsixDriver.Enable | MsixDriver.FunctionMask;
        Assert.That(card.Driver.Read(24, 4), Is.EqualTo(Bytes(ConfigBytes, 0, 4)));
        new MsixDriver(card.Driver.Pci).Control = MsixDriver.FunctionMask;
        Assert.That(card.Driver.Read(20, 4), Is.EqualTo(Bytes(ConfigBytes, 0, 4)));
    }

    [Test]
    [Rule("LEG-06", "LEG-09")]
    public void Vectors_OfACardWithoutMsix_AreNotThere()
    {
        var card = new LegacyCard(LegacyStage.Running, new PciMachine(mac: ConfigBytes[..6], queueSize: 8));
        Assert.That(card.Driver.Read(20, 4), Is.EqualTo(Bytes(ConfigBytes, 0, 4)));
    }

    [Test]
    [Rule("H-47", "H-101")]
    public void Queue_SelectedBeyondTheLast_ReadsAsAbsentAndIgnoresWrites([Values(3U, 4U, 255U, 256U, 0x7FFFU, 0x8000U, 0xFFFFU)] uint queue)
    {
        var card = Selected(true);
        card.Driver.Write(LegacyPciDriver.QueueSelect, 2, queue);
        var before = LegacyView.Of(card);
        card.Driver.Write(LegacyPciDriver.QueueAddress, 4, 0x4_0010);
        card.Driver.Write(LegacyPciDriver.QueueAddress, 4, 0);
        card.Driver.Write(LegacyPciDriver.QueueVector, 2, 1);
        Assert.That(LegacyView.Of(card), Is.EqualTo(before));
        Assert.That(card.Driver.Read(LegacyPciDriver.QueueAddress, 4), Is.Zero);
        Assert.That(card.Driver.Read(LegacyPciDriver.QueueSize, 2), Is.Zero);
        Assert.That(card.Driver.Read(LegacyPciDriver.QueueVector, 2), Is.EqualTo(PciLayout.MsiNoVector));
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("H-51", "H-52", "H-53")]
    public void Notify_OfAnyValueAtAnyStage_NeverThrowsNorParks([Values] LegacyStage stage)
    {
        var card = new LegacyCard(stage);
        var parked = card.Machine.ParkedReasons.Count;
        for(var value = 0U; value <= 0xFFFF; value++)
        {
            card.Driver.Write(LegacyPciDriver.QueueNotify, 2, value);
        }
        Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(parked));
    }

    private static PciMachine Machine(PciMode mode = PciMode.Transitional)
    {
        return new PciMachine(mac: ConfigBytes[..6], mtu: 0x1234, queueSize: LegacyCard.QueueSize, vectors: LegacyCard.Vectors, mode: mode);
    }

    // Queue 1 is selected and no queue is enabled, so that no write is refused because of the card's state.
    private static LegacyCard Selected(bool msix)
    {
        var card = new LegacyCard(LegacyStage.Acknowledged);
        card.EnableMsix(msix);
        card.Master(false);
        card.Driver.Write(LegacyPciDriver.QueueSelect, 2, 1);
        return card;
    }

    private static (LegacyCard Card, Dictionary<string, uint> Values) WithEveryRegisterSet(bool msix, PciMode mode)
    {
        var card = new LegacyCard(LegacyStage.Running, Machine(mode));
        card.Driver.Write(LegacyPciDriver.QueueSelect, 2, 1);
        card.EnableMsix(true);
        card.Driver.Write(LegacyPciDriver.ConfigVector, 2, 1);
        card.Driver.Write(LegacyPciDriver.QueueVector, 2, 2);
        card.EnableMsix(msix);
        card.Machine.Device.LinkUp = false;
        card.Machine.Device.LinkUp = true;
        return (card, new Dictionary<string, uint>
        {
            ["device features"] = card.Driver.ReadOffered().Word(0),
            ["driver features"] = card.Driver.Features.Word(0),
            ["queue address"] = (uint)(card.Transmit.DescriptorArea / 4096),
            ["queue size"] = LegacyCard.QueueSize,
            ["queue select"] = 1,
            ["queue notify"] = 0,
            ["device status"] = 0x07,
            ["config vector"] = 1,
            ["queue vector"] = 2,
        });
    }

    private static uint Expected(LegacyCard card, Dictionary<string, uint> values, int offset, int width)
    {
        if(offset >= card.Driver.ConfigOffset)
        {
            return Bytes(ConfigBytes, offset - card.Driver.ConfigOffset, width);
        }
        var header = new byte[card.Driver.ConfigOffset];
        foreach(var row in LegacyView.Rows.Where(x => x.Offset < header.Length))
        {
            BitConverter.GetBytes(values.GetValueOrDefault(row.Name))[..row.Width].CopyTo(header, row.Offset);
        }
        return Bytes(header, offset, width);
    }

    private static string[] MayChange(LegacyCard card, int offset, int width)
    {
        if(offset >= card.Driver.ConfigOffset)
        {
            offset -= card.Driver.ConfigOffset;
            return offset + width > NetLayout.ConfigSizeWithDuplex ? Array.Empty<string>()
                : Enumerable.Range(offset, width).Where(x => x < NetLayout.MacSize).Select(x => $"config[{x}]").ToArray();
        }
        var row = LegacyView.Rows.FirstOrDefault(x => x.Offset == offset && x.Width == width && x.Writable);
        return row.Name switch
        {
            null or "queue notify" => Array.Empty<string>(),
            // A page that is no RAM parks the device.
            "queue address" => new[] { "queue address[1]", "device status" },
            "queue vector" => new[] { "queue vector[1]" },
            // Bus mastering comes with DRIVER.
            "device status" => new[] { "device status", "Command" },
            _ => new[] { row.Name },
        };
    }

    private static byte[] ReadConfig(LegacyCard card)
    {
        return Enumerable.Range(0, NetLayout.ConfigSizeWithDuplex).Select(x => (byte)card.Driver.DeviceConfig(x, 1)).ToArray();
    }

    private static uint Bytes(byte[] bytes, int offset, int width)
    {
        return bytes.Skip(offset).Take(width).Reverse().Aggregate(0U, (value, x) => (value << 8) | x);
    }

    private static readonly byte[] ConfigBytes = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 1, 0, 0, 0, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
    private const int BarSize = 64;
}
