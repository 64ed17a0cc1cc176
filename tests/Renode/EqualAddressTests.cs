// renode-virtio-net, MIT licence: see LICENSE.
// A warning tells of interfaces on one network that have the same MAC address.

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Tools.Network;
using NUnit.Framework;

namespace VirtioNet.Tests.Renode;

public sealed class EqualAddressTests : RenodeFixture
{
    [Test]
    [Rule("F-33")]
    public void Cards_OfOneAddressOnOneNetwork_AreWarnedOfOnceByTheirNames()
    {
        var network = MakeSwitch("wire");
        Connect(new RenodeMachine("left", One), network);
        Connect(new RenodeMachine("right", One), network);
        Connect(new RenodeMachine("third", Two), network);
        var lines = LogLines.During(Go, LogLevel.Warning);
        Assert.That(lines, Has.Count.EqualTo(1));
        Assert.That(lines[0], Does.Contain($"wire: left:sysbus.pcie.net0 and right:sysbus.pcie.net0 have the same MAC address {One}"));
        Assert.That(LogLines.During(Go, LogLevel.Warning), Is.Empty);
    }

    [Test]
    [Rule("F-33")]
    public void Cards_OfOneAddressOnTwoNetworks_AreNotWarnedOf()
    {
        Connect(new RenodeMachine("left", One), MakeSwitch("wire0"));
        Connect(new RenodeMachine("right", One), MakeSwitch("wire1"));
        Assert.That(LogLines.During(Go, LogLevel.Warning), Is.Empty);
    }

    [Test]
    public void Card_ThatGetsAnothersAddressInTheMonitor_IsWarnedOf()
    {
        var network = MakeSwitch("wire");
        Connect(new RenodeMachine("left", One), network);
        var right = new RenodeMachine("right", Two);
        Connect(right, network);
        Assert.That(LogLines.During(Go, LogLevel.Warning), Is.Empty);
        right.Card.MAC = One;
        Assert.That(LogLines.During(Go, LogLevel.Warning), Has.Count.EqualTo(1).And.Some.Contains("left:sysbus.pcie.net0 and right:sysbus.pcie.net0"));
    }

    [Test]
    public void Cards_WithAndWithoutABus_AreWarnedOf()
    {
        var network = MakeSwitch("wire");
        Connect(new RenodeMachine("left", One), network);
        var right = new RenodeMmioMachine("right", One);
        EmulationManager.Instance.CurrentEmulation.Connector.Connect(right.Card, network);
        Assert.That(LogLines.During(Go, LogLevel.Warning), Has.Count.EqualTo(1).And.Some.Contains("left:sysbus.pcie.net0 and right:sysbus.net0"));
    }

    // A port knows the address of its virtual machine's card only from the frames that it sends.
    [Test]
    public void VirtualMachine_ThatSendsFromACardsAddress_IsWarnedOf()
    {
        if(!OperatingSystem.IsLinux())
        {
            Assert.Ignore("vhost-user is Linux's");
        }
        var emulation = EmulationManager.Instance.CurrentEmulation;
        var network = MakeSwitch("wire");
        Connect(new RenodeMachine("left", One), network);
        var path = Path.Combine(Path.GetTempPath(), $"virtio-net-{Environment.ProcessId}.sock");
        emulation.CreateVhostUserPort("vm0", path);
        emulation.ExternalsManager.TryGetByName<VhostUserPort>("vm0", out var port);
        emulation.Connector.Connect(port, network);
        Assert.That(LogLines.During(Go, LogLevel.Warning), Is.Empty);

        foreach(var sender in new byte[] { 9, 1, 9, 1 })
        {
            var frame = TestFrame(100, 1);
            frame[11] = sender;
            SendFrom(port, frame);
        }
        Assert.That(LogLines.During(Go, LogLevel.Warning), Has.Count.EqualTo(1).And.Some.Contains($"wire: left:sysbus.pcie.net0 and vm0 have the same MAC address {One}"));
    }

    [Test]
    public void Emulation_SavedBeforeItHasLooked_CanBeLoaded()
    {
        var network = MakeSwitch("wire");
        Connect(new RenodeMachine("left", One), network);
        SaveAndLoad();
        Go();
    }

    // A virtual machine can make up addresses without end.
    [Test]
    public void Senders_WithoutEnd_AreKeptUpToABound()
    {
        var senders = new SenderAddresses();
        for(var i = 0; i < 1000; i++)
        {
            Assert.That(senders.Add(new MACAddress((ulong)i + 1)), Is.EqualTo(i < 16), $"{i}");
        }
        Assert.That(senders.Addresses, Has.Count.EqualTo(16));
    }

    private static void SendFrom(VhostUserPort port, byte[] frame) => ((INetworkSender)port).Emit(Wrap(frame));

    private static Switch MakeSwitch(string name)
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.CreateSwitch(name);
        emulation.ExternalsManager.TryGetByName<Switch>(name, out var network);
        return network;
    }

    private static void Connect(RenodeMachine machine, Switch network)
    {
        EmulationManager.Instance.CurrentEmulation.Connector.Connect(machine.Card, network);
    }

    private const string One = "02:00:00:00:00:01";
    private const string Two = "02:00:00:00:00:02";
}
