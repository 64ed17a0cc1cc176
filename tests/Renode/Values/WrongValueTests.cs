// renode-virtio-net, MIT licence: see LICENSE.
// No value that a user writes ends Renode. Each answer names the value by the user's word for it, says what is allowed, and
// Renode goes on.
//
// Some things end Renode 1.16.1 itself, whatever peripheral they are written for, and are not tried here. In a platform: a list
// where a number is expected ("mtu: [1]"), an enumeration's value where none is expected ("mtu: .One"), and a region of no or too
// many bytes in its own Bus.BusMultiRegistration. In the monitor: a number of more than 64 bits, and null for an unsigned number.

using System.Text.RegularExpressions;
using NUnit.Framework;

namespace VirtioNet.Tests.Renode.Values;

[NonParallelizable]
public sealed class WrongValueTests : IDisposable
{
    [OneTimeSetUp]
    public void MakeFolder()
    {
        folder = Directory.CreateTempSubdirectory("virtio-net-values").FullName;
    }

    // NUnit calls it after the last test.
    public void Dispose()
    {
        console?.Dispose();
        Directory.Delete(folder, true);
    }

    [SetUp]
    public void StartAnew()
    {
        failures.Clear();
        MakeBoard();
    }

    [Test]
    public void Parameters_OfPlatformsAndMonitor_AllHaveWrongValues()
    {
        Assert.That(Written.InPlatforms().Select(x => x.Key).Distinct(), Is.EquivalentTo(WrongValues.InPlatforms.Keys), "in platforms");
        Assert.That(Written.InPlatforms().Select(x => x.Owner).Distinct(), Is.EquivalentTo(Entries.ByType.Keys), "entries");
        Assert.That(Written.InMonitor().Select(x => x.Key).Distinct(), Is.EquivalentTo(WrongValues.InMonitor.Keys), "in the monitor");
    }

    [TestCaseSource(nameof(KeysInPlatforms))]
    [Rule("F-30", "F-34")]
    public void WrongValue_InAPlatform_IsRefusedInTheUsersWords(string key)
    {
        var parameter = Written.InPlatforms().First(x => x.Key == key);
        var entry = Entries.ByType[parameter.Owner];
        var values = WrongValues.InPlatforms[key].Concat(char.IsUpper(parameter.Name[0]) ? Wrong.ForProperty(parameter.Type) : Wrong.InPlatform(parameter.Type));
        foreach(var wrong in values)
        {
            Try(Entries.Load(entry.With(parameter.Name, wrong.Value)), wrong, parameter.Name);
        }
        Assert.That(failures, Is.Empty);
    }

    [TestCaseSource(nameof(NeededInPlatforms))]
    public void Value_LeftOut_IsMissed(string type, string name)
    {
        var entry = Entries.ByType[type];
        Try(Entries.Load(entry.Without(name)), new Wrong("", "corresponding attribute for parameter '{0}'"), name);
        Try(Entries.Load(entry.With(name, "none")), new Wrong("none", "corresponding attribute for parameter '{0}'"), name);
        Assert.That(failures, Is.Empty);
    }

    // All of an entry's values are wrong.
    [TestCase("x: Network.VirtioNetPci @ pcie 2 { mac: \"x\"; mtu: 1; queueSize: 0; rxQueueSize: -1; txQueueSize: -1; vectors: -1; mode: \"x\"; features: \"+x -CSUM +HOST_TSO4 +HOST_USO\" }",
        "mac is", "mtu is", "queueSize is", "rxQueueSize is", "txQueueSize is", "vectors is", "mode is", "\"\\+x\" is not understood", "HOST_TSO4 needs CSUM", "HOST_USO needs CSUM")]
    [TestCase("x: Network.VirtioNetMmio @ sysbus 0x0b000000 { mac: \"x\"; mtu: 1; queueSize: 0; rxQueueSize: -1; txQueueSize: -1; version: 3; features: \"+x\" }",
        "mac is", "mtu is", "queueSize is", "rxQueueSize is", "txQueueSize is", "version is", "\"\\+x\" is not understood")]
    [TestCase("x: IRQControllers.GicV2mFrame @ sysbus 0x09020000 { firstSpi: -1; count: 0 }", "firstSpi is", "count is")]
    [TestCase("x: PCI.PcieEcamHost @ none { mmioBase: 0x100000000; ioBase: 0x100000000 }", "mmioBase is", "ioBase is")]
    [TestCase("x: PCI.PcieEcamHost @ sysbus new PCI.PcieRegion { region: \"x\"; address: 0; size: 0 }", "region is", "size is")]
    [TestCase("x: Network.VirtioNetPci @ pcie new PCI.PciRegistration { slot: 32; function: 8 }", "slot is", "function is")]
    [Rule("F-34")]
    public void WrongValues_OfOneEntry_AreSaidAtOnce(string description, params string[] sentences)
    {
        foreach(var sentence in sentences)
        {
            Try(Entries.Load(description), new Wrong(description, sentence), "");
        }
        Assert.That(failures, Is.Empty);
    }

    // The short form, "@ pcie 2", of which Renode makes a registration point by itself.
    [TestCase("32", "slot is 32; it must be 0 to 31")]
    [TestCase("-1", "slot is -1; it must be 0 to 31")]
    [TestCase("2147483647", "slot is 2147483647; it must be 0 to 31")]
    [TestCase("99999999999", "slot is 99999999999; it must be 0 to 31")]
    [TestCase("1", "is taken by VirtioNetPci")]
    [TestCase("\"one\"", "E21")]
    [TestCase("99999999999999999999", "E21")]
    [TestCase("", "E21")]
    [TestCase("sysbus", "E06")]
    [TestCase("<1, 5>", "E21")]
    [TestCase("none", "E00")]
    [Rule("F-30")]
    public void Place_OnTheBus_IsRefusedInTheUsersWords(string place, string answer)
    {
        Try(Entries.Load($"x: Network.VirtioNetPci @ pcie {place}"), new Wrong(place, answer), "");
        Assert.That(failures, Is.Empty);
    }

    // Wrong places on the system bus. Hosts may be registered with Renode's own BusMultiRegistration, too, as is usual for regions.
    [TestCase("h: PCI.PcieEcamHost @ sysbus new PCI.PcieRegion { region: \"mmio\"; address: 0x60000000; size: 0x100000 }; x: Network.VirtioNetPci @ h 1",
        "has no region \"ecam\", so a guest cannot find any card: give it one, such as sysbus new PCI.PcieRegion")]
    [TestCase("h: PCI.PcieEcamHost @ sysbus new Bus.BusMultiRegistration { address: 0x60000000; size: 0x1000; region: \"ecam\" }; x: Network.VirtioNetPci @ h 1",
        "size is 0x1000; region \"ecam\" must have at least 0x100000 bytes \\(1 MiB\\).*give it one")]
    [TestCase("h: PCI.PcieEcamHost @ sysbus new Bus.BusMultiRegistration { address: 0x60000000; size: 0x100000; region: \"wrong\" }", "No region \"wrong\" is available")]
    [TestCase("h: PCI.PcieEcamHost @ { sysbus new PCI.PcieRegion { region: \"ecam\"; address: 0x60000000; size: 0x100000 }; sysbus new PCI.PcieRegion { region: \"mmio\"; address: 0x60080000; size: 0x100000 } }", "conflicts with")]
    [TestCase("h: PCI.PcieEcamHost @ none; x: Network.VirtioNetPci @ h 1", "Are all parents: \\['h'\\], registered")]
    [TestCase("h: PCI.PcieEcamHost @ sysbus 0x60000000", "E21")]
    [TestCase("h: PCI.PcieEcamHost @ sysbus <0x60000000, +0x100000>", "E39")]
    [TestCase("x: Network.VirtioNetMmio @ pcie 2", "E05")]
    [TestCase("x: Network.VirtioNetPci @ sysbus 0x60000000", "E21|E05")]
    [TestCase("x: Network.VirtioNetMmio @ sysbus 0xffffffffffffffff", "E39")]
    [TestCase("x: Network.VirtioNetMmio @ sysbus 0x3f000000", "conflicts with")]
    [Rule("F-32")]
    public void Board_ThatCannotWork_IsRefused(string description, string answer)
    {
        Try(Entries.Load(description), new Wrong(description, answer), "");
        Assert.That(failures, Is.Empty);
    }

    [Test]
    [Rule("F-32")]
    public void Host_WithoutMemoryRegion_IsWarnedOf()
    {
        console!.Tell(Entries.Load("h: PCI.PcieEcamHost @ sysbus new PCI.PcieRegion { region: \"ecam\"; address: 0x60000000; size: 0x100000 }; x: Network.VirtioNetPci @ h 1"));
        Assert.That(console.WaitForLog("WARNING.* h: The host has no region \"mmio\", so a guest has no place for the registers of a card: give it one, such as sysbus new PCI.PcieRegion"), Is.True);
    }

    [TestCaseSource(nameof(KeysInMonitor))]
    [Rule("F-30", "F-34")]
    public void WrongValue_InTheMonitor_IsRefusedInTheUsersWords(string key)
    {
        var parameter = Written.InMonitor().First(x => x.Key == key);
        if(key.Contains("Tap", StringComparison.Ordinal) && !Entries.HasTap)
        {
            Assert.Ignore("only root may make TAP interfaces, where there is /dev/net/tun");
        }
        var isProperty = parameter.Command == parameter.Name;
        var values = WrongValues.InMonitor[key].Concat(Wrong.InMonitor(parameter.Type, parameter.Command!, isProperty));
        foreach(var wrong in values)
        {
            var arguments = isProperty ? wrong.Value : Commands.Arguments(parameter, wrong.Value, folder);
            Try($"{Commands.Objects[parameter.Owner]} {parameter.Command} {arguments}", wrong, parameter.Name);
        }
        Assert.That(failures, Is.Empty);
    }

    [Test]
    public void Command_WithoutParameters_TakesNone()
    {
        foreach(var (owner, command) in Written.WithoutParameters().Where(x => x.Owner != "TapPort" || Entries.HasTap))
        {
            Try($"{Commands.Objects[owner]} {command} 5", new Wrong("5", $"{command} \\(\\)(.|\n)*Parameters did not match"), command);
            // The cards of the board have no driver that could do it.
            Try($"{Commands.Objects[owner]} {command}", new Wrong("", command == "Announce" ? "no driver runs the card" : ""), command);
        }
        Assert.That(failures, Is.Empty);
    }

    private static IEnumerable<string> KeysInPlatforms() => Written.InPlatforms().Select(x => x.Key).Distinct().Where(WrongValues.InPlatforms.ContainsKey);

    private static IEnumerable<string> KeysInMonitor() => Written.InMonitor().Select(x => x.Key).Distinct().Where(WrongValues.InMonitor.ContainsKey);

    private static IEnumerable<object[]> NeededInPlatforms() => Entries.ByType.SelectMany(x => x.Value.Needed.Select(y => new object[] { x.Key, y.Name }));

    private void MakeBoard()
    {
        if(console == null || console.IsDead)
        {
            console?.Dispose();
            console = new RenodeConsole();
        }
        console.Tell(Entries.Board(folder));
    }

    private void Try(string command, Wrong wrong, string name)
    {
        var answer = console!.Tell(command);
        var isAccepted = !answer.Text.Contains("There was an error", StringComparison.Ordinal);
        if(answer.IsLast)
        {
            failures.Add($"{Short(wrong.Value)} ended Renode: {answer}");
            MakeBoard();
            return;
        }
        if(wrong.Answer.Length == 0 ? !isAccepted : !Regex.IsMatch(answer.ToString(), wrong.Answer.Replace("{0}", name)))
        {
            failures.Add($"{Short(wrong.Value)} got the answer: {answer}");
        }
        else if(!console.WaitForLog(wrong.Log))
        {
            failures.Add($"{Short(wrong.Value)} was not logged as {wrong.Log}");
        }
        if(isAccepted)
        {
            MakeBoard();
        }
    }

    private static string Short(string value) => value.Length < 100 ? value : value[..100] + "...";

    private RenodeConsole? console;
    private string folder = "";
    
    private readonly List<string> failures = [];
}
