// renode-virtio-net, MIT licence: see LICENSE.
// In which order things happen, and when.

using NUnit.Framework;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class OrderTests
{
    [Test]
    public void Run_PacketsHandedOverInAnyOrder_HappensByTimePortAndSequence()
    {
        var rig = new NetworkRig(4);
        rig.Learn();
        rig.Send(2, 3, time: 7, mark: 5);
        rig.Send(1, 3, time: 7, mark: 3);
        rig.Send(1, 3, time: 7, mark: 4);
        rig.Send(1, 3, time: 9, mark: 6);
        rig.Send(0, 3, time: 8, mark: 7);
        rig.Send(2, 3, time: 5, mark: 1);

        rig.Network.Run(10);

        Assert.That(rig.Devices[3].Marks, Is.EqualTo("5:1 7:3 7:4 7:5 8:7 9:6"));
    }

    // The same packets, handed over in an order that only keeps that of each port: all that is seen is the same.
    [Test]
    public void Run_AnyInterleavingOfPorts_IsSeenTheSame()
    {
        var seed = Seeds.Next("NETWORK_ORDER_SEED");
        var expected = Play(seed, new Random(0));
        Assert.That(expected, Has.Count.GreaterThan(100));
        for(var i = 1; i <= 10; i++)
        {
            Assert.That(Play(seed, new Random(i)), Is.EqualTo(expected));
        }
    }

    // The jitter mixes them: on the way in, out, or both.
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public void Run_ManyOnTheirWay_ArriveInTheOrderOfTheirTimes(bool inwards, bool outwards)
    {
        var rig = new NetworkRig(2);
        rig.Learn();
        rig.Ports[0].In.Settings = Words(inwards ? "delay 10ms 9ms" : "");
        rig.Ports[1].Out.Settings = Words(outwards ? "delay 10ms 9ms" : "");
        for(var i = 0; i < 200; i++)
        {
            rig.Send(0, 1, time: (ulong)i, mark: (byte)i);
        }

        for(var time = 0UL; time <= 40 * Ms; time += Ms)
        {
            rig.Network.Run(time);
        }

        var received = rig.Devices[1].Received;
        Assert.That(received, Has.Count.EqualTo(200));
        Assert.That(received.Select(x => x.Time), Is.Ordered);
        Assert.That(received.Select(x => x.Packet.Bytes[Ethernet.HeaderSize]), Is.Not.Ordered);
    }

    [Test]
    public void Run_UpToATime_LeavesWhatIsLaterForTheNext()
    {
        var rig = new NetworkRig(2);
        rig.Send(0, 1, time: 10, mark: 1);
        rig.Send(0, 1, time: 11, mark: 2);

        Assert.That(rig.Network.Run(10), Is.True);
        Assert.That(rig.Devices[1].Marks, Is.EqualTo("10:1"));
        Assert.That(rig.Network.NextEvent, Is.EqualTo(11));
        Assert.That(rig.Network.Run(10), Is.False);
        Assert.That(rig.Network.Run(20), Is.True);
        Assert.That(rig.Devices[1].Marks, Is.EqualTo("10:1 11:2"));
        Assert.That((rig.Network.NextEvent, rig.Network.Now), Is.EqualTo(((ulong?)null, 20UL)));
    }

    [Test]
    public void NextEvent_NotRunYet_IsTheEarliestThatWasSent()
    {
        var rig = new NetworkRig(2);
        rig.Network.Run(20);
        rig.Send(0, 1, time: 50);
        rig.Send(1, 0, time: 30);
        Assert.That(rig.Network.NextEvent, Is.EqualTo(30));
        rig.Send(1, 0, time: 10);
        Assert.That(rig.Network.NextEvent, Is.EqualTo(20));
    }

    [Test]
    public void Send_WithATimeThatIsPast_CountsAsSentNow()
    {
        var rig = new NetworkRig(2);
        rig.Network.Run(100);
        rig.Send(0, 1, time: 5, mark: 1);

        rig.Network.Run(110);

        Assert.That(rig.Devices[1].Marks, Is.EqualTo("100:1"));
    }

    [Test]
    public void Run_LinksWithDelay_DeliversAtTheSumOfBoth()
    {
        var rig = new NetworkRig(2);
        rig.Ports[0].In.Settings = Words("delay 10ms");
        rig.Ports[1].Out.Settings = Words("delay 5ms");
        rig.Send(0, 1, time: 3, mark: 1);

        rig.Network.Run(15 * Ms + 2);
        Assert.That(rig.Counts, Is.EqualTo("0 0"));
        Assert.That(rig.Network.NextEvent, Is.EqualTo(15 * Ms + 3));
        rig.Network.Run(16 * Ms);

        Assert.That(rig.Devices[1].Marks, Is.EqualTo($"{15 * Ms + 3}:1"));
    }

    // The second packet is due at the very time of the first one, and was handled later: it does not overtake.
    [TestCase(true)]
    [TestCase(false)]
    public void Run_DelayTakenAway_ArrivalsOfTheSameTimeKeepTheirOrder(bool inwards)
    {
        var rig = new NetworkRig(2);
        var link = inwards ? rig.Ports[0].In : rig.Ports[1].Out;
        link.Settings = Words("delay 10ms");
        rig.Send(0, 1, time: 0, mark: 1);
        rig.Send(0, 1, time: 10 * Ms, mark: 2);
        rig.Network.Run(Ms);
        link.Settings = LinkSettings.Default;

        rig.Network.Run(20 * Ms);

        Assert.That(rig.Devices[1].Marks, Is.EqualTo($"{10 * Ms}:1 {10 * Ms}:2"));
    }

    [Test]
    public void Run_OutOfADelivery_DoesNothing()
    {
        var rig = new NetworkRig(2);
        var inner = true;
        rig.Devices[1].Receiving = x => inner = rig.Network.Run(100);
        rig.Send(0, 1, time: 0);
        rig.Send(0, 1, time: 1);

        rig.Network.Run(10);

        Assert.That((inner, rig.Network.Now, rig.Counts), Is.EqualTo((false, 10UL, "0 2")));
    }

    [Test]
    public void Run_ADeviceThrows_GoesOnWithTheNextEvent()
    {
        var rig = new NetworkRig(2);
        rig.Devices[1].Receiving = x => throw new InvalidOperationException();
        rig.Send(0, 1, time: 0);
        rig.Send(0, 1, time: 1, mark: 1);

        Assert.That(new Action(() => rig.Network.Run(10)), Throws.InvalidOperationException);
        rig.Devices[1].Receiving = null;
        rig.Network.Run(10);

        Assert.That(rig.Devices[1].Marks, Is.EqualTo("0:0 1:1"));
    }

    // What everybody receives, in the order of the network's events.
    private static List<string> Play(int seed, Random interleaving)
    {
        var random = new Random(seed);
        var rig = new NetworkRig(5);
        var seen = new List<string>();
        rig.Network.Observers.Add(new Log(seen));
        foreach(var port in rig.Ports)
        {
            port.In.Settings = Words($"delay {random.Next(3) * 400}us");
            port.Out.Settings = Words($"delay {random.Next(3) * 400}us");
        }
        for(var round = 1UL; round <= 10; round++)
        {
            // Few different times, so that many packets have the same.
            var packets = Enumerable.Range(0, 5).Select(port => new Queue<(ulong Time, int To, byte Mark)>(
                Enumerable.Range(0, random.Next(6)).Select(x => ((round - 1) * Ms + (ulong)random.Next(5) * 200_000, random.Next(-1, 5), (byte)random.Next(256))))).ToArray();
            while(packets.Any(x => x.Count > 0))
            {
                var port = interleaving.Next(5);
                if(packets[port].TryDequeue(out var next))
                {
                    rig.Send(port, next.To, next.Time, next.Mark);
                }
            }
            rig.Network.Run(round * Ms);
        }
        rig.Network.Run(100 * Ms);
        return seen;
    }

    private sealed class Log(List<string> lines) : INetworkObserver
    {
        public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome)
        {
            lines.Add($"{port.Name} {direction} {time} {packet.Bytes[Ethernet.HeaderSize]} {outcome.Drop}");
        }

        public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
        {
            lines.Add($"{address} {before.Name} {now.Name}");
        }
    }
}
