// renode-virtio-net, MIT licence: see LICENSE.
// VhostUserPort, by which a virtual machine joins Renode's switch; the tests' driver plays the virtual machine.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Tools.Network;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Tests.VhostUser;

namespace VirtioNet.Tests.Renode;

public sealed class VhostUserPortTests : RenodeFixture
{
    [SetUp]
    public void NeedLinux()
    {
        if(!OperatingSystem.IsLinux())
        {
            Assert.Ignore("vhost-user is Linux's");
        }
    }

    [Test]
    public void Frames_BetweenPortAndSwitch_ArriveUnchanged([Values] bool packed)
    {
        var (port, neighbour) = CreatePort(packed ? "+RING_PACKED" : "");
        using var machine = new VhostUserDriver(path);
        var driver = Start(machine, packed);

        for(var i = 0; i < 50; i++)
        {
            Exchange(driver, neighbour, i);
        }

        Assert.That((port.TxFrames, port.RxFrames), Is.EqualTo((50UL, 50UL)));
        Assert.That((port.IsConnected, port.IsRunning), Is.EqualTo((true, true)));
        Assert.That(port.DriverFeatures, Is.EqualTo(machine.Features.ToString()));
    }

    [Test]
    [Rule("H-123")]
    public void Frame_WithItsCheckSequenceInsideTheData_ArrivesWithout()
    {
        var (port, _) = CreatePort();
        using var machine = new VhostUserDriver(path);
        var driver = Start(machine);
        var bytes = TestFrame(100, 1);
        Assert.That(EthernetFrame.TryCreateEthernetFrame([.. bytes, .. NetworkEntranceTests.CheckSequenceOf(bytes)], CRCMode.NoOperation, out var frame), Is.True);
        port.ReceiveFrame(frame);
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(bytes));
    }

    [Test]
    [Rule("H-113")]
    public void Frames_ThatRenodeDoesNotUnderstand_AreCountedOrSaidAndHarmNothing()
    {
        var (port, neighbour) = CreatePort();
        using var machine = new VhostUserDriver(path);
        var driver = Start(machine);
        var lines = CountWarnings(() =>
        {
            driver.TrySend(NetworkEntranceTests.UdpToPort9(60));
            Assert.That(SpinWait.SpinUntil(() => CountOf(port, "TxDropRefused") == "1", Patience), Is.True);
            Assert.That(EthernetFrame.TryCreateEthernetFrame(NetworkEntranceTests.UdpToPort9(200), addCrc: true, out var unreadable), Is.True);
            Assert.That((Action)(() => port.ReceiveFrame(unreadable)), Throws.Nothing);
        });
        Assert.That(lines, Is.EqualTo(2));
        Exchange(driver, neighbour, 1);
    }

    [Test]
    public void Frames_SentWhileTheEmulationStands_LeaveInOrderWhenItGoesOn()
    {
        var (port, neighbour) = CreatePort();
        using var machine = new VhostUserDriver(path);
        var driver = Start(machine);
        EmulationManager.Instance.CurrentEmulation.MasterTimeSource.Stop();
        for(var i = 0; i < 5; i++)
        {
            driver.TrySend(TestFrame(100, i));
        }
        Assert.That(SpinWait.SpinUntil(() => port.TxFrames == 5, Patience), Is.True);
        Assert.That(neighbour.HasNone, Is.True, "they left on the port's own thread");
        EmulationManager.Instance.CurrentEmulation.MasterTimeSource.Start();
        for(var i = 0; i < 5; i++)
        {
            Assert.That(neighbour.Take(), Is.EqualTo(TestFrame(100, i)));
        }
        // Frames that still wait in a port when it is disposed of are never sent.
        EmulationManager.Instance.CurrentEmulation.MasterTimeSource.Stop();
        driver.TrySend(TestFrame(100, 6));
        Assert.That(SpinWait.SpinUntil(() => port.TxFrames == 6, Patience), Is.True);
        port.Dispose();
        EmulationManager.Instance.CurrentEmulation.MasterTimeSource.Start();
        var points = EmulationManager.Instance.CurrentEmulation.MasterTimeSource.NumberOfSyncPoints;
        Assert.That(SpinWait.SpinUntil(() => EmulationManager.Instance.CurrentEmulation.MasterTimeSource.NumberOfSyncPoints > points + 2, Patience), Is.True);
        Assert.That(neighbour.HasNone, Is.True);
    }

    [Test]
    public void Link_WhilePaused_IsDownAndComesBack()
    {
        var (port, neighbour) = CreatePort();
        using var machine = new VhostUserDriver(path);
        var driver = Start(machine);

        port.Pause();
        Assert.That(driver.TrySend(TestFrame(100, 1)), Is.True);
        neighbour.Send(TestFrame(100, 2));
        Assert.That(SpinWait.SpinUntil(() => CountOf(port, "TxDropLinkDown") == "1", TimeSpan.FromMinutes(1)), Is.True);
        Assert.That((port.TxFrames, port.RxFrames, CountOf(port, "RxDropLinkDown")), Is.EqualTo((0UL, 0UL, "1")));

        port.Resume();
        Exchange(driver, neighbour, 3);
    }

    [Test]
    public void Link_CutByTheUser_IsDownInBothDirectionsUntilItIsMended()
    {
        var (port, neighbour) = CreatePort();
        using var machine = new VhostUserDriver(path);
        var driver = Start(machine);
        port.LinkUp = false;
        port.Pause();
        port.Resume();
        Assert.That((port.LinkUp, port.IsPaused), Is.EqualTo((false, false)));
        Assert.That(driver.TrySend(TestFrame(100, 1)), Is.True);
        neighbour.Send(TestFrame(100, 2));
        Assert.That(SpinWait.SpinUntil(() => CountOf(port, "TxDropLinkDown") == "1" && CountOf(port, "RxDropLinkDown") == "1", Patience), Is.True);
        port.LinkUp = true;
        Exchange(driver, neighbour, 3);
        Assert.That((Action)(() => port.MAC = "02:00:00:00:00:01"), Throws.TypeOf<RecoverableException>());
    }

    [Test]
    [Rule("F-37")]
    public void Counters_ResetInTheMonitor_AreZero()
    {
        var (port, neighbour) = CreatePort();
        using var machine = new VhostUserDriver(path);
        Exchange(Start(machine), neighbour, 1);
        Assert.That((port.TxFrames, port.RxFrames), Is.EqualTo((1UL, 1UL)));
        port.ResetCounters();
        Assert.That((port.TxFrames, port.RxFrames), Is.EqualTo((0UL, 0UL)));
    }

    [Test]
    public void Port_SavedAndLoaded_ServesTheFrontEndThatComesBack()
    {
        CreatePort();
        using(var machine = new VhostUserDriver(path))
        {
            Start(machine);
            Reload();
        }
        var emulation = EmulationManager.Instance.CurrentEmulation;
        Assert.That(emulation.ExternalsManager.TryGetByName<VhostUserPort>("vm0", out _), Is.True);
        Assert.That(File.Exists(path), Is.False, "nobody listens before the emulation goes on");
        var neighbour = new Neighbour();
        emulation.ExternalsManager.TryGetByName<Switch>("switch", out var network);
        network.AttachTo(neighbour);
        emulation.StartAll();

        using var again = new VhostUserDriver(path);
        Exchange(Start(again), neighbour, 1);
    }

    [Test]
    public void Port_WhoseEmulationIsCleared_LetsGoOfItsPath()
    {
        CreatePort();
        EmulationManager.Instance.Clear();
        Assert.That(File.Exists(path), Is.False);
        CreatePort();
    }

    [Test]
    [Rule("H-122")]
    public void Port_OfBadValues_SaysWhichAndLeavesNothingBehind()
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        AssertRefused("mtu is 67", () => emulation.CreateVhostUserPort("vm0", path, mtu: 67));
        AssertRefused("queueSize is 0", () => emulation.CreateVhostUserPort("vm0", path, queueSize: 0));
        AssertRefused("queuePairs is 129", () => emulation.CreateVhostUserPort("vm0", path, queuePairs: 129));
        AssertRefused("WHAT", () => emulation.CreateVhostUserPort("vm0", path, features: "+WHAT"));
        AssertRefused("/no/such/folder/s", () => emulation.CreateVhostUserPort("vm0", "/no/such/folder/s"));
        Assert.That(File.Exists(path), Is.False);
        CreatePort();
        AssertRefused(path, () => emulation.CreateVhostUserPort("vm1", path));
        AssertRefused("name", () => emulation.CreateVhostUserPort("vm0", path + "2"));
        Assert.That(File.Exists(path + "2"), Is.False);
    }

    private (VhostUserPort Port, Neighbour Neighbour) CreatePort(string features = "")
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.CreateSwitch("switch");
        emulation.CreateVhostUserPort("vm0", path, features: features);
        emulation.ExternalsManager.TryGetByName<VhostUserPort>("vm0", out var port);
        emulation.ExternalsManager.TryGetByName<Switch>("switch", out var network);
        var neighbour = new Neighbour();
        network.AttachTo(port);
        network.AttachTo(neighbour);
        // What the port sends enters the network as the emulation's time goes on.
        emulation.StartAll();
        return (port, neighbour);
    }

    private static NetDriver Start(VhostUserDriver machine, bool packed = false)
    {
        var driver = new NetDriver(machine);
        var wanted = NetDriver.AllFeatures;
        driver.Start(packed ? wanted.With(Spec.Feature.RingPacked) : wanted, 64);
        return driver;
    }

    // The port works on a thread of its own, so each step is waited for.
    private static void Exchange(NetDriver driver, Neighbour neighbour, int number)
    {
        var sent = TestFrame(100 + number, number);
        Assert.That(driver.TrySend(sent), Is.True);
        Assert.That(neighbour.Take(), Is.EqualTo(sent));
        var answer = TestFrame(200 + number, number);
        neighbour.Send(answer);
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(answer));
    }

    private static void AssertRefused(string reason, Action create)
    {
        Assert.That(create, Throws.InstanceOf<RecoverableException>().With.Message.Contains(reason));
    }

    private static string CountOf(VhostUserPort port, string counter)
    {
        var table = port.GetCounters();
        return table[Enumerable.Range(0, table.GetLength(0)).Single(x => table[x, 0] == counter), 1];
    }

    private readonly string path = Path.Combine(Path.GetTempPath(), $"vhost-user-port-{Environment.ProcessId}.sock");
}
