// renode-virtio-net, MIT licence: see LICENSE.
// What is offered, and that each feature works alone and with every other. virtio v1.4-cs01: 5.1.3, 6.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

public sealed class FeatureCombinationTests
{
    [Test]
    [Rule("FEAT-16", "FEAT-15", "NET-18", "NET-34", "NET-06", "SPLIT-12", "SPLIT-15", "H-04", "H-62")]
    public void Features_EverySubset_EachIsInForceOrNot([Range(0, 63)] int subset)
    {
        var wanted = new FeatureSet().With(Feature.Version1);
        for(var i = 0; i < Optional.Length; i++)
        {
            wanted = (subset >> i & 1) != 0 ? wanted.With(Optional[i]) : wanted;
        }
        var driver = new RawDriver().Start(wanted);
        Assert.That(driver.Pci.Features, Is.EqualTo(wanted), "all of them are offered");
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigMac, 4), Is.EqualTo(2));

        AssertSuppression(driver, wanted.Has(Feature.EventIdx));
        AssertMerging(driver, wanted.Has(Feature.MrgRxbuf));
        AssertMtu(driver, wanted.Has(Feature.Mtu));
        // Last, because a card without INDIRECT_DESC parks at the indirect descriptor.
        AssertIndirect(driver, wanted.Has(Feature.IndirectDesc));
    }

    // Of everything that is on offer, with what each needs: random subsets start, and traffic passes both ways on every pair in use.
    [Test]
    [Rule("BASE-06", "FEAT-16", "NETDEP-16", "NETDEP-17", "NETDEP-18", "NETDEP-19", "NETDEP-20", "NET-01")]
    public void Features_AnySubsetWithWhatItNeeds_StartsAndCarriesTraffic([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var machine = new PciMachine(new GuestRam(64 << 20), queuePairs: 2, queueSize: 16, features: "+RING_PACKED +IN_ORDER +NOTIFICATION_DATA +NOTIF_CONFIG_DATA +ACCESS_PLATFORM +ORDER_PLATFORM");
        var offered = Offered(machine);
        for(var i = 0; i < 40; i++)
        {
            var subset = offered.Where(x => x == (int)Feature.Version1 || random.Next(4) != 0).ToHashSet();
            while(subset.RemoveWhere(x => Transport.FeatureTests.Dependencies.Any(d => d.Feature == x && !d.NeedsOneOf.Any(subset.Contains))) > 0)
            {
            }
            var features = subset.Aggregate(new FeatureSet(), (set, x) => set.With((Feature)x));
            var driver = new RawDriver(machine, packed: features.Has(Feature.RingPacked)).Start(features);
            Assert.That(driver.Pci.Features, Is.EqualTo(features), $"seed {seed}, subset {i}");
            var pairs = features.Has(Feature.Mq) ? 2 : 1;
            if(features.Has(Feature.Mq))
            {
                Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, 2, 0), Is.EqualTo(ControlLayout.Ok), $"{features}");
            }
            if(features.Has(Feature.CtrlRx))
            {
                Assert.That(driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 0), Is.EqualTo(ControlLayout.Ok), $"{features}");
            }
            var (sent, received) = (machine.Sent.Count, driver.Counters.RxFrames);
            for(var pair = 0; pair < pairs; pair++)
            {
                for(var buffer = 0; buffer < 4; buffer++)
                {
                    driver.OfferReceive(2000, pair);
                }
                driver.Send(ReceiveFilterTests.To(new MacAddress(0x0200_0000_0042)), pair);
                machine.Device.Receive(ReceiveFilterTests.To(MacAddress.Read(CardMachine.DefaultMac)));
            }
            Assert.That((machine.Sent.Count - sent, driver.Counters.RxFrames - received), Is.EqualTo((pairs, (ulong)pairs)), $"seed {seed}, subset {i}: {features}");
        }
        Assert.That((machine.ParkedReasons, machine.Misuses), Is.EqualTo((new List<string>(), new List<string>())));
    }

    private static int[] Offered(PciMachine machine)
    {
        var driver = new VirtioPciDriver(machine);
        driver.Probe();
        var offered = driver.ReadOffered();
        return Enumerable.Range(0, 128).Where(x => offered.Has((Feature)x)).ToArray();
    }

    // Bits that this device must not offer, each for another reason, and 127, which stands for no feature.
    [TestCase(30, Description = "old drivers test negotiation with it")]
    [TestCase(37, Description = "SR_IOV without the capability")]
    [TestCase(41, Description = "GUEST_RSC4, a legacy name, and ADMIN_VQ")]
    [TestCase(42, Description = "GUEST_RSC6, a legacy name")]
    [TestCase(127)]
    [Rule("FEAT-10", "FEAT-14", "NET-151")]
    public void Feature_NotForThisDevice_IsNotOffered(int bit)
    {
        var driver = new RawDriver().Start();
        Assert.That(driver.Pci.ReadOffered().Has((Feature)bit), Is.False);
    }

    private static void AssertSuppression(RawDriver driver, bool eventIdx)
    {
        // Used index 0 -> 1: the flag forbids and the event asks.
        driver.Transmit.AvailableFlags = 1;
        driver.Transmit.UsedEvent = 0;
        driver.Send(Frames.Make(60));
        Assert.That(driver.Machine.Interrupts, Is.EqualTo(eventIdx ? 1 : 0));
        driver.Pci.ReadIsr();

        // 1 -> 2: the flag allows and the event does not ask.
        driver.Transmit.AvailableFlags = 0;
        driver.Transmit.UsedEvent = 0;
        driver.Send(Frames.Make(60));
        Assert.That(driver.Machine.Interrupts, Is.EqualTo(1));
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(2));
    }

    private static void AssertMerging(RawDriver driver, bool mergeable)
    {
        var first = driver.OfferReceive(40);
        driver.OfferReceive(40);
        driver.Machine.Device.Receive(Frames.Make(60));
        Assert.That(driver.Receive.UsedIndex, Is.EqualTo(mergeable ? 2 : 0));
        Assert.That(driver.Counters.RxDropTooBig, Is.EqualTo(mergeable ? 0 : 1));
        if(!mergeable)
        {
            driver.Machine.Device.Receive(Frames.Make(20));
            driver.Machine.Device.Receive(Frames.Make(20));
            Assert.That(driver.Receive.UsedIndex, Is.EqualTo(2));
        }
        Assert.That(driver.Ram.Read16(first + NetLayout.HeaderNumBuffers), Is.EqualTo(mergeable ? 2 : 1));
        Assert.That(driver.Ram.At(first + 12, 14).ToArray(), Is.EqualTo(Frames.Make(mergeable ? 60 : 20)[..14]));
    }

    private static void AssertMtu(RawDriver driver, bool mtu)
    {
        driver.OfferReceive(2000);
        driver.Machine.Device.Receive(Frames.Make(1515));
        Assert.That(driver.Receive.UsedIndex, Is.EqualTo(mtu ? 2 : 3));
        Assert.That(driver.Counters.RxDropTooLong, Is.EqualTo(mtu ? 1 : 0));
    }

    private static void AssertIndirect(RawDriver driver, bool indirect)
    {
        driver.Transmit.AddIndirect(new Piece(driver.Place(RawDriver.Message(Frames.Make(60))), 72, false));
        driver.Kick(driver.Transmit);
        Assert.That((driver.Machine.Sent.Count, driver.NeedsReset), Is.EqualTo((indirect ? 3 : 2, !indirect)));
    }

    private static readonly Feature[] Optional =
    {
        Feature.IndirectDesc, Feature.EventIdx, Feature.MrgRxbuf, Feature.Mtu, Feature.Mac, Feature.Status,
    };
}
