// renode-virtio-net, MIT licence: see LICENSE.
// Several pairs of queues: their numbers, and which packet goes where. virtio v1.4-cs01: 5.1.2, 5.1.9.5.6.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class MultiqueueTests(bool packed) : RingFormats(packed)
{
    [TestCase(1, true)]
    [TestCase(4, true)]
    [TestCase(32, true)]
    [TestCase(4, false)]
    [Rule("NET-01", "NET-02")]
    public void Queues_HaveTheSpecsNumbers(int pairs, bool mq)
    {
        var machine = new PciMachine(new GuestRam(8 << 20), features: (UsesPackedRings ? "+RING_PACKED" : "") + (pairs == 1 ? " +MQ" : ""), queuePairs: pairs);
        var driver = new RawDriver(machine, packed: UsesPackedRings).Start(mq ? All : All.Without(Feature.Mq), 16);

        Assert.That(driver.Pci.Common(CommonCfg.NumQueues, 2), Is.EqualTo(2 * pairs + 1));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigMaxVirtqueuePairs, 2), Is.EqualTo(pairs));
        Assert.That(driver.Control.Ring.Index, Is.EqualTo(mq ? 2 * pairs : 2));
        Assert.That(driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 1), Is.EqualTo(ControlLayout.Ok));
        driver.OfferReceive(2000);
        machine.Device.Receive(Frames.Make(60));
        driver.Send(Frames.Make(60));
        Assert.That((driver.Counters.RxFrames, driver.Counters.TxFrames), Is.EqualTo((1UL, 1UL)));
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [Rule("NET-02", "NET-113")]
    public void Mq_IsOfferedForSeveralPairs(int pairs, bool offered)
    {
        var driver = MakeDriver(queuePairs: pairs).Start();

        Assert.That(driver.Pci.ReadOffered().Has(Feature.Mq), Is.EqualTo(offered));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigMaxVirtqueuePairs, 2), Is.EqualTo(offered ? pairs : 0));
    }

    // One driver after the other: the control queue moves with what each has negotiated.
    [Test]
    [Rule("NET-01", "NET-118")]
    public void Drivers_WithAndWithoutMq_FollowEachOther()
    {
        var driver = MakeDriver(new GuestRam(8 << 20), queuePairs: 4);
        foreach(var mq in new[] { true, false, true, false, false, true, true })
        {
            driver.Start(mq ? All : All.Without(Feature.Mq), 16);

            Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, 4, 0), Is.EqualTo(mq ? ControlLayout.Ok : ControlLayout.Error));
            Assert.That(driver.Machine.Device.PairsInUse, Is.EqualTo(mq ? 4 : 1));
            driver.OfferReceive(2000);
            var before = driver.Counters.RxFrames;
            if(!mq)
            {
                driver.Machine.Device.Receive(Frames.Make(60));
                Assert.That(driver.Counters.RxFrames, Is.EqualTo(before + 1));
            }
        }
    }

    // For flows that the driver has not sent on, any of the pairs in use will do; with enough flows each gets some.
    [Test]
    [Rule("NET-115", "NET-117", "NET-118", "NET-119")]
    public void Packets_OfManyFlows_GoToEveryPairInUseAndToNoOther()
    {
        var driver = Start(4);
        foreach(var pairs in new[] { 1, 3, 4, 2, 1 })
        {
            if(driver.Machine.Device.PairsInUse != pairs)
            {
                Use(driver, pairs);
            }
            var before = Received(driver);

            for(var flow = 0; flow < 64; flow++)
            {
                driver.Machine.Device.Receive(Flow(flow));
            }

            var received = Received(driver).Zip(before, (x, y) => x - y).ToArray();
            Assert.That(received[..pairs], Is.All.GreaterThan(0));
            Assert.That(received[pairs..], Is.All.Zero);
            Assert.That(received.Sum(x => (long)x), Is.EqualTo(64));
        }
    }

    [Test]
    [Rule("NET-116")]
    public void Packets_OfAFlow_ComeWhereItWasSentLast()
    {
        var driver = Start(4);
        Use(driver, 4);
        for(var flow = 0; flow < 16; flow++)
        {
            for(var pair = 0; pair < 4; pair++)
            {
                driver.Send(Flow(flow), pair);
                var before = Received(driver);

                driver.Machine.Device.Receive(Answer(flow));

                Assert.That(Array.FindIndex(Received(driver).Zip(before, (x, y) => x - y).ToArray(), x => x == 1), Is.EqualTo(pair), $"flow {flow}");
            }
        }
    }

    [Test]
    [Rule("NET-119", "NET-116", "H-87")]
    public void Packets_OfAFlowOfAPairThatIsNotUsedAnyMore_GoToOneThatIs()
    {
        var driver = Start(4);
        Use(driver, 4);
        for(var flow = 0; flow < 64; flow++)
        {
            driver.Send(Flow(flow), 3);
        }
        Use(driver, 3);

        for(var flow = 0; flow < 64; flow++)
        {
            driver.Machine.Device.Receive(Answer(flow));
        }

        Assert.That(Received(driver)[..3], Is.All.GreaterThan(0));
        Assert.That(Received(driver)[3], Is.Zero);
    }

    [Test]
    [Rule("NET-118", "NET-116")]
    public void Reset_ForgetsTheFlows()
    {
        var driver = Start(4);
        Use(driver, 4);
        int[] pairs()
        {
            return Enumerable.Range(0, 32).Select(flow =>
            {
                var before = Received(driver);
                driver.Machine.Device.Receive(Answer(flow));
                return Array.FindIndex(Received(driver).Zip(before, (x, y) => x - y).ToArray(), x => x == 1);
            }).ToArray();
        }
        var fresh = pairs();
        for(var flow = 0; flow < 32; flow++)
        {
            driver.Send(Flow(flow), (fresh[flow] + 1) % 4);
        }
        Assert.That(pairs(), Is.EqualTo(fresh.Select(x => (x + 1) % 4)));

        driver.Start(All, 256);
        Use(driver, 4);
        Offer(driver, 64);

        Assert.That(pairs(), Is.EqualTo(fresh));
    }

    // A pair whose driver offers no buffers keeps its packets; those of the others pass.
    [Test]
    [Rule("H-80", "NET-115")]
    public void Packets_OfAPairWithoutBuffers_HoldNoOthersBack()
    {
        var driver = MakeDriver(new GuestRam(16 << 20), queuePairs: 2).Start(All);
        Use(driver, 2);
        for(var i = 0; i < 200; i++)
        {
            driver.OfferReceive(200, 1);
        }
        for(var flow = 0; flow < 100; flow++)
        {
            driver.Send(Flow(flow), flow % 2);
        }

        for(var flow = 0; flow < 100; flow++)
        {
            driver.Machine.Device.Receive(Answer(flow));
        }

        Assert.That(Received(driver)[1], Is.GreaterThan(30));
        var first = 100 - (int)Received(driver)[1];
        for(var i = 0; i < first; i++)
        {
            driver.OfferReceive(200);
        }
        driver.Kick(driver.ReceiveRing);
        driver.Machine.RunDeferred();
        Assert.That(driver.Counters.RxFrames, Is.EqualTo(100));
    }

    [Test]
    [Rule("NET-119", "H-80")]
    public void Packets_ThatWaitOnAPairThatIsNotUsedAnyMore_ComeByAnother()
    {
        var driver = MakeDriver(new GuestRam(16 << 20), queuePairs: 2).Start(All);
        Use(driver, 2);
        for(var flow = 0; flow < 10; flow++)
        {
            driver.Send(Flow(flow), 1);
            driver.Machine.Device.Receive(Answer(flow));
        }
        for(var i = 0; i < 20; i++)
        {
            driver.OfferReceive(200);
            driver.OfferReceive(200, 1);
        }
        Assert.That(driver.Counters.RxFrames, Is.Zero);

        Use(driver, 1);

        driver.Kick(driver.ReceiveRings[1]);
        Assert.That(Received(driver), Is.EqualTo(new[] { 10UL, 0UL }));
    }

    [Test]
    [Rule("NET-120", "H-87")]
    public void Packets_ForAQueueInReset_GoToAnother()
    {
        var driver = Start(3);
        Use(driver, 3);
        for(var flow = 0; flow < 16; flow++)
        {
            driver.Send(Flow(flow), 1);
        }
        ResetQueue(driver, 2);

        for(var flow = 0; flow < 16; flow++)
        {
            driver.Machine.Device.Receive(Answer(flow));
        }

        Assert.That((Received(driver)[1], driver.Counters.RxFrames), Is.EqualTo((0UL, 16UL)));
    }

    [Test]
    [Rule("NET-121", "H-87")]
    public void Packets_WhileAllReceiveQueuesAreInReset_AreDropped()
    {
        var driver = Start(2);
        Use(driver, 2);
        ResetQueue(driver, 0);
        ResetQueue(driver, 2);

        driver.Machine.Device.Receive(Flow(1));

        Assert.That((driver.Counters.RxFrames, driver.Counters.RxDropNotReady), Is.EqualTo((0UL, 1UL)));
    }

    [Test]
    [Rule("NET-122", "H-95")]
    public void Pairs_WhoseQueuesAreNotEnabled_AreRefused([Values(2, 3)] int queue)
    {
        var driver = Start(2);
        ResetQueue(driver, queue);

        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, 2, 0), Is.EqualTo(ControlLayout.Error));

        Assert.That(driver.Machine.Device.PairsInUse, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-74")]
    public void Packets_SentOnAPairThatIsNotUsed_WaitUntilItIs()
    {
        var driver = MakeDriver(queuePairs: 2).Start(All);
        driver.Send(Frames.Make(60), 1);
        driver.Send(Frames.Make(61), 1);
        driver.Send(Frames.Make(62));
        Assert.That(driver.Machine.Sent.Select(x => x.Length), Is.EqualTo(new[] { 62 }));
        Assert.That(driver.Machine.Misuses.Distinct().Single(), Does.Contain("VQ_PAIRS_SET"));

        Use(driver, 2);
        driver.Machine.RunDeferred();

        Assert.That(driver.Machine.Sent.Select(x => x.Length), Is.EqualTo(new[] { 62, 60, 61 }));
    }

    [Test]
    [Rule("NETL-09", "NETL-01")]
    public void Pairs_OfALegacyDriver_HaveItsByteOrder([Values] bool bigEndian)
    {
        var driver = new RawDriver(new PciMachine(new GuestRam(8 << 20) { IsBigEndian = bigEndian }, bigEndian: bigEndian, queuePairs: 2), legacy: true);
        driver.Transport.Probe();
        driver.Transport.Negotiate(All & driver.Transport.ReadOffered());
        foreach(var queue in Enumerable.Range(0, 4))
        {
            driver.Transport.SetupRing(queue);
        }
        var control = new ControlDriver(driver.Transport, 4);
        driver.Transport.Status |= DeviceStatus.DriverOk;

        Assert.That(control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, (byte)(bigEndian ? 0 : 2), (byte)(bigEndian ? 2 : 0)), Is.EqualTo(ControlLayout.Ok));

        Assert.That(driver.Machine.Device.PairsInUse, Is.EqualTo(2));
    }

    private RawDriver Start(int pairs)
    {
        var driver = MakeDriver(new GuestRam(16 << 20), queuePairs: pairs).Start(All);
        Offer(driver, 64);
        return driver;
    }

    private static void Offer(RawDriver driver, int buffers)
    {
        for(var pair = 0; pair < driver.ReceiveRings.Length; pair++)
        {
            // Enough for 64 packets of each test's round.
            for(var i = 0; i < 4 * buffers - 1; i++)
            {
                driver.OfferReceive(200, pair);
            }
        }
    }

    private static void Use(RawDriver driver, int pairs)
    {
        Assert.That(driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, (byte)pairs, 0), Is.EqualTo(ControlLayout.Ok));
        Assert.That(driver.Machine.Device.PairsInUse, Is.EqualTo(pairs));
    }

    private static void ResetQueue(RawDriver driver, int queue)
    {
        driver.Pci.Common(CommonCfg.QueueSelect, 2, (uint)queue);
        driver.Pci.Common(CommonCfg.QueueReset, 2, 1);
        Assert.That(driver.Pci.Common(CommonCfg.QueueEnable, 2), Is.Zero);
    }

    private static ulong[] Received(RawDriver driver)
    {
        return Enumerable.Range(0, driver.Machine.Device.QueuePairs).Select(x => driver.Machine.Device.ReceiveCountersOf(x).Frames).ToArray();
    }

    private static byte[] Flow(int number)
    {
        return Frames.Flow((ushort)(1000 + number), 80);
    }

    private static byte[] Answer(int number)
    {
        return Frames.Flow(80, (ushort)(1000 + number));
    }

    private static readonly FeatureSet All = NetDriver.AllFeatures.With(Feature.CtrlVq).With(Feature.CtrlRx).With(Feature.Mq).With(Feature.RingReset);
}
