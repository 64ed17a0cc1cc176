// renode-virtio-net, MIT licence: see LICENSE.
// Makes platform descriptions in which one value is wrong.

namespace VirtioNet.Tests.Renode.Values;

/// <summary>An entry of a type, with values that it must have; {0} is where the value under test goes.</summary>
internal sealed record Entry(string Description, params (string Name, string Value)[] Needed)
{
    /// <summary>The description with "name: value".</summary>
    public string With(string name, string value)
    {
        return WithAll(Needed.Where(x => x.Name != name).Append((name, value)));
    }

    /// <summary>The description without a value that it must have.</summary>
    public string Without(string name) => WithAll(Needed.Where(x => x.Name != name));

    private string WithAll(IEnumerable<(string Name, string Value)> values)
    {
        return string.Format(null, Description, string.Join("; ", values.Select(x => $"{x.Name}: {x.Value}")));
    }
}

internal static class Entries
{
    /// <summary>For each type whose parameters are tested, an entry to add to the board, which has a host with a card in slot 1.</summary>
    public static readonly IReadOnlyDictionary<string, Entry> ByType = new Dictionary<string, Entry>
    {
        ["VirtioNetPci"] = new("x: Network.VirtioNetPci @ pcie 2 {{ {0} }}"),
        ["VirtioNetMmio"] = new("x: Network.VirtioNetMmio @ sysbus 0x0b000000 {{ {0} }}"),
        ["GicV2mFrame"] = new("x: IRQControllers.GicV2mFrame @ sysbus 0x09020000 {{ {0} }}", ("firstSpi", "16"), ("count", "8")),
        ["PcieEcamHost"] = new("x: PCI.PcieEcamHost @ sysbus new PCI.PcieRegion {{ region: \"ecam\"; address: 0x60000000; size: 0x100000 }} {{ {0} }}"),
        ["PcieRegion"] = new("x: PCI.PcieEcamHost @ sysbus new PCI.PcieRegion {{ {0} }}", ("region", "\"ecam\""), ("address", "0x60000000"), ("size", "0x100000")),
        ["PciRegistration"] = new("x: Network.VirtioNetPci @ pcie new PCI.PciRegistration {{ {0} }}", ("slot", "2")),
    };

    /// <summary>Commands that make the board: PCI host and card, virtio-mmio card, MSI doorbell, switch, network with both cards, ports for other processes.</summary>
    public static string[] Board(string folder) =>
    [
        "Clear",
        "mach create \"board\"",
        Load("pcie: PCI.PcieEcamHost @ { sysbus new PCI.PcieRegion { region: \"ecam\"; address: 0x3f000000; size: 0x100000 }; sysbus new PCI.PcieRegion { region: \"mmio\"; address: 0x10000000; size: 0x1000000 } }"),
        Load("net0: Network.VirtioNetPci @ pcie 1"),
        Load("net1: Network.VirtioNetMmio @ sysbus 0x0a000000"),
        Load("v2m: IRQControllers.GicV2mFrame @ sysbus 0x08020000 { firstSpi: 16; count: 8 }"),
        "emulation CreateSwitch \"switch\"",
        "emulation CreateNetwork \"net\"",
        "connector Connect sysbus.pcie.net0 net",
        "connector Connect sysbus.net1 net",
        $"emulation CreateVhostUserPort \"vm0\" @{folder}/vm0.sock",
        $"emulation CreateStreamPort \"stream0\" \"server=on,addr.type=unix,addr.path={folder}/stream0.sock\"",
        $"emulation CreateDatagramPort \"datagram0\" \"local.type=unix,local.path={folder}/datagram0.sock,remote.type=unix,remote.path={folder}/nobody.sock\"",
        // As if it were passt, and ended at once.
        $"emulation CreatePasst \"passt0\" words=\"path=/bin/true\"",
        .. HasTap ? ["emulation CreateTapPort \"tap0\" \"vnetvalues0\""] : Array.Empty<string>(),
    ];

    /// <summary>True if this process may make TAP interfaces.</summary>
    public static bool HasTap => Environment.UserName == "root" && File.Exists("/dev/net/tun");

    /// <summary>The command that loads a description into the board.</summary>
    public static string Load(string description)
    {
        return $"machine LoadPlatformDescriptionFromString \"{description.Replace("\"", "\\\"")}\"";
    }
}
