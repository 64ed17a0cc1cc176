// renode-virtio-net, MIT licence: see LICENSE.
// What a port can be told: a mirror, a limit for storms, a group, its end.

using NUnit.Framework;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class PortTests
{
    [Test]
    public void Mirror_OfAPort_GetsWhatComesInAndGoesOutThereAndNothingElse()
    {
        var rig = new NetworkRig(4);
        rig.Learn();
        rig.Ports[0].MirroredTo = rig.Ports[3];

        rig.Send(0, 1, time: 1, mark: 1);
        rig.Send(1, 0, time: 2, mark: 2);
        rig.Send(1, 2, time: 3, mark: 3);
        rig.Send(2, Everybody, time: 4, mark: 4);
        rig.Send(0, 0, time: 5, mark: 5);
        rig.Network.Run(10);

        Assert.That(rig.Devices[3].Marks, Is.EqualTo("1:1 2:2 4:4 5:5"));
        Assert.That(rig.Ports[3].IsMirror, Is.True);
    }

    [Test]
    public void Mirror_TakenAway_IsAnOrdinaryPortAgain()
    {
        var rig = new NetworkRig(3);
        rig.Ports[0].MirroredTo = rig.Ports[2];
        // What a mirror sends goes its way, and nothing is learned of it.
        rig.Send(2, 1, time: 0);
        rig.Send(1, 2, time: 1);
        rig.Network.Run(1);
        Assert.That(rig.Counts, Is.EqualTo("2 1 2"));
        rig.Ports[0].MirroredTo = null;
        rig.Clear();

        rig.Send(2, Everybody, time: 2);
        rig.Send(1, 2, time: 3);
        rig.Network.Run(3);

        Assert.That(rig.Counts, Is.EqualTo("1 1 1"));
    }

    [Test]
    public void Mirror_ToItselfOrToAnotherNetworksPort_IsRefusedWithTheNamesAllowed()
    {
        var rig = new NetworkRig(3);
        Assert.That(new Action(() => rig.Ports[0].MirroredTo = rig.Ports[0]), Throws.ArgumentException.With.Message.Contains("net1, net2"));
        Assert.That(new Action(() => rig.Ports[0].MirroredTo = new NetworkRig(1).Ports[0]), Throws.ArgumentException);
        Assert.That(rig.Ports[0].MirroredTo, Is.Null);
    }

    [Test]
    public void Flood_BeyondTheStormLimit_IsDroppedUntilTheNextSecond()
    {
        var rig = new NetworkRig(3);
        rig.Learn();
        rig.Ports[0].StormLimit = 2;
        for(var i = 0; i < 5; i++)
        {
            rig.Send(0, Everybody, time: 1);
        }
        rig.Send(0, 1, time: 2);
        rig.Send(1, Everybody, time: 3);
        rig.Send(0, Everybody, time: Second);
        rig.Network.Run(2 * Second);

        Assert.That(rig.Counts, Is.EqualTo("1 4 4"));
        Assert.That(rig.Ports[0].Sent.DroppedBy(DropReason.Storm), Is.EqualTo(3));
    }

    [Test]
    public void Partition_OfGroups_LetsNothingPassUntilItIsHealed()
    {
        var rig = new NetworkRig(3);
        rig.Learn();
        rig.Ports[0].Group = rig.Ports[1].Group = "left";
        rig.Network.Groups.Separate("left", "net2");

        rig.Send(0, 2, time: 1);
        rig.Send(2, Everybody, time: 2);
        rig.Send(0, 1, time: 3);
        rig.Network.Run(3);
        Assert.That(rig.Counts, Is.EqualTo("0 1 0"));
        Assert.That(rig.Ports.Select(x => x.Received.DroppedBy(DropReason.Partition)), Is.EqualTo(new[] { 1UL, 1UL, 1UL }));
        rig.Network.Groups.Join("net2", "left");
        rig.Send(0, 2, time: 4);
        rig.Network.Run(4);
        Assert.That(rig.Counts, Is.EqualTo("0 1 1"));
        rig.Network.Groups.Separate("left", "left");
        rig.Send(0, Everybody, time: 5);
        rig.Network.Run(5);
        Assert.That(rig.Counts, Is.EqualTo("0 1 2"), "each alone");
        rig.Network.Groups.Heal();
        rig.Send(0, 1, time: 6);
        rig.Network.Run(6);

        Assert.That(rig.Counts, Is.EqualTo("0 2 2"));
    }

    [Test]
    public void Disconnect_OfAPort_DropsWhatIsOnItsWayThereAndBack()
    {
        var rig = new NetworkRig(3);
        rig.Learn();
        rig.Ports[1].In.Settings = rig.Ports[1].Out.Settings = Words("delay 5ms");
        rig.Send(0, 1, time: 0);
        rig.Send(1, 0, time: 0);
        rig.Network.Run(0);
        rig.Send(1, 0, time: 0);

        rig.Network.Disconnect(rig.Ports[1]);
        rig.Network.Disconnect(rig.Ports[1]);
        rig.Send(1, 0, time: 0);
        rig.Network.Run(10 * Ms);

        Assert.That(rig.Counts, Is.EqualTo("0 0 0"));
        Assert.That((rig.Ports[1].Sent.DroppedBy(DropReason.NoPort), rig.Ports[1].Received.DroppedBy(DropReason.NoPort)), Is.EqualTo((3UL, 1UL)));
        Assert.That(rig.Network.Addresses.Select(x => x.Port.Name), Is.EqualTo(new[] { "net0", "net2" }));
        rig.Send(0, 1, time: 0);
        rig.Network.Run(20 * Ms);
        Assert.That(rig.Counts, Is.EqualTo("0 0 1"), "its address is unknown");
    }

    [Test]
    public void Disconnect_OfAMirror_EndsTheMirroring()
    {
        var rig = new NetworkRig(3);
        rig.Ports[0].MirroredTo = rig.Ports[2];

        rig.Network.Disconnect(rig.Ports[2]);
        rig.Send(0, Everybody, time: 0);
        rig.Network.Run(0);

        Assert.That(rig.Ports[0].MirroredTo, Is.Null);
        Assert.That((rig.Counts, rig.Ports[2].Received.Dropped), Is.EqualTo(("0 1 0", 0UL)));
    }

    [Test]
    public void Connect_ANameThatIsTaken_IsRefusedUntilItIsFree()
    {
        var rig = new NetworkRig(1);
        Assert.That(new Action(() => rig.Network.Connect("net0", new Device())), Throws.ArgumentException.With.Message.Contains("net0"));
        rig.Network.Disconnect(rig.Ports[0]);
        Assert.That(rig.Network.Connect("net0", new Device()).Number, Is.EqualTo(1));
        Assert.That(rig.Network.Find("net0"), Is.SameAs(rig.Network.Ports.Single()));
        Assert.That(rig.Network.Find("net1"), Is.Null);
    }

    [Test]
    public void Disconnect_InTheMidstOfAFlood_ReachesTheOthers()
    {
        var rig = new NetworkRig(4);
        rig.Devices[1].Receiving = x => rig.Network.Disconnect(rig.Ports[2]);
        rig.Send(0, Everybody, time: 0);

        rig.Network.Run(0);

        Assert.That(rig.Counts, Is.EqualTo("0 1 0 1"));
    }

    [Test]
    public void Room_OfAPort_IsBoundedOnTheWayInAndOut()
    {
        var rig = new NetworkRig(3, maxFrames: 2);
        rig.Learn();
        rig.Ports[0].In.Settings = Words("delay 5ms duplicate 100%");
        rig.Ports[2].Out.Settings = Words("delay 5ms");
        for(var i = 0; i < 2; i++)
        {
            rig.Send(0, 1, time: 0);
            rig.Send(1, 2, time: 0);
        }
        Assert.That(rig.Ports[0].TrySend(Frame(0, 1), default, 0), Is.False, "the sender keeps it");
        rig.Network.Run(0);
        rig.Send(1, 2, time: 0);
        rig.Ports[0].Send(new Packet(Frame(0, 1)), 0);
        rig.Network.Run(Ms);

        // Of two packets, each with its copy, two have room.
        Assert.That(rig.Ports[0].Sent.DroppedBy(DropReason.QueueFull), Is.EqualTo(3), "two copies, and one that its sender does not keep");
        Assert.That(rig.Ports[2].Received.DroppedBy(DropReason.QueueFull), Is.EqualTo(1));
        rig.Network.Run(20 * Ms);
        Assert.That(rig.Counts, Is.EqualTo("0 2 2"));
        rig.Send(0, 1, time: 20 * Ms);
        rig.Send(1, 2, time: 20 * Ms);
        rig.Network.Run(30 * Ms);
        Assert.That(rig.Counts, Is.EqualTo("0 4 3"), "there is room again");
    }

    [Test]
    public void Counters_OfAPort_TellPacketsFramesAndBytesAndCanBeReset()
    {
        var rig = new NetworkRig(2);
        rig.Learn();
        rig.Ports[1].Out.Settings = Words("duplicate 100%");
        rig.Send(0, 1, time: 0);
        rig.Send(0, new byte[13]);
        rig.Network.Run(0);

        var (sent, received) = (rig.Ports[0].Sent, rig.Ports[1].Received);
        Assert.That((sent.Packets, sent.Frames, sent.Bytes, sent.Dropped, sent.DroppedBy(DropReason.Malformed)), Is.EqualTo((2UL, 2UL, 73UL, 1UL, 1UL)));
        Assert.That((received.Packets, received.Bytes, received.Duplicated, received.Dropped), Is.EqualTo((2UL, 120UL, 1UL, 0UL)));
        sent.Reset();
        Assert.That((sent.Packets, sent.Bytes, sent.Dropped), Is.EqualTo((0UL, 0UL, 0UL)));
    }

    // An edge to another network that takes no such frame.
    [Test]
    public void Refuse_OfADevice_IsCountedAndShown()
    {
        var rig = new NetworkRig(2);
        rig.Learn();
        var seen = new List<DropReason>();
        rig.Network.Observers.Add(new Reasons(seen));
        rig.Devices[1].Receiving = x => rig.Ports[1].Refuse(x);
        rig.Send(0, 1, time: 0);
        rig.Network.Run(0);

        Assert.That((rig.Ports[1].Received.Packets, rig.Ports[1].Received.DroppedBy(DropReason.Refused)), Is.EqualTo((1UL, 1UL)));
        Assert.That(seen, Is.EqualTo(new[] { DropReason.None, DropReason.None, DropReason.Refused }));
        rig.Ports[1].Refuse(new Packet(Frame(0, 1)));
        Assert.That(rig.Ports[1].Received.DroppedBy(DropReason.Refused), Is.EqualTo(2));
        Assert.That(seen, Has.Count.EqualTo(3), "observers are called in runs only");
    }

    [Test]
    public void Link_Down_DropsWithItsReason([Values] bool inwards)
    {
        var rig = new NetworkRig(2);
        rig.Learn();
        (inwards ? rig.Ports[0].In : rig.Ports[1].Out).Settings = Words("down");
        rig.Send(0, 1, time: 0);

        rig.Network.Run(0);

        Assert.That(rig.Counts, Is.EqualTo("0 0"));
        Assert.That((inwards ? rig.Ports[0].Sent : rig.Ports[1].Received).DroppedBy(DropReason.Down), Is.EqualTo(1));
    }

    [Test]
    public void Send_NobodyElseOrOwnPort_IsCountedWithItsReason()
    {
        var rig = new NetworkRig(1);
        rig.Send(0, Everybody, time: 0);
        rig.Send(0, 0, time: 0);
        rig.Network.Run(0);
        Assert.That(rig.Ports[0].Sent.DroppedBy(DropReason.NoPort), Is.EqualTo(2));
    }

    private sealed class Reasons(List<DropReason> seen) : INetworkObserver
    {
        public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome) => seen.Add(outcome.Drop);

        public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time) => Assert.Fail();
    }
}
