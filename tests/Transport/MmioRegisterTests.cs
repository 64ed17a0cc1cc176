// renode-virtio-net, MIT licence: see LICENSE.
// The registers of virtio-mmio one by one: offsets, widths, directions. virtio v1.4-cs01: 4.2.2, 4.2.4.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MmioRegisterTests
{
    [Test]
    [Rule("MMIO-01", "MMIO-02", "MMIOL-01")]
    public void Identity_IsThatOfANetworkDevice([Values(1, 2)] int version)
    {
        var driver = new MmioCard(Stage.Probed, version).Driver;
        Assert.That(driver.Read(MmioReg.MagicValue), Is.EqualTo(0x7472_6976));
        Assert.That(driver.Read(MmioReg.Version), Is.EqualTo(version));
        Assert.That(driver.Read(MmioReg.DeviceID), Is.EqualTo(1));
        Assert.That(driver.Read(MmioReg.VendorID), Is.EqualTo(0x1AF4));
    }

    [TestCase(0)]
    [TestCase(3)]
    [Rule("H-122")]
    public void Version_ThatIsNot_IsRefused(int version)
    {
        Assert.That((Action)(() => _ = new MmioMachine(version: version)), Throws.ArgumentException.With.Message.Contains("it must be 2, or 1"));
    }

    [Test]
    [Rule("MMIO-13", "H-101", "MMIOL-01")]
    public void Window_ReadAtEveryOffsetAndWidth_AnswersReadableRegistersOnlyAndChangesNothing([Values(1, 2)] int version, [Values(1, 2, 4, 8)] int width)
    {
        var card = new MmioCard(Stage.Running, version);
        card.Driver.Write(MmioReg.QueueSel, 1);
        card.Driver.Write(MmioReg.DeviceFeaturesSel, 0);
        card.Machine.Device.LinkUp = false;
        var registers = Readable(card, version);
        var before = MmioView.Of(card.Machine);
        for(var offset = 0; offset + width <= MmioLayout.Size; offset++)
        {
            ulong expected;
            if(offset + width > MmioReg.Config)
            {
                expected = offset < MmioReg.Config ? 0 : ConfigAt(offset - MmioReg.Config, width);
            }
            else if(width == 8)
            {
                // Drivers must not do this (4.2.2.2). Here a 64-bit read is two 32-bit ones, if both registers can be read.
                expected = offset % 8 == 0 && registers.TryGetValue(offset, out var low) && registers.TryGetValue(offset + 4, out var high) ? low | ((ulong)high << 32) : 0;
            }
            else
            {
                expected = width == 4 ? registers.GetValueOrDefault(offset) : 0;
            }
            Assert.That(card.Driver.Load(offset, width), Is.EqualTo(expected), $"offset 0x{offset:X}");
        }
        Assert.That(MmioView.Of(card.Machine), Is.EqualTo(before));
    }

    [Test]
    [Rule("MMIO-13", "H-101", "H-102", "MMIOL-01")]
    public void Window_WrittenAtEveryOffsetAndWidth_ChangesWhatTheRegisterNamesAtMost(
        [Values(1, 2)] int version, [Values(1, 2, 4, 8)] int width, [Values(1UL, 0x5AA5_5AA5_5AA5_5AA5UL, ulong.MaxValue)] ulong value)
    {
        foreach(var stage in new[] { Stage.DriverKnown, Stage.FeaturesOk, Stage.Running })
        {
            var card = new MmioCard(stage, version);
            var before = MmioView.Of(card.Machine);
            for(var offset = 0; offset + width <= MmioLayout.Size; offset++)
            {
                card.Driver.Store(offset, width, value);
                var named = MmioView.Writable(version)
                    .Where(x => x.Offset == offset && width == 4 || offset % 8 == 0 && width == 8 && x.Offset / 8 == offset / 8)
                    .SelectMany(x => Consequences(x.Name, version)).ToList();
                if(version == 1 && offset >= MmioReg.Config && offset < MmioReg.Config + 6)
                {
                    named.Add("mac");
                }
                var changes = MmioView.Changes(before, MmioView.Of(card.Machine));
                Assert.That(changes.Except(named), Is.Empty, $"offset 0x{offset:X}");
                if(changes.Length > 0)
                {
                    card = new MmioCard(stage, version);
                    before = MmioView.Of(card.Machine);
                }
            }
        }
    }

    // At stage DriverKnown each register is written a value that it does not have, and sets what its name says.
    [TestCase(MmioReg.DeviceFeaturesSel, 1U, "DeviceFeaturesSel", "1")]
    [TestCase(MmioReg.DriverFeatures, 0x20U, "DriverFeatures", "0x20")]
    [TestCase(MmioReg.DriverFeaturesSel, 3U, "DriverFeaturesSel", "3")]
    [TestCase(MmioReg.QueueSel, 1U, "QueueSel", "1")]
    [TestCase(MmioReg.QueueSize, 4U, "QueueSize[0]", "4")]
    [TestCase(MmioReg.Status, 0x83U, "Status", "Acknowledge, Driver, Failed")]
    [TestCase(MmioReg.QueueDesc, 0x1000U, "DescriptorLow[0]", "4096")]
    [TestCase(MmioReg.QueueDesc + 4, 7U, "DescriptorHigh[0]", "7")]
    [TestCase(MmioReg.QueueDriver, 0x1000U, "DriverLow[0]", "4096")]
    [TestCase(MmioReg.QueueDriver + 4, 7U, "DriverHigh[0]", "7")]
    [TestCase(MmioReg.QueueDevice, 0x1000U, "DeviceLow[0]", "4096")]
    [TestCase(MmioReg.QueueDevice + 4, 7U, "DeviceHigh[0]", "7")]
    [Rule("MMIO-13")]
    public void Register_Written_SetsWhatItNames(int offset, uint value, string name, string expected)
    {
        var card = new MmioCard(Stage.DriverKnown);
        card.Driver.Write(offset, value);
        Assert.That(MmioView.Of(card.Machine)[name], Is.EqualTo(expected));
        Assert.That(card.Machine.Misuses, Is.Empty);
    }

    [Test]
    [Rule("MMIO-13", "H-47")]
    public void Queue_SelectedThatIsNot_ReadsAsAbsentAndIgnoresWrites(
        [Values(1, 2)] int version, [Values(3U, 255U, 0xFFFFU, 0x1_0000U, 0x1_0001U, uint.MaxValue)] uint queue)
    {
        var card = new MmioCard(Stage.FeaturesOk, version);
        card.Driver.Write(MmioReg.QueueSel, queue);
        var before = MmioView.Of(card.Machine);
        foreach(var (offset, _) in MmioView.Writable(version).Where(x => x.Offset >= MmioReg.QueueSizeMax && x.Offset != MmioReg.Status))
        {
            foreach(var value in new[] { 0U, 1U, 4096U, uint.MaxValue })
            {
                card.Driver.Write(offset, value);
            }
        }
        Assert.That(MmioView.Of(card.Machine), Is.EqualTo(before));
        Assert.That(card.Driver.Read(MmioReg.QueueSizeMax), Is.Zero);
        Assert.That(card.Driver.Read(version == 1 ? MmioReg.QueuePFN : MmioReg.QueueReady), Is.Zero);
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("MMIO-13")]
    public void QueueSizeMax_OfAQueue_IsThatOfTheDevice([Values(1, 2)] int version, [Values(0U, 1U)] uint queue)
    {
        var driver = new MmioCard(Stage.FeaturesOk, version).Driver;
        driver.Write(MmioReg.QueueSel, queue);
        Assert.That(driver.Read(MmioReg.QueueSizeMax), Is.EqualTo(MmioCard.QueueSize));
        driver.Write(MmioReg.QueueSize, 4);
        Assert.That(driver.Read(MmioReg.QueueSizeMax), Is.EqualTo(MmioCard.QueueSize), "not what the driver has chosen");
    }

    [Test]
    [Rule("H-103", "FEAT-01")]
    public void DeviceFeatures_OfWordsBeyondTheLast_AreZero([Values(3U, 4U, 32U, 0x8000_0000U, uint.MaxValue)] uint word)
    {
        var driver = new MmioCard(Stage.DriverKnown).Driver;
        driver.Write(MmioReg.DeviceFeaturesSel, word);
        Assert.That(driver.Read(MmioReg.DeviceFeatures), Is.Zero);
        driver.Write(MmioReg.DeviceFeaturesSel, 1);
        Assert.That(driver.Read(MmioReg.DeviceFeatures) & 1, Is.EqualTo(1), "VERSION_1");
    }

    [TestCase(37, Description = "SR_IOV, of PCI")]
    [TestCase(39, Description = "NOTIF_CONFIG_DATA, which has no register here")]
    [TestCase(41, Description = "ADMIN_VQ")]
    [Rule("MMIO-15", "BASE-08")]
    public void Feature_OfOtherTransports_IsNotOffered(int bit)
    {
        // The device itself has one of them, for the bus that can carry it.
        var driver = new MmioDriver(new MmioMachine(features: "+NOTIF_CONFIG_DATA"));
        driver.Probe();
        Assert.That(driver.ReadOffered().Has((Feature)bit), Is.False);
    }

    [Test]
    [Rule("H-104", "BASE-07")]
    public void Features_NotOfferedOrWithoutVersion1_AreRefused([Values] bool withVersion1)
    {
        var driver = new MmioCard(Stage.Probed).Driver;
        var wanted = withVersion1 ? NetDriver.AllFeatures.With((Feature)41) : NetDriver.AllFeatures.Without(Feature.Version1);
        Assert.That(driver.Negotiate(wanted), Is.False);
        Assert.That(driver.Negotiate(NetDriver.AllFeatures), Is.True);
        driver.Write(MmioReg.DriverFeaturesSel, 0);
        driver.Write(MmioReg.DriverFeatures, 0);
        driver.Status |= DeviceStatus.DriverOk;
        Assert.That((int)driver.Status, Is.EqualTo(0x0F), "the write after FEATURES_OK has no effect, so what was accepted still holds");
    }

    [Test]
    [Rule("MMIO-13", "SHM-01")]
    public void SharedMemory_WhateverIsSelected_IsNotThere([Values(0U, 1U, uint.MaxValue)] uint region)
    {
        var driver = new MmioCard(Stage.Running).Driver;
        driver.Write(MmioReg.SHMSel, region);
        Assert.That(driver.Load(MmioReg.SHMLen, 8), Is.EqualTo(ulong.MaxValue));
        Assert.That(driver.Load(MmioReg.SHMBase, 8), Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    [Rule("H-48")]
    public void QueueReset_WithoutTheFeature_DoesNothing()
    {
        var card = new MmioCard(Stage.Running);
        card.Driver.Write(MmioReg.QueueSel, NetLayout.TransmitQueue);
        card.Driver.Write(MmioReg.QueueReset, 1);
        Assert.That(card.Driver.Read(MmioReg.QueueReset), Is.Zero);
        Assert.That(card.Net.TrySend(CardAtStage.Frame(1)), Is.True);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("MMIO-06", "BASE-15")]
    public void ConfigGeneration_ChangesWithTheConfigurationAndNotElse()
    {
        var card = new MmioCard(Stage.Running);
        var seen = new HashSet<uint>();
        for(var i = 0; i < 200; i++)
        {
            var before = card.Driver.Read(MmioReg.ConfigGeneration);
            Assert.That(card.Driver.Read(MmioReg.ConfigGeneration), Is.EqualTo(before));
            seen.Add(before);
            card.Machine.Device.LinkUp = !card.Machine.Device.LinkUp;
            // 256 changes without a read must not bring it back to the same value.
            for(var j = 0; j < 255 && i == 100; j++)
            {
                card.Machine.Device.SetMac(new byte[] { 2, 0, 0, 0, 0, (byte)j });
            }
            Assert.That(card.Driver.Read(MmioReg.ConfigGeneration), Is.Not.EqualTo(before));
        }
        Assert.That(seen, Has.Count.GreaterThan(100));
    }

    [Test]
    [Rule("BASE-16", "MMIO-13")]
    public void Configuration_BeforeFeaturesOk_CanBeRead([Values(1, 2)] int version, [Values(Stage.Probed, Stage.Acknowledged, Stage.DriverKnown)] Stage stage)
    {
        var driver = new MmioCard(stage, version).Driver;
        Assert.That(driver.DeviceConfig(NetLayout.ConfigMac, 4), Is.EqualTo(2));
        Assert.That(driver.DeviceConfig(NetLayout.ConfigMac + 5, 1), Is.EqualTo(1));
        Assert.That(driver.DeviceConfig(NetLayout.ConfigStatus, 2), Is.EqualTo(1));
        Assert.That(driver.DeviceConfig(NetLayout.ConfigMtu, 2), Is.EqualTo(0x1234));
    }

    // What the tables of 4.2.2 and 4.2.4 mark R or RW, as it is with queue 1 selected and the link just cut.
    private static Dictionary<int, uint> Readable(MmioCard card, int version)
    {
        var registers = new Dictionary<int, uint>
        {
            [MmioReg.MagicValue] = 0x7472_6976,
            [MmioReg.Version] = (uint)version,
            [MmioReg.DeviceID] = 1,
            [MmioReg.VendorID] = 0x1AF4,
            [MmioReg.DeviceFeatures] = (version == 1 ? LegacyOffer(card) : card.Machine.Card.Transport.Offered).Word(0),
            [MmioReg.QueueSizeMax] = MmioCard.QueueSize,
            [MmioReg.InterruptStatus] = 2,
            [MmioReg.Status] = version == 1 ? 7U : 0x0FU,
        };
        if(version == 1)
        {
            registers[MmioReg.QueuePFN] = (uint)(card.Net.Transmit.DescriptorArea / 4096);
            return registers;
        }
        registers[MmioReg.QueueReady] = 1;
        registers[MmioReg.QueueReset] = 0;
        registers[MmioReg.ConfigGeneration] = 1;
        for(var half = 0; half < 16; half += 4)
        {
            registers[MmioReg.SHMLen + half] = uint.MaxValue;
        }
        return registers;
    }

    private static FeatureSet LegacyOffer(MmioCard card) => card.Machine.Device.Offered.With(Feature.AnyLayout).With(Feature.NotifyOnEmpty).With(Feature.Gso).LegacyPart;

    private static ulong ConfigAt(int offset, int width)
    {
        var config = new byte[] { 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
        var value = 0UL;
        for(var i = 0; i < width && offset + i < config.Length; i++)
        {
            value |= (ulong)config[offset + i] << (8 * i);
        }
        return value;
    }

    // All of MmioView that a write to a register may change.
    private static string[] Consequences(string name, int version)
    {
        return name switch
        {
            "InterruptACK" => new[] { name, "line" },
            "frames" => new[] { name, "memory", "InterruptACK", "line" },
            // A legacy driver's features may come after its first kick, so the device looks again.
            "DriverFeatures" when version == 1 => new[] { name, "memory", "InterruptACK", "line" },
            // A queue at address 0 is not in RAM, so the device looks at it and parks.
            "QueueReady" when version == 2 => new[] { name, "memory", "Status", "InterruptACK", "line" },
            "QueueReady" => new[] { name, "memory", "Status", "DescriptorLow", "DescriptorHigh", "DriverLow", "DriverHigh", "DeviceLow", "DeviceHigh", "InterruptACK", "line" },
            _ => new[] { name },
        };
    }
}
