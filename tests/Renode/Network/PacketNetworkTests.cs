// renode-virtio-net, MIT licence: see LICENSE.
// Cards, ports and other models on a network of our own.

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.Time;
using Antmicro.Renode.Tools.Network;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Renode.Network;

public sealed class PacketNetworkTests : NetworkFixture
{
    [Test]
    public void Frames_BetweenTwoMachines_ArriveInTheirOrderAtTheEndOfTheQuantum([Values] Emulation.EmulationMode mode)
    {
        Emulation.Mode = mode;
        var (_, left, right) = StartTwo();
        for(var i = 0; i < 20; i++)
        {
            left.TrySend(FrameTo(2, 1, i, 100 + i));
        }
        Assert.That(Received(right), Is.Empty, "they arrived inside of the access");
        Go();
        Assert.That(Received(right), Is.EqualTo(Enumerable.Range(0, 20).Select(x => FrameTo(2, 1, x, 100 + x))));
    }

    [Test]
    public void Packet_ForADeviceThatTakesIt_PassesWhole()
    {
        var network = MakeNetwork();
        var (left, sender) = StartLarge("left", "02:00:00:00:00:01");
        var right = new WholeDevice();
        Plug(network, left.Card, right);
        var packets = new OffloadPackets(ipv6: false, tcp: true);
        var packet = packets.Make(60_000);
        SendLarge(sender, packets, packet, 1000);
        Go();
        Assert.That(right.Packets, Has.Count.EqualTo(1));
        Assert.That(right.Packets[0].Bytes.ToArray(), Is.EqualTo(packet));
        Assert.That(right.Packets[0].Offload.SegmentSize, Is.EqualTo(1000));
        Assert.That(Rows(network.Counters()).Last(), Does.StartWith("WholeDevice | out | 1 | 60 |"));
    }

    [Test]
    public void Packet_ForACardWhoseDriverTakesNone_ArrivesAsFinishedFrames()
    {
        var network = MakeNetwork();
        var (left, sender) = StartLarge("left", "02:00:00:00:00:01");
        var (right, receiver) = StartCard("right", "02:00:00:00:00:02");
        Plug(network, left.Card, right.Card);
        var packets = new OffloadPackets(ipv6: false, tcp: true);
        SendLarge(sender, packets, packets.Make(20_000), 1000);
        Go();
        var frames = Received(receiver);
        Assert.That(frames, Has.Count.EqualTo(20).And.All.Length.EqualTo(packets.Payload + 1000));
    }

    [Test]
    public void Packet_ForAnotherModel_ArrivesAsFinishedFramesWithCheckSequence()
    {
        var network = MakeNetwork();
        var (left, sender) = StartLarge("left", "02:00:00:00:00:01");
        var other = new OtherCard(new RenodeMachine("right", "02:00:00:00:00:02"));
        Plug(network, left.Card, other);
        var packets = new OffloadPackets(ipv6: false, tcp: true);
        SendLarge(sender, packets, packets.Make(20_000), 1000);
        Go();
        Assert.That(other.Frames, Has.Count.EqualTo(20));
        foreach(var frame in other.Frames)
        {
            Assert.That(Antmicro.Renode.Network.EthernetFrame.CheckCRC(frame.Bytes), Is.True);
            Assert.That(frame.UnderlyingPacket.Bytes, Has.Length.EqualTo(packets.Payload + 1000));
            Assert.That(packets.Fault(frame.UnderlyingPacket.Bytes), Is.Null);
        }
    }

    [Test]
    public void Card_OnANetworkAndASwitch_SendsToBoth()
    {
        var network = MakeNetwork();
        var (left, sender) = StartLarge("left", "02:00:00:00:00:01");
        var right = new WholeDevice();
        var (third, onSwitch) = StartCard("third", "02:00:00:00:00:03");
        Plug(network, left.Card, right);
        Connect(left.Card, third.Card);
        var packets = new OffloadPackets(ipv6: false, tcp: true);
        SendLarge(sender, packets, packets.Make(20_000), 1000);
        Go();
        Assert.That(right.Packets, Has.Count.EqualTo(1));
        Assert.That(Received(onSwitch), Has.Count.EqualTo(20));
    }

    // Renode's EthernetFrame refuses them, and a switch of Renode's never passes them.
    [TestCaseSource(nameof(RefusedFrames))]
    public void Frame_ThatRenodeRefuses_PassesBetweenOurCards(byte[] frame)
    {
        var (network, left, right) = StartTwo();
        var lines = CountWarnings(() =>
        {
            left.TrySend(frame);
            Go();
        });
        Assert.That(Received(right), Is.EqualTo(new[] { frame }));
        Assert.That(lines, Is.Zero);
        Assert.That(Rows(network.Drops()), Is.Empty);
    }

    [Test]
    public void Frame_ThatAnotherModelCannotGet_IsCountedAtItsPortAndTold()
    {
        var network = MakeNetwork();
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var other = new OtherCard(new RenodeMachine("right", "02:00:00:00:00:02"));
        Plug(network, left.Card, other);
        var lines = LinesOf(LogLevel.Warning, () =>
        {
            sender.TrySend(ToTwo(NetworkEntranceTests.UdpToPort9(60)));
            sender.TrySend(FrameTo(9, 1));
            Go();
        });
        Assert.That(other.Frames, Has.Count.EqualTo(1));
        Assert.That(Rows(network.Drops()), Is.EqualTo(new[] { "right:sysbus.other | out | Refused | 1" }));
        Assert.That(lines, Has.Count.EqualTo(1).And.Some.Contains("right:sysbus.other: Renode's network has refused a frame of this length"));
    }

    [Test]
    public void Frame_OfAnotherModel_WaitsUntilNoCpuRunsAndArrivesWithoutCheckSequence()
    {
        var network = MakeNetwork();
        var (left, receiver) = StartCard("left", "02:00:00:00:00:01");
        var other = new OtherCard(new RenodeMachine("right", "02:00:00:00:00:02"));
        Plug(network, left.Card, other);
        other.Send(FrameTo(1, 9));
        Assert.That(Received(receiver), Is.Empty);
        Go();
        Assert.That(Received(receiver), Is.EqualTo(new[] { FrameTo(1, 9) }));
        Assert.That(Rows(network.Addresses()), Has.Length.EqualTo(1).And.Some.Contains("02:00:00:00:00:09 | right:sysbus.other"));
    }

    [Test]
    public void Frames_OverAnUplink_PassToASwitchAndBack()
    {
        var network = MakeNetwork();
        var (left, ours) = StartCard("left", "02:00:00:00:00:01");
        var (right, theirs) = StartCard("right", "02:00:00:00:00:02");
        Plug(network, left.Card);
        network.UplinkTo(Connect(right.Card));
        ours.TrySend(FrameTo(2, 1, 1));
        Go();
        Assert.That(Received(theirs), Is.EqualTo(new[] { FrameTo(2, 1, 1) }));
        theirs.TrySend(FrameTo(1, 2, 2));
        Go();
        Assert.That(Received(ours), Is.EqualTo(new[] { FrameTo(1, 2, 2) }));
        Assert.That(Rows(network.Ports()).Last(), Does.StartWith("uplink-switch"));
    }

    [Test]
    public void Conversation_MirroredToASwitch_DoesNotComeBack()
    {
        var (network, left, right) = StartTwo();
        var wire = new Switch();
        Emulation.ExternalsManager.AddExternal(wire, "switch");
        network.UplinkTo(wire);
        network.Mirror("left", "uplink-switch");
        for(var i = 1; i <= 4; i++)
        {
            left.TrySend(FrameTo(2, 1, i));
            right.TrySend(FrameTo(1, 2, i));
            Go();
        }
        Assert.That(Received(right).Select(NumberOf), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(Received(left).Select(NumberOf), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        // Port, direction, packets: what came out of the switch.
        Assert.That(Rows(network.Counters()).Single(x => x.StartsWith("uplink-switch", StringComparison.Ordinal) && !x.Contains("out")), Does.Match("in[^0-9]+0[^0-9]"));
    }

    [Test]
    public void Frames_OfTheOutsideWhileTheEmulationIsPaused_AreDropped()
    {
        var network = MakeNetwork();
        var (left, ours) = StartCard("left", "02:00:00:00:00:01");
        var wire = new Switch();
        Emulation.ExternalsManager.AddExternal(wire, "switch");
        Plug(network, left.Card);
        network.UplinkTo(wire);
        Assert.That(Emulation.ExternalsManager.TryGetByName<NetworkUplink>("net-uplink-switch", out var uplink), Is.True);
        network.Pause();
        uplink.ReceiveFrame(Wrap(FrameTo(1, 7, 1)));
        network.Resume();
        uplink.ReceiveFrame(Wrap(FrameTo(1, 7, 2)));
        Go();
        Assert.That(Received(ours).Select(NumberOf), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void Card_Disconnected_GetsNothingMoreAndCanBeConnectedAgain()
    {
        var (network, left, right) = StartTwo();
        var card = Emulation["right"].GetPeripheralsOfType<VirtioNetPci>().Single();
        network.SetLink("right", "delay 150us");
        left.TrySend(FrameTo(2, 1, 1));
        Go();
        Emulation.Connector.Disconnect(card, network);
        Assert.That(Rows(network.Ports()), Has.Length.EqualTo(1));
        GoFor(1000);
        Assert.That(Received(right), Is.Empty);
        right.TrySend(FrameTo(1, 2, 2));
        Go();
        Assert.That(Received(left), Is.Empty);
        Plug(network, card);
        left.TrySend(FrameTo(2, 1, 3));
        GoFor(1000);
        Assert.That(Received(right).Select(NumberOf), Is.EqualTo(new[] { 3 }));
    }

    [Test]
    [Rule("H-120")]
    public void Card_TakenOffItsMachine_LeavesTheNetwork()
    {
        var network = MakeNetwork();
        var machine = new RenodeMachine();
        Plug(network, machine.Card);
        machine.Host.Unplug("net0");
        Assert.That(Rows(network.Ports()), Is.Empty);
        Go();
    }

    [Test]
    [Rule("H-120")]
    public void Card_OfAMachineThatIsRemoved_LeavesTheNetwork()
    {
        var (network, left, right) = StartTwo();
        network.SetLink("right", "delay 150us");
        left.TrySend(FrameTo(2, 1, 1));
        Go();
        Emulation.RemoveMachine("right");
        Assert.That(Rows(network.Ports()), Has.Length.EqualTo(1).And.Some.StartsWith("left"));
        GoFor(1000);
    }

    [Test]
    public void Card_Disconnected_SendsAsIfItHadNeverBeenConnected()
    {
        var network = MakeNetwork();
        var (machine, driver) = StartCard();
        Plug(network, machine.Card);
        driver.TrySend(NetworkEntranceTests.UdpToPort9(60));
        Go();
        Assert.That(Counter(machine, "TxDropRefused"), Is.EqualTo("0"));
        Emulation.Connector.Disconnect(machine.Card, network);
        driver.TrySend(NetworkEntranceTests.UdpToPort9(60));
        Go();
        Assert.That(Counter(machine, "TxDropRefused"), Is.EqualTo("1"));
    }

    [Test]
    public void Network_Disposed_LetsItsCardsGo()
    {
        var (network, left, right) = StartTwo();
        network.Dispose();
        left.TrySend(FrameTo(2, 1, 1));
        Go();
        Assert.That(Received(right), Is.Empty);
        Assert.That(Rows(network.Ports()), Is.Empty);
    }

    [Test]
    public void Card_ConnectedTwice_IsRefused()
    {
        var network = MakeNetwork();
        var machine = new RenodeMachine();
        Plug(network, machine.Card);
        Assert.That((Action)(() => Plug(network, machine.Card)), Throws.InstanceOf<RecoverableException>().With.Message.Contains("machine:sysbus.pcie.net0 is connected to the network net already"));
    }

    [Test]
    public void Address_ThatTwoGuestsSendFrom_IsWarnedOfOnce()
    {
        var (_, left, right) = StartTwo();
        Go();
        var lines = LinesOf(LogLevel.Warning, () =>
        {
            for(var i = 0; i < 3; i++)
            {
                left.TrySend(FrameTo(9, 0xAB));
                Go();
                right.TrySend(FrameTo(9, 0xAB));
                Go();
            }
        });
        Assert.That(lines, Has.Count.EqualTo(1).And.Some.Contains("left:sysbus.pcie.net0 and right:sysbus.pcie.net0 have the same MAC address 02:00:00:00:00:ab"));
    }

    private static IEnumerable<byte[]> RefusedFrames()
    {
        yield return ToTwo(NetworkEntranceTests.UdpToPort9(60));
        yield return ToTwo(NetworkEntranceTests.UdpToPort9(200));
        // The last IPv4 fragment, with 4 bytes of UDP data.
        var fragment = new byte[60];
        new byte[] { 0x08, 0x00, 0x45, 0, 0, 24, 0, 1, 0, 185, 64, 17 }.CopyTo(fragment, 12);
        yield return ToTwo(fragment);
        // IPv6 without a length, as a jumbogram has it.
        var jumbo = new byte[80];
        new byte[] { 0x86, 0xDD, 0x60, 0, 0, 0, 0, 0, 6, 64 }.CopyTo(jumbo, 12);
        yield return ToTwo(jumbo);
        // LLDP that ends without its last TLV.
        var lldp = new byte[60];
        new byte[] { 0x88, 0xCC, 2, 4, 7, 1, 2, 3 }.CopyTo(lldp, 12);
        yield return ToTwo(lldp);
    }

    private static byte[] ToTwo(byte[] frame)
    {
        new byte[] { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 }.CopyTo(frame, 0);
        return frame;
    }

    private static (RenodeMachine Machine, NetDriver Driver) StartLarge(string name, string mac)
    {
        var machine = new RenodeMachine(name, mac);
        var driver = new NetDriver(machine);
        driver.Start(Large);
        return (machine, driver);
    }

    private static readonly FeatureSet Large = NetDriver.AllFeatures.With(Feature.Csum).With(Feature.HostTso4);

    /// <summary>A device that takes everything as it is.</summary>
    private sealed class WholeDevice : IMACInterface, INetworkSender
    {
        public void Receive(Packet packet) => Packets.Add(packet);

        public void ReceiveFrame(EthernetFrame frame)
        {
        }

        public void Emit(EthernetFrame frame)
        {
        }

        public void CountRefused()
        {
        }

        public List<Packet> Packets { get; } = new();

        public PortOffloads Offloads => new() { Checksum = true, Segmentation = Segmentation.Tso4, LargestPacket = 1 << 16 };

        public bool HasListeners => false;

        public NetworkExit Exit => exit ??= new NetworkExit(this, new ReportLog(this));

        public MACAddress MAC { get; set; } = MACAddress.Parse("02:00:00:00:00:02");

        public event Action<EthernetFrame>? FrameReady
        {
            add { }
            remove { }
        }

        private NetworkExit? exit;
    }
}
