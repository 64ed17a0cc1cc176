// renode-virtio-net, MIT licence: see LICENSE.
// Ports for partners at sockets, and for passt, in Renode: the partner is played by the test.

using System.Net.Sockets;
using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Tools.Network;
using Antmicro.Renode.UserInterface;
using NUnit.Framework;
using VirtioNet.Tests.Sockets;
using VirtioNet.Tests.VhostUser;

namespace VirtioNet.Tests.Renode;

public sealed class SocketPortTests : RenodeFixture
{
    [SetUp]
    public void MakeFolder()
    {
        if(!OperatingSystem.IsLinux())
        {
            Assert.Ignore("ports at sockets wait as Linux does");
        }
        folder = Directory.CreateTempSubdirectory("socket-ports").FullName;
    }

    [TearDown]
    public void RemoveFolder()
    {
        EmulationManager.Instance.Clear();
        Directory.Delete(folder, true);
    }

    [Test]
    public void Stream_OnANetwork_CarriesFramesBothWays([Values] bool own)
    {
        var (port, neighbour) = StartStream(own);
        using var partner = ConnectTo(port);
        for(var i = 0; i < 20; i++)
        {
            Exchange(partner, neighbour, i);
        }
        AssertCounts(port, ("Received", 20), ("Sent", 20), ("SentBytes", 20 * 200 + 190));
        port.ResetCounters();
        Assert.That((CountOf(port, "Received"), CountOf(port, "Sent")), Is.EqualTo((0, 0)));
        Assert.That(StatusOf(port, "Partner"), Is.EqualTo($"A partner is connected at unix:{Path("s")}"));
    }

    [Test]
    public void Stream_WithoutANetwork_IsConnectedLater()
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.CreateNetwork("net");
        emulation.CreateStreamPort("qemu", Listening);
        emulation.ExternalsManager.TryGetByName<PacketNetwork>("net", out var network);
        emulation.ExternalsManager.TryGetByName<StreamPort>("qemu", out var port);
        var neighbour = new Neighbour();
        emulation.Connector.Connect(port, network);
        network.AttachTo(neighbour);
        emulation.StartAll();
        using var partner = ConnectTo(port);
        Exchange(partner, neighbour, 1);
    }

    [Test]
    public void Stream_MadeWhileTheEmulationRuns_CarriesFrames()
    {
        EmulationManager.Instance.CurrentEmulation.StartAll();
        var (port, neighbour) = StartStream(own: true);
        using var partner = ConnectTo(port);
        Exchange(partner, neighbour, 1);
    }

    [Test]
    public void Partner_WhileTheEmulationIsPaused_StaysAndItsFramesAreCounted()
    {
        var (port, neighbour) = StartStream(own: true);
        using var partner = ConnectTo(port);
        Exchange(partner, neighbour, 1);
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.PauseAll();
        partner.Send(TestFrame(100, 2));
        ((INetworkSender)port).Receive(new(TestFrame(100, 3)));
        Assert.That(SpinWait.SpinUntil(() => CountOf(port, "DropReceivedLinkDown") == 1, Patience), Is.True);
        Assert.That((CountOf(port, "DropSentLinkDown"), StatusOf(port, "Link")), Is.EqualTo((1, "down while the emulation is paused")));
        emulation.StartAll();
        Assert.That(StatusOf(port, "Link"), Is.EqualTo("up"));
        Exchange(partner, neighbour, 4);
        Assert.That(port.IsConnected, Is.True);
    }

    [Test]
    public void Link_CutByTheUser_StaysCutAfterAPause()
    {
        var (port, neighbour) = StartStream(own: true);
        using var partner = ConnectTo(port);
        port.LinkUp = false;
        port.Pause();
        port.Resume();
        partner.Send(TestFrame(100, 2));
        Assert.That(SpinWait.SpinUntil(() => CountOf(port, "DropReceivedLinkDown") == 1, Patience), Is.True);
        Assert.That(StatusOf(port, "Link"), Is.EqualTo("down"));
        port.LinkUp = true;
        Exchange(partner, neighbour, 3);
        Assert.That((Action)(() => port.MAC = "02:00:00:00:00:01"), Throws.TypeOf<RecoverableException>());
    }

    [Test]
    public void Frame_ThatRenodesSwitchRefuses_IsCounted()
    {
        var (port, neighbour) = StartStream(own: false);
        using var partner = ConnectTo(port);
        partner.Send(NetworkEntranceTests.UdpToPort9(60));
        Assert.That(SpinWait.SpinUntil(() => CountOf(port, "DropReceivedRefused") == 1, Patience), Is.True);
        Exchange(partner, neighbour, 1);
    }

    [Test]
    public void Partner_ThatSendsFast_IsHeldToTheRateInVirtualTime()
    {
        var (port, neighbour) = StartStream(own: true);
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.PauseAll();
        port.Rate = "10mbit";
        port.Resume();
        using var partner = ConnectTo(port);
        var sending = new Thread(() =>
        {
            for(var i = 0; i < 200; i++)
            {
                partner.Send(TestFrame(1500, i));
            }
        });
        sending.Start();
        Assert.That(SpinWait.SpinUntil(() => CountOf(port, "ReceivedBytes") >= Burst, Patience), Is.True);
        var start = emulation.MasterTimeSource.ElapsedVirtualTime;
        for(var received = 0; received < 200; received = CountOf(port, "Received"))
        {
            emulation.MasterTimeSource.RunFor(Quantum);
            // 10 bits a microsecond, and each time up to a frame more than there is room for.
            var passed = (emulation.MasterTimeSource.ElapsedVirtualTime - start).TotalMicroseconds;
            Assert.That(CountOf(port, "ReceivedBytes"), Is.LessThan(Burst + 1500 + passed * 10 / 8 + 1500));
        }
        sending.Join();
        emulation.MasterTimeSource.RunFor(Quantum);
        for(var i = 0; i < 200; i++)
        {
            Assert.That(neighbour.Take(), Is.EqualTo(TestFrame(1500, i)));
        }
    }

    [Test]
    public void Partner_WithoutARate_IsNotHeldBack()
    {
        var (port, neighbour) = StartStream(own: true);
        EmulationManager.Instance.CurrentEmulation.PauseAll();
        Assert.That(port.Rate, Is.EqualTo("100mbit"));
        port.Rate = "0";
        port.Resume();
        using var partner = ConnectTo(port);
        for(var i = 0; i < 200; i++)
        {
            partner.Send(TestFrame(1500, i));
        }
        Assert.That(SpinWait.SpinUntil(() => CountOf(port, "Received") == 200, Patience), Is.True);
        Assert.That((port.Rate, neighbour.HasNone), Is.EqualTo(("0", true)));
    }

    [Test]
    public void Partner_ThatBreaksTheFraming_IsDisconnectedAndTheNextOneServed()
    {
        var (port, neighbour) = StartStream(own: true);
        using(var liar = ConnectTo(port))
        {
            liar.SendLength(uint.MaxValue);
            liar.WaitForEnd();
        }
        Assert.That(SpinWait.SpinUntil(() => !port.IsConnected, Patience), Is.True);
        using var partner = ConnectTo(port);
        Exchange(partner, neighbour, 1);
    }

    [Test]
    public void Port_SavedAndLoaded_ServesThePartnerThatComesBack([Values] bool own)
    {
        var (port, _) = StartStream(own);
        using(ConnectTo(port))
        {
            Reload(() => Assert.That(File.Exists(Path("s")), Is.False, "a port that is gone has let go of its path"));
        }
        var emulation = EmulationManager.Instance.CurrentEmulation;
        Assert.That(emulation.ExternalsManager.TryGetByName<StreamPort>("qemu", out port), Is.True);
        Assert.That(File.Exists(Path("s")), Is.False, "nobody listens before the emulation goes on");
        emulation.ExternalsManager.TryGetByName<IExternal>("net", out var network);
        var neighbour = new Neighbour();
        ((IConnectable<IMACInterface>)network).AttachTo(neighbour);
        emulation.StartAll();
        using var again = ConnectTo(port);
        Exchange(again, neighbour, 1);
    }

    [Test]
    public void Port_ThatConnects_FindsItsPartnerAgainAfterALoad()
    {
        using var listener = Partner.Listen(Path("s"));
        var (port, _) = Start(true, (emulation, network) => emulation.CreateStreamPort("qemu", $"addr.type=unix,addr.path={Path("s")},reconnect-ms=10", network));
        using(Partner.Accept(listener))
        {
            Assert.That(SpinWait.SpinUntil(() => ((StreamPort)port).IsConnected, Patience), Is.True);
            Reload();
        }
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.ExternalsManager.TryGetByName<PacketNetwork>("net", out var network);
        var neighbour = new Neighbour();
        network.AttachTo(neighbour);
        emulation.StartAll();
        using var partner = Partner.Accept(listener);
        Exchange(partner, neighbour, 1);
    }

    [Test]
    public void Datagrams_OnANetwork_CarryFramesBothWays([Values] bool own)
    {
        using var partner = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        partner.Bind(new UnixDomainSocketEndPoint(Path("b")));
        var (port, neighbour) = Start(own, (emulation, network) => emulation.CreateDatagramPort("qemu", $"local.type=unix,local.path={Path("a")},remote.type=unix,remote.path={Path("b")}", network));
        var there = new UnixDomainSocketEndPoint(Path("a"));
        ExchangeDatagrams(1);
        Assert.That(StatusOf(port, "Partner"), Is.EqualTo($"Datagrams go from unix:{Path("a")} to unix:{Path("b")}"));
        AssertCounts(port, ("Received", 1), ("Sent", 1));

        void ExchangeDatagrams(int number)
        {
            partner.SendTo(TestFrame(100, number), there);
            Assert.That(neighbour.Take(), Is.EqualTo(TestFrame(100, number)));
            neighbour.Send(TestFrame(200, number));
            var buffer = new byte[2000];
            Assert.That(buffer[..partner.Receive(buffer)], Is.EqualTo(TestFrame(200, number)));
        }
    }

    [Test]
    public void Passt_GivesAddressesBeforeAndAfterALoad()
    {
        IgnoreWithoutPasst();
        var (port, neighbour) = Start(true, (emulation, network) => emulation.CreatePasst("passt", network), "passt");
        ShouldOffer(neighbour, 1);
        Assert.That(StatusOf(port, "Partner"), Is.EqualTo("passt runs"));
        Reload();
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.ExternalsManager.TryGetByName<PacketNetwork>("net", out var network);
        neighbour = new Neighbour();
        network.AttachTo(neighbour);
        emulation.StartAll();
        ShouldOffer(neighbour, 2);
    }

    [Test]
    public void Passt_ThatIsNotInstalled_IsToldWithTheRemedyAndLeavesNothingBehind()
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        AssertRefused("/nowhere/passt cannot be started: .*; install the package passt", () => emulation.CreatePasst("passt", null, "path=/nowhere/passt"));
        Assert.That(emulation.ExternalsManager.TryGetByName<PasstPort>("passt", out _), Is.False);
    }

    [Test]
    [Rule("H-122")]
    public void Port_OfBadValues_SaysWhichAndLeavesNothingBehind()
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        AssertRefused("name is \"\".*; addr.type is missing", () => emulation.CreateStreamPort("", ""));
        AssertRefused("local.type is missing.*remote.type is missing", () => emulation.CreateDatagramPort("qemu", null!));
        AssertRefused("mtu is \"1\"", () => emulation.CreatePasst("passt", null, "mtu=1"));
        emulation.CreateStreamPort("qemu", Listening);
        AssertRefused("another process listens there", () => emulation.CreateStreamPort("qemu2", Listening));
        AssertRefused("name already in use", () => emulation.CreateStreamPort("qemu", Listening + "2"));
        Assert.That(File.Exists(Path("s2")), Is.False);
    }

    [Test]
    public void Emulation_ThatDoesNotWaitForRealTime_IsWarnedOfOnce([Values] bool hurries)
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        _ = new RenodeMachine("machine", "02:00:00:00:00:01");
        emulation.SetGlobalAdvanceImmediately(hurries);
        var warnings = LinesOf(Antmicro.Renode.Logging.LogLevel.Warning, () =>
        {
            StartStream(own: true);
            emulation.PauseAll();
            emulation.StartAll();
            emulation.PauseAll();
        });
        Assert.That(warnings.Count(x => x.Contains("emulation SetGlobalAdvanceImmediately false")), Is.EqualTo(hurries ? 1 : 0));
    }

    [Test]
    public void Pace_IsKnownOnceTheEmulationHasRunForSomeTime()
    {
        var (port, _) = StartStream(own: true);
        Assert.That(SpinWait.SpinUntil(() => StatusOf(port, "Pace").EndsWith(" virtual seconds in a real one", StringComparison.Ordinal), Patience), Is.True);
    }

    private (StreamPort Port, Neighbour Neighbour) StartStream(bool own)
    {
        var (port, neighbour) = Start(own, (emulation, network) => emulation.CreateStreamPort("qemu", Listening, network));
        return ((StreamPort)port, neighbour);
    }

    // A port and a neighbour on a network of our own or on a switch of Renode's, in an emulation that runs.
    private static (ExternalPort Port, Neighbour Neighbour) Start(bool own, Action<Emulation, IConnectable<IMACInterface>> create, string name = "qemu")
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        if(own)
        {
            emulation.CreateNetwork("net");
        }
        else
        {
            emulation.CreateSwitch("net");
        }
        emulation.ExternalsManager.TryGetByName<IExternal>("net", out var network);
        var neighbour = new Neighbour();
        ((IConnectable<IMACInterface>)network).AttachTo(neighbour);
        create(emulation, (IConnectable<IMACInterface>)network);
        emulation.ExternalsManager.TryGetByName<ExternalPort>(name, out var port);
        emulation.StartAll();
        return (port, neighbour);
    }

    private Partner ConnectTo(StreamPort port)
    {
        var socket = FrontEnd.New();
        socket.Connect(new UnixDomainSocketEndPoint(Path("s")));
        Assert.That(SpinWait.SpinUntil(() => port.IsConnected, Patience), Is.True);
        return new Partner(socket);
    }

    private static void Exchange(Partner partner, Neighbour neighbour, int number)
    {
        var sent = TestFrame(100 + number, number);
        partner.Send(sent);
        Assert.That(neighbour.Take(), Is.EqualTo(sent));
        var answer = TestFrame(200 + number, number);
        neighbour.Send(answer);
        Assert.That(partner.Receive(), Is.EqualTo(answer));
    }

    private static void ShouldOffer(Neighbour neighbour, uint transaction)
    {
        neighbour.Send(Dhcp.Discover(transaction));
        byte[] frame;
        do
        {
            frame = neighbour.Take();
        }
        while(!Dhcp.IsOffer(frame, transaction));
    }

    private static void IgnoreWithoutPasst()
    {
        if(!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(x => File.Exists(System.IO.Path.Combine(x, "passt"))))
        {
            Assert.Ignore("passt is not installed: apt-get install passt");
        }
    }

    private static void AssertRefused(string reason, Action create)
    {
        Assert.That(create, Throws.InstanceOf<RecoverableException>().With.Message.Matches(reason));
    }

    // The partner may have a frame before the port has counted it.
    private static void AssertCounts(ExternalPort port, params (string Name, int Value)[] expected)
    {
        SpinWait.SpinUntil(() => expected.All(x => CountOf(port, x.Name) >= x.Value), Patience);
        Assert.That(expected.Select(x => (x.Name, CountOf(port, x.Name))), Is.EqualTo(expected));
    }

    private static int CountOf(ExternalPort port, string counter) => int.Parse(RowOf(port.GetCounters(), counter), null);

    private static string StatusOf(ExternalPort port, string name) => RowOf(port.GetStatus(), name);

    private static string RowOf(string[,] table, string name) => table[Enumerable.Range(0, table.GetLength(0)).Single(x => table[x, 0] == name), 1];

    private string Path(string name) => System.IO.Path.Combine(folder, name);

    private string Listening => $"server=on,addr.type=unix,addr.path={Path("s")}";

    private string folder = "";

    // What a port lets in at once.
    private const int Burst = 32 << 10;
}
