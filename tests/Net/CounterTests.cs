// renode-virtio-net, MIT licence: see LICENSE.
// Counters of each queue, and those of the card, which are their sums.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class CounterTests
{
    [Test]
    [Rule("NET-01")]
    public void Queues_OfSeveralPairs_CountEachItsOwn()
    {
        var card = new ManyQueues(4);
        for(var pair = 0; pair < 4; pair++)
        {
            for(var i = 0; i <= pair; i++)
            {
                card.Send(2 * pair + 1, Frames.Make(100 + pair));
            }
        }

        for(var pair = 0; pair < 4; pair++)
        {
            var counters = card.Device.TransmitCountersOf(pair);
            Assert.That((counters.Packets, counters.Frames, counters.Bytes), Is.EqualTo(((ulong)pair + 1, (ulong)pair + 1, (ulong)((pair + 1) * (100 + pair)))));
        }
        Assert.That(card.Device.Counters.TxFrames, Is.EqualTo(10), "the card's are the sum");
        Assert.That(card.Device.QueuePairs, Is.EqualTo(4));
    }

    [Test]
    [Rule("H-80")]
    public void Frames_IntoAndOutOfEachQueue_AreAccountedFor([Range(1, 5)] int seed)
    {
        var random = new Random(seed);
        var card = new ManyQueues(3);
        var (sent, received) = (new ulong[3], 0UL);
        for(var i = 0; i < 2000; i++)
        {
            switch(random.Next(12))
            {
                case 0:
                    card.Device.LinkUp = !card.Device.LinkUp;
                    break;
                case 1:
                    card.Device.SetOpen(random.Next(6), random.Next(2) == 0);
                    break;
                case < 6:
                    received++;
                    card.Device.Receive(new OffloadPackets(false, false).Make(random.Next(random.Next(4) == 0 ? 3000 : 300)));
                    break;
                default:
                    var pair = random.Next(3);
                    sent[pair]++;
                    card.Send(2 * pair + 1, Frames.Make(random.Next(200), i), (byte)(random.Next(4) == 0 ? random.Next(256) : 0));
                    break;
            }
        }
        card.Machine.Card.Reset();

        for(var pair = 0; pair < 3; pair++)
        {
            var counters = card.Device.TransmitCountersOf(pair);
            Assert.That(counters.Packets + counters.DropMalformed + counters.DropOffload + counters.DropLinkDown, Is.EqualTo(sent[pair]), $"pair {pair}");
        }
        var sum = Enumerable.Range(0, 3).Select(card.Device.ReceiveCountersOf).Aggregate(0UL, (x, y) => x + y.Frames + y.DropLinkDown + y.DropNotReady + y.DropOverruns + y.DropRunt + y.DropTooBig + y.DropTooLong + y.DropOtherAddress + y.DropOtherVlan);
        Assert.That(sum, Is.EqualTo(received));
        Assert.That(ReceiveBacklogTests.Delivered(card.Device.Counters) + ReceiveBacklogTests.Dropped(card.Device.Counters), Is.EqualTo(received));
    }

    // A packet that is segmented counts as one packet, and as many frames and bytes as the wire carries.
    [Test]
    [Rule("NET-32")]
    public void Packet_ThatIsCut_CountsOnceAndItsFramesEach()
    {
        var packets = new OffloadPackets(false, true);
        var driver = new RawDriver().Start(OffloadTests.Everything);
        driver.Offer(packets.Message(packets.Make(4000), NetLayout.GsoTcp4, 1448));
        driver.Kick(driver.Transmit);
        driver.Send(Frames.Make(60));

        var counters = driver.Machine.Device.TransmitCountersOf(0);
        Assert.That((counters.Packets, counters.Frames, counters.Bytes), Is.EqualTo((2UL, 4UL, 4000UL + 3 * 54 + 60)));
    }

    [Test]
    [Rule("F-37")]
    public void ResetCounters_AfterTraffic_SetsAllToZeroAndNothingElse()
    {
        var driver = new RawDriver().Start();
        driver.OfferReceive(100);
        driver.OfferReceive(100);
        var device = driver.Machine.Device;
        device.Receive(Frames.Make(60));
        device.Receive(new byte[5]);
        driver.Send(Frames.Make(30));
        driver.Send(new byte[5]);
        device.Counters.CountRefused();
        Assert.That(Values(device.Counters).Count(x => x != 0), Is.EqualTo(8));

        device.ResetCounters();

        Assert.That(Values(device.Counters), Is.All.Zero);
        Assert.That((device.TransmitCountersOf(0).Frames, device.ReceiveCountersOf(0).Frames), Is.EqualTo((0UL, 0UL)));
        device.Receive(Frames.Make(60));
        driver.Send(Frames.Make(60));
        Assert.That((device.Counters.RxFrames, device.Counters.TxFrames), Is.EqualTo((1UL, 1UL)));
    }

    // Users read these counters in the monitor, and their scripts use the names, so names do not change.
    [Test]
    public void Counters_OfTheCard_HaveTheNamesThatUsersKnow()
    {
        Assert.That(typeof(NetCounters).GetProperties().Select(x => x.Name), Is.EqualTo(new[]
        {
            "TxFrames", "TxBytes", "TxPadded", "TxDropMalformed", "TxDropOffload", "TxDropRefused",
            "RxFrames", "RxBytes", "RxDropNotReady", "RxDropOverruns", "RxDropRunt", "RxDropTooLong", "RxDropTooBig",
            "RxDropOtherAddress", "RxDropOtherVlan", "RxDropLinkDown",
            "TxDropLinkDown",
        }));
        Assert.That(typeof(NetCounters).GetProperties().Select(x => x.PropertyType), Is.All.EqualTo(typeof(ulong)));
    }

    private static IEnumerable<ulong> Values(NetCounters counters)
    {
        return typeof(NetCounters).GetProperties().Select(x => (ulong)x.GetValue(counters)!);
    }

    // A machine whose card has several pairs of queues, all of them in use.
    private sealed class ManyQueues
    {
        public ManyQueues(int pairs)
        {
            Machine = new MmioMachine(new GuestRam(4 << 20), queuePairs: pairs);
            driver = new MmioDriver(Machine);
            driver.Probe();
            driver.Negotiate(OffloadTests.Everything.With(Feature.CtrlVq).With(Feature.Mq) & driver.ReadOffered());
            rings = Enumerable.Range(0, 2 * pairs).Select(x => driver.SetupRing(x, 16)).ToArray();
            var control = new ControlDriver(driver, 2 * pairs);
            driver.Status |= DeviceStatus.DriverOk;
            Assert.That(control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, (byte)pairs, 0), Is.EqualTo(ControlLayout.Ok));
        }

        public void Send(int queue, byte[] frame, byte gsoType = 0)
        {
            var message = RawDriver.Message(frame);
            message[NetLayout.HeaderGsoType] = gsoType;
            var at = Machine.Ram.Allocate(message.Length);
            message.CopyTo(Machine.Ram.At(at, message.Length));
            rings[queue].TryTakeUsed(out _);
            rings[queue].Add(new Piece(at, (uint)message.Length, false));
            driver.Notify(queue);
        }

        public MmioMachine Machine { get; }

        public NetDevice Device => Machine.Device;

        private readonly MmioDriver driver;
        private readonly IDriverRing[] rings;
    }
}
