// renode-virtio-net, MIT licence: see LICENSE.
// What the monitor shows of a network, and what it changes.

using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;

namespace VirtioNet.Tests.Renode.Network;

public sealed class NetworkCommandTests : NetworkFixture
{
    [TestCase("left:sysbus.pcie.net0")]
    [TestCase("left")]
    public void Link_OfAPort_IsSetAndShown(string port)
    {
        var (network, _, _) = StartTwo();
        network.SetLink(port, "delay 10ms");
        network.SetLinkIn(port, "loss 1%");
        network.SetLinkOut(port, "mtu 1500");
        Assert.That(network.GetLink(port), Is.EqualTo("in: delay 10ms loss 1%\nout: delay 10ms mtu 1500"));
        Assert.That(network.GetLink("right"), Is.EqualTo("in: passes everything at once\nout: passes everything at once"));
        Assert.That(Rows(network.Ports())[0], Does.StartWith("left:sysbus.pcie.net0 | delay 10ms loss 1% | delay 10ms mtu 1500 | none |"));
    }

    [Test]
    public void WrongWords_AreRefusedInTheUsersWordsAndChangeNothing()
    {
        var (network, _, _) = StartTwo();
        AssertRefused(() => network.SetLink("left", "delay fast"), "fast");
        AssertRefused(() => network.SetLink("left", null!), "words is \"\"; it must be what changes, such as \"delay 10ms loss 1%\"");
        AssertRefused(() => network.SetLink("net7", "delay 1ms"), "port is \"net7\"; it must be one of left:sysbus.pcie.net0, right:sysbus.pcie.net0");
        AssertRefused(() => network.SetLink(null!, "delay 1ms"), "port is \"\"; it must be one of");
        AssertRefused(() => network.SetLink("net0", "delay 1ms"), "port is \"net0\", which fits several: write one of left:sysbus.pcie.net0, right:sysbus.pcie.net0");
        AssertRefused(() => network.SetVlan("left", "access 5000"), "'5000' is no VLAN");
        AssertRefused(() => network.StormLimit("left", -1), "frames is -1; it must be 0");
        AssertRefused(() => network.Mirror("left", "left"), "to is \"left\", which is the port itself");
        AssertRefused(() => network.Mirror("left", "x"), "to is \"x\"; it must be one of");
        AssertRefused(() => network.Partition(), "groups are missing");
        AssertRefused(() => network.Partition("left,right", "left"), "groups have left:sysbus.pcie.net0 twice");
        AssertRefused(() => network.Partition("left", ""), "groups is \"\"; it must be one of");
        AssertRefused(() => network.Picture("x.png"), "path is \"x.png\"; it must be a file that ends with .svg or .dot");
        AssertRefused(() => network.Picture(null!), "path is \"\"; it must be");
        AssertRefused(() => network.Picture("/nosuch/x.svg"), "The picture /nosuch/x.svg cannot be written");
        AssertRefused(() => network.At("soon", "Heal"), "time is \"soon\"; it must be seconds");
        AssertRefused(() => network.At("1", "Explode"), "command is \"Explode\"; it must begin with one of SetLink,");
        AssertRefused(() => network.At("1", "SetLink left delay fast"), "fast");
        AssertRefused(() => network.At("1", "SetLink left"), "SetLink needs 2 arguments");
        AssertRefused(() => network.At(null!, null!), "time is \"\"");
        AssertRefused(() => network.UplinkTo(null!), "network is null");
        Assert.That(network.GetLink("left"), Does.StartWith("in: passes everything at once"));
        Go();
        AssertRefused(() => network.At("0.00005", "Heal"), "time is \"0.00005\"; it must not be before now, which is 0.0001 s");
    }

    [Test]
    public void Port_OfANetworkWithoutAny_IsToldToBeConnectedFirst()
    {
        AssertRefused(() => MakeNetwork().SetLink("left", "delay 1ms"), "nothing is connected to net yet");
    }

    [TestCase("", 1, "name is \"\"; it must be")]
    [TestCase(null, 1, "name is \"\"; it must be")]
    [TestCase("net", -1, "seed is -1; it must be 0 or more")]
    public void Network_WithAWrongValue_IsNotMade(string? name, long seed, string answer)
    {
        AssertRefused(() => Emulation.CreateNetwork(name!, seed), answer);
        Assert.That(Emulation.ExternalsManager.GetExternalsOfType<PacketNetwork>(), Is.Empty);
    }

    [Test]
    public void Partition_DividesAndHealJoins()
    {
        var network = MakeNetwork();
        var drivers = Enumerable.Range(1, 3).Select(x => StartCard($"m{x}", $"02:00:00:00:00:0{x}")).ToArray();
        Plug(network, drivers.Select(x => x.Machine.Card).ToArray());
        void Check(params int[] reached)
        {
            drivers[0].Driver.TrySend(FrameTo(0xFF, 1));
            Go();
            Assert.That(Enumerable.Range(1, 3).Where(x => Received(drivers[x - 1].Driver).Count > 0), Is.EqualTo(reached));
        }
        Check(2, 3);
        network.Partition("m1,m2", "m3");
        Check(2);
        network.Partition("m1");
        Check();
        network.Partition("m1", "m2");
        Check(3);
        Assert.That(Rows(network.Drops()), Has.Some.Contains("Partition"));
        network.Heal();
        Check(2, 3);
        network.ResetCounters();
        Assert.That(Rows(network.Drops()), Is.Empty);
    }

    [Test]
    public void Vlans_Mirror_AndStormLimit_AreThoseOfTheNetwork()
    {
        var network = MakeNetwork();
        var drivers = Enumerable.Range(1, 3).Select(x => StartCard($"m{x}", $"02:00:00:00:00:0{x}")).ToArray();
        Plug(network, drivers.Select(x => x.Machine.Card).ToArray());
        network.SetVlan("m1", "access 10");
        network.SetVlan("m2", "access 10");
        network.SetVlan("m3", "access 20");
        drivers[0].Driver.TrySend(FrameTo(0xFF, 1));
        Go();
        Assert.That(drivers.Select(x => Received(x.Driver).Count), Is.EqualTo(new[] { 0, 1, 0 }));
        network.Mirror("m1", "m3");
        drivers[0].Driver.TrySend(FrameTo(2, 1));
        Go();
        Assert.That(drivers.Select(x => Received(x.Driver).Count), Is.EqualTo(new[] { 0, 1, 1 }));
        network.Mirror("m1", "none");
        network.StormLimit("m1", 1);
        drivers[0].Driver.TrySend(FrameTo(0xFF, 1));
        drivers[0].Driver.TrySend(FrameTo(0xFF, 1));
        Go();
        Assert.That(drivers.Select(x => Received(x.Driver).Count), Is.EqualTo(new[] { 0, 1, 0 }));
        Assert.That(Rows(network.Drops()), Has.Some.Contains("Storm | 1"));
    }

    [TestCase(".svg", "<svg")]
    [TestCase(".dot", "digraph \"net\"")]
    public void Picture_IsAFile(string ending, string start)
    {
        var (network, _, _) = StartTwo();
        var path = Path.Combine(Path.GetTempPath(), $"virtio-net-{Environment.ProcessId}{ending}");
        network.Picture(path);
        Assert.That(File.ReadAllText(path), Does.StartWith(start).And.Contain("left:sysbus.pcie.net0"));
        File.Delete(path);
    }

    [Test]
    public void Commands_AtTimes_AreDoneInTheirOrderAndSaid()
    {
        var (network, _, _) = StartTwo();
        network.At("0.0002", "SetLink left 'delay 3ms'");
        network.At("0.0001", "SetLink left \"delay 1ms\"");
        network.At("0.0001", "SetLink left delay 2ms loss 1%");
        network.At("0.0003", "SetLink right down");
        Go();
        Assert.That(network.GetLink("left"), Does.StartWith("in: delay 2ms loss 1%"));
        Go();
        Assert.That(network.GetLink("left"), Does.StartWith("in: delay 3ms loss 1%"));
        Emulation.Connector.Disconnect(Emulation["right"].GetPeripheralsOfType<VirtioNetPci>().Single(), network);
        var lines = LinesOf(LogLevel.Warning, Go);
        Assert.That(lines, Has.Count.EqualTo(1).And.Some.Contains("SetLink right down is not done: port is \"right\"; it must be one of left:sysbus.pcie.net0"));
    }

    private static void AssertRefused(Action command, string sentence)
    {
        Assert.That(command, Throws.InstanceOf<RecoverableException>().With.Message.Contains(sentence));
    }
}
