// renode-virtio-net, MIT licence: see LICENSE.
// Makes monitor commands in which one argument is wrong.

namespace VirtioNet.Tests.Renode.Values;

internal static class Commands
{
    /// <summary>For each type that has commands, the monitor's name of its object on the board.</summary>
    public static readonly IReadOnlyDictionary<string, string> Objects = new Dictionary<string, string>
    {
        ["PcieEcamHost"] = "sysbus.pcie",
        ["VirtioNetPci"] = "sysbus.pcie.net0",
        ["VirtioNetMmio"] = "sysbus.net1",
        ["GicV2mFrame"] = "sysbus.v2m",
        ["VhostUserPort"] = "vm0",
        ["StreamPort"] = "stream0",
        ["DatagramPort"] = "datagram0",
        ["PasstPort"] = "passt0",
        ["TapPort"] = "tap0",
        ["Switch"] = "switch",
        ["PacketNetwork"] = "net",
        ["Emulation"] = "emulation",
    };

    /// <summary>All arguments of a command as name=value: the given one for the parameter under test, valid ones for the others.</summary>
    public static string Arguments(Parameter parameter, string value, string folder)
    {
        var others = Needed.GetValueOrDefault($"{parameter.Owner}.{parameter.Command}", Array.Empty<(string Name, string Value)>()).Where(x => x.Name != parameter.Name);
        return string.Join(" ", others.Append((Name: parameter.Name, Value: value)).Select(x => $"{x.Name}={string.Format(null, x.Value, folder)}"));
    }

    private static readonly IReadOnlyDictionary<string, (string Name, string Value)[]> Needed = new Dictionary<string, (string Name, string Value)[]>
    {
        ["Emulation.CreateVhostUserPort"] = [("name", "\"vm1\""), ("path", "@{0}/vm1.sock")],
        ["Emulation.CreateStreamPort"] = [("name", "\"stream1\""), ("words", "\"server=on,addr.type=unix,addr.path={0}/stream1.sock\"")],
        ["Emulation.CreateDatagramPort"] = [("name", "\"datagram1\""), ("words", "\"local.type=unix,local.path={0}/datagram1.sock,remote.type=unix,remote.path={0}/datagram2.sock\"")],
        ["Emulation.CreatePasst"] = [("name", "\"passt1\""), ("words", "\"path=/bin/true\"")],
        ["Emulation.CreateTapPort"] = [("name", "\"tap1\""), ("interface", "\"vnetvalues1\"")],
        ["Emulation.CreateNetwork"] = [("name", "\"net2\"")],
        ["PacketNetwork.SetLink"] = [("port", "\"pcie.net0\""), ("words", "\"delay 1ms\"")],
        ["PacketNetwork.SetLinkIn"] = [("port", "\"pcie.net0\""), ("words", "\"delay 1ms\"")],
        ["PacketNetwork.SetLinkOut"] = [("port", "\"pcie.net0\""), ("words", "\"delay 1ms\"")],
        ["PacketNetwork.SetVlan"] = [("port", "\"pcie.net0\""), ("words", "\"access 10\"")],
        ["PacketNetwork.Mirror"] = [("port", "\"pcie.net0\""), ("to", "\"net1\"")],
        ["PacketNetwork.StormLimit"] = [("port", "\"pcie.net0\""), ("frames", "5")],
        ["PacketNetwork.At"] = [("time", "\"1\""), ("command", "\"Heal\"")],
        ["PacketNetwork.On"] = [("packet", "\"pcie.net0 in 5\""), ("command", "\"Heal\"")],
        ["PacketNetwork.CaptureTo"] = [("path", "@{0}/a.pcapng")],
        ["GicV2mFrame.WriteDoubleWord"] = [("offset", "0x40"), ("value", "0")],
        ["VirtioNetMmio.WriteByte"] = [("offset", "0"), ("value", "0")],
        ["VirtioNetMmio.WriteWord"] = [("offset", "0"), ("value", "0")],
        ["VirtioNetMmio.WriteDoubleWord"] = [("offset", "0"), ("value", "0")],
        ["VirtioNetMmio.WriteQuadWord"] = [("offset", "0"), ("value", "0")],
    };
}
