// renode-virtio-net, MIT licence: see LICENSE.
// Feature negotiation: what is offered, what is accepted, and how it is read and written.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class FeatureTests
{
    [Test]
    [Rule("FEAT-01")]
    public void Offered_OnTheModernInterface_HasVersion1()
    {
        Assert.That(Offered(Probed()), Does.Contain(32));
    }

    [Test]
    [Rule("BASE-08", "FEAT-03", "FEAT-09", "FEAT-10", "FEAT-14", "FEAT-15")]
    public void Offered_AllBits_AreDefinedForANetDeviceOverPciAndHaveTheirSupport()
    {
        Assert.That(Offered(Probed()).Except(AllowedOnModernPci), Is.Empty);
    }

    [Test]
    [Rule("BASE-05")]
    public void Offered_EveryFeature_ComesWithWhatItNeeds()
    {
        var offered = Offered(Probed());
        Assert.That(Dependencies.Where(x => offered.Contains(x.Feature) && !x.NeedsOneOf.Any(offered.Contains)), Is.Empty);
    }

    [Test]
    [Rule("BASE-06", "PCI-21")]
    public void Negotiate_RandomValidSubsets_StickAndReadBack([Values(1, 2, 3, 4)] int seed)
    {
        var random = new Random(seed);
        var driver = Probed();
        var offered = Offered(driver);
        for(var i = 0; i < 500; i++)
        {
            var subset = offered.Where(x => x == 32 || random.Next(2) == 0).ToHashSet();
            while(subset.RemoveWhere(x => Dependencies.Any(d => d.Feature == x && !d.NeedsOneOf.Any(subset.Contains))) > 0)
            {
            }
            var features = Set(subset);
            Assert.That(driver.Negotiate(features), Is.True, $"{features}");
            Assert.That(ReadDriverFeatures(driver), Is.EqualTo(features));
        }
    }

    [Test]
    [Rule("BASE-09", "H-107")]
    public void Negotiate_TheSameSet1000Times_IsAcceptedEachTime()
    {
        var driver = Probed();
        var features = driver.ReadOffered();
        for(var i = 0; i < 1000; i++)
        {
            Assert.That(driver.Negotiate(features), Is.True, $"round {i}");
            Assert.That(driver.ReadOffered(), Is.EqualTo(features), $"round {i}");
        }
    }

    [Test]
    [Rule("BASE-07", "PCI-22", "H-104", "FEAT-14")]
    public void Negotiate_ABitNotOffered_LeavesFeaturesOkClear([Range(0, 127)] int bit)
    {
        var driver = Probed();
        var offered = driver.ReadOffered();
        if(Offered(driver).Contains(bit))
        {
            Assert.That(driver.Negotiate(Set(new[] { bit, 32 })), Is.EqualTo(!NeedsAnother.Contains(bit)), "alone with VERSION_1");
            return;
        }
        Assert.That(driver.Negotiate(offered | Set(new[] { bit })), Is.False);
        Assert.That(driver.Status, Is.EqualTo(DeviceStatus.Acknowledge | DeviceStatus.Driver));
        Assert.That(driver.Negotiate(offered), Is.True, "the driver may try again");
    }

    // GUEST_TSO4, GUEST_TSO6, GUEST_UFO, GUEST_USO4 and GUEST_USO6 need GUEST_CSUM; GUEST_ECN needs one of the TSO features.
    [TestCase(7, new[] { 1 })]
    [TestCase(8, new[] { 1 })]
    [TestCase(10, new[] { 1 })]
    [TestCase(54, new[] { 1 })]
    [TestCase(55, new[] { 1 })]
    [TestCase(9, new[] { 1, 7 })]
    [TestCase(9, new[] { 1, 8 })]
    // HOST_TSO4, HOST_TSO6, HOST_UFO and HOST_USO need CSUM; HOST_ECN needs one of the TSO features.
    [TestCase(11, new[] { 0 })]
    [TestCase(12, new[] { 0 })]
    [TestCase(14, new[] { 0 })]
    [TestCase(56, new[] { 0 })]
    [TestCase(13, new[] { 0, 11 })]
    [TestCase(13, new[] { 0, 12 })]
    // CTRL_RX, CTRL_VLAN, GUEST_ANNOUNCE, MQ and CTRL_MAC_ADDR need CTRL_VQ.
    [TestCase(21, new[] { 17 })]
    [TestCase(22, new[] { 17 })]
    [TestCase(18, new[] { 17 })]
    [TestCase(19, new[] { 17 })]
    [TestCase(23, new[] { 17 })]
    // NOTF_COAL, VQ_NOTF_COAL and RSS, too.
    [TestCase(53, new[] { 17 })]
    [TestCase(52, new[] { 17 })]
    [TestCase(60, new[] { 17 })]
    // A tunnel needs all types that it can carry, and its checksum needs the tunnel.
    [TestCase(65, new[] { 1, 7, 8, 54, 55 })]
    [TestCase(66, new[] { 1, 7, 8, 54, 55, 65 })]
    [TestCase(67, new[] { 0, 11, 12, 56 })]
    [TestCase(68, new[] { 0, 11, 12, 56, 67 })]
    [Rule("BASE-05", "BASE-07", "NETDEP-01", "NETDEP-02", "NETDEP-03", "NETDEP-04", "NETDEP-05", "NETDEP-06", "NETDEP-07", "NETDEP-08", "NETDEP-09", "NETDEP-10", "NETDEP-11", "NETDEP-12", "NETDEP-13", "NETDEP-14", "NETDEP-15", "NETDEP-16", "NETDEP-17", "NETDEP-18", "NETDEP-19", "NETDEP-20", "NETDEP-21", "NETDEP-23", "NETDEP-24")]
    public void Negotiate_AFeatureWithWhatItNeeds_IsAcceptedAndWithoutIsNot(int bit, int[] needed)
    {
        var driver = new CardAtStage(Stage.Probed, new PciMachine(queuePairs: 2)).Pci;
        Assert.That(driver.Negotiate(Set(needed.Append(bit).Append(32).ToArray())), Is.True);
        foreach(var missing in needed)
        {
            Assert.That(driver.Negotiate(Set(needed.Where(x => x != missing).Append(bit).Append(32).ToArray())), Is.False, $"without {missing}");
        }
    }

    [TestCase("Nothing", 0UL, 0UL)]
    [TestCase("AllBits", ulong.MaxValue, ulong.MaxValue)]
    [TestCase("WithoutVersion1", 1UL << 5, 0UL)]
    [Rule("BASE-07", "FEAT-02", "H-104")]
    public void Negotiate_OfAnUnusableSet_LeavesFeaturesOkClear(string set, ulong low, ulong high)
    {
        var driver = Probed();
        Assert.That(driver.Negotiate(new FeatureSet(low, high)), Is.False, set);
    }

    [Test]
    [Rule("BASE-07")]
    public void FeaturesOk_RefusedThenCorrected_IsAcceptedWithoutReset()
    {
        var driver = Probed();
        Assert.That(driver.Negotiate(new FeatureSet(ulong.MaxValue, 0)), Is.False);
        for(var word = 0U; word < 4; word++)
        {
            driver.Common(CommonCfg.DriverFeatureSelect, 4, word);
            driver.Common(CommonCfg.DriverFeature, 4, new FeatureSet().With(Feature.Version1).Word(word));
        }
        driver.Status |= DeviceStatus.FeaturesOk;
        Assert.That(driver.Status & DeviceStatus.FeaturesOk, Is.Not.EqualTo(DeviceStatus.None));
    }

    [Test]
    [Rule("PCI-20", "H-103")]
    public void DeviceFeature_SelectBeyondTheDefinedWords_ReadsZero([ValueSource(nameof(SelectsBeyond))] uint select)
    {
        var driver = Probed();
        driver.Common(CommonCfg.DeviceFeatureSelect, 4, select);
        Assert.That(driver.Common(CommonCfg.DeviceFeatureSelect, 4), Is.EqualTo(select), "the selection reads back");
        Assert.That(driver.Common(CommonCfg.DeviceFeature, 4), Is.Zero);
    }

    [Test]
    [Rule("PCI-21", "H-103")]
    public void DriverFeature_SelectBeyondTheDefinedWords_ChangesNoFeature([ValueSource(nameof(SelectsBeyond))] uint select)
    {
        var driver = Probed();
        driver.Common(CommonCfg.DriverFeatureSelect, 4, select);
        driver.Common(CommonCfg.DriverFeature, 4, uint.MaxValue);
        Assert.That(driver.Common(CommonCfg.DriverFeature, 4), Is.Zero);
        Assert.That(ReadDriverFeatures(driver).IsEmpty, Is.True);
    }

    [Test]
    [Rule("PCI-20", "PCI-21", "FEAT-15")]
    public void DriverFeature_EveryWord_IsSelectedAndReadBackOnItsOwn()
    {
        var driver = Probed();
        var words = new[] { 0x1122_3344U, 0x5566_7788U, 0x99AA_BBCCU, 0xDDEE_FF00U };
        foreach(var word in new[] { 2U, 0U, 3U, 1U })
        {
            driver.Common(CommonCfg.DriverFeatureSelect, 4, word);
            driver.Common(CommonCfg.DriverFeature, 4, words[word]);
        }
        Assert.That(ReadDriverFeatures(driver), Is.EqualTo(new FeatureSet(0x5566_7788_1122_3344, 0xDDEE_FF00_99AA_BBCC)));
    }

    [Test]
    [Rule("H-104")]
    public void DriverFeature_WrittenAfterFeaturesOk_IsFrozen([Values(Stage.FeaturesOk, Stage.QueueEnabled, Stage.Running, Stage.Parked)] Stage stage)
    {
        var card = new CardAtStage(stage);
        var before = DriverView.Of(card.Pci);
        for(var word = 0U; word < 5; word++)
        {
            card.Pci.Common(CommonCfg.DriverFeatureSelect, 4, word);
            card.Pci.Common(CommonCfg.DriverFeature, 4, 0x5A5A_5A5A);
        }
        card.Pci.Common(CommonCfg.DriverFeatureSelect, 4, before["driver_feature_select"]);
        Assert.That(DriverView.Of(card.Pci), Is.EqualTo(before));
    }

    private static readonly int[] NeedsAnother = { 7, 8, 9, 10, 11, 12, 13, 14, 18, 19, 21, 23, 52, 53, 54, 55, 56, 65, 66, 67, 68 };

    private static VirtioPciDriver Probed()
    {
        return new CardAtStage(Stage.Probed).Pci;
    }

    private static HashSet<int> Offered(VirtioPciDriver driver)
    {
        var offered = driver.ReadOffered();
        return Enumerable.Range(0, 128).Where(x => ((x < 64 ? offered.Low : offered.High) >> (x % 64) & 1) != 0).ToHashSet();
    }

    private static FeatureSet Set(IEnumerable<int> bits)
    {
        return bits.Aggregate(new FeatureSet(), (set, bit) => set | (bit < 64 ? new FeatureSet(1UL << bit, 0) : new FeatureSet(0, 1UL << (bit - 64))));
    }

    private static FeatureSet ReadDriverFeatures(VirtioPciDriver driver)
    {
        var features = new FeatureSet();
        for(var word = 0U; word < 4; word++)
        {
            driver.Common(CommonCfg.DriverFeatureSelect, 4, word);
            features = features.WithWord(word, driver.Common(CommonCfg.DriverFeature, 4));
        }
        return features;
    }

    private static readonly uint[] SelectsBeyond = { 4, 5, 31, 32, 33, 64, 0x8000_0000, uint.MaxValue };

    // Bits that the card may offer: those of 5.1.3 except the legacy ones 6, 41 and 42; those of chapter 6 except the legacy ones
    // 24, 27 and 30, those not for PCI, and those that need a part that the card lacks: ACCESS_PLATFORM (33), SR_IOV (37), ADMIN_VQ (41).
    private static readonly int[] AllowedOnModernPci =
        new[] { 0, 1, 2, 3, 5, 28, 29, 32, 34, 35, 36, 38, 39, 40, 43 }
            .Concat(Enumerable.Range(7, 17)).Concat(Enumerable.Range(50, 8)).Concat(Enumerable.Range(59, 12)).ToArray();

    // 5.1.3.1: GUEST_*, HOST_*, and everything that is set through the control queue (17).
    internal static readonly (int Feature, int[] NeedsOneOf)[] Dependencies =
        new[] { 7, 8, 10, 54, 55 }.Select(x => (x, new[] { 1 }))
            .Concat(new[] { 11, 12, 14, 56 }.Select(x => (x, new[] { 0 })))
            .Concat(new[] { 2, 18, 19, 20, 21, 22, 23, 50, 51, 52, 53, 57, 60, 64 }.Select(x => (x, new[] { 17 })))
            .Concat(new[] { (9, new[] { 7, 8 }), (13, new[] { 11, 12 }), (61, new[] { 11, 12 }), (51, new[] { 57, 60 }), (64, new[] { 60 }) })
            .Concat(new[] { 7, 8, 54, 55 }.Select(x => (65, new[] { x }))).Append((66, new[] { 65 }))
            .Concat(new[] { 11, 12, 56 }.Select(x => (67, new[] { x }))).Append((68, new[] { 67 }))
            .ToArray();
}
