// renode-virtio-net, MIT licence: see LICENSE.
// For each value that a user can write: values of the right type that are not allowed, and the answers to them. WrongValueTests finds
// by reflection what a user can write, and fails for a value that has no line here.

namespace VirtioNet.Tests.Renode.Values;

internal static class WrongValues
{
    public static readonly IReadOnlyDictionary<string, Wrong[]> InPlatforms = new Dictionary<string, Wrong[]>
    {
        ["VirtioNetPci.mac"] = Mac(),
        ["VirtioNetPci.mtu"] = Mtu(),
        ["VirtioNetPci.queueSize"] = QueueSize(),
        ["VirtioNetPci.rxQueueSize"] = QueueSizeOfOne(),
        ["VirtioNetPci.txQueueSize"] = QueueSizeOfOne(),
        ["VirtioNetPci.queuePairs"] = QueuePairs(),
        ["VirtioNetPci.speed"] = Speed(),
        ["VirtioNetPci.duplex"] = Duplex(),
        ["VirtioNetPci.vectors"] = Number("it must be 0 to 2048", "-1", "2049", "5000", TooLong(4)).And("empty"),
        ["VirtioNetPci.mode"] = Text("it must be \"transitional\", \"modern\" or \"legacy\"", "", "new", "1", "modern,legacy", Long).And(new Wrong("empty", "mode is \"\"; it must be")),
        ["VirtioNetPci.features"] = Features(),
        ["VirtioNetPci.MAC"] = MacProperty(),
        ["VirtioNetPci.LinkUp"] = NothingButEmpty(),
        ["VirtioNetPci.AnnounceAfterLoad"] = NothingButEmpty(),

        ["VirtioNetMmio.mac"] = Mac(),
        ["VirtioNetMmio.mtu"] = Mtu(),
        ["VirtioNetMmio.queueSize"] = QueueSize(),
        ["VirtioNetMmio.rxQueueSize"] = QueueSizeOfOne(),
        ["VirtioNetMmio.txQueueSize"] = QueueSizeOfOne(),
        ["VirtioNetMmio.queuePairs"] = QueuePairs(),
        ["VirtioNetMmio.speed"] = Speed(),
        ["VirtioNetMmio.duplex"] = Duplex(),
        ["VirtioNetMmio.version"] = Number("it must be 2, or 1 for legacy drivers", "-1", "0", "3", TooLong(2)).And(new Wrong("empty", "version is 0; it must be")),
        ["VirtioNetMmio.features"] = Features(),
        ["VirtioNetMmio.MAC"] = MacProperty(),
        ["VirtioNetMmio.LinkUp"] = NothingButEmpty(),
        ["VirtioNetMmio.AnnounceAfterLoad"] = NothingButEmpty(),

        ["GicV2mFrame.firstSpi"] = Number("it must be 0 to 987", "-1", "988", "2147483647", "9223372036854775807").And("empty"),
        ["GicV2mFrame.count"] = Number("it must be 1 to 972 if firstSpi is 16", "-1", "0", "973", "2147483647", "9223372036854775807").And(new Wrong("empty", "count is 0; it must be")),

        ["PcieEcamHost.mmioBase"] = [new("0x100000000", Limit32), new("0xffffffffffffffff", Limit32), new("empty", "")],
        ["PcieEcamHost.ioBase"] = [new("0x100000000", Limit32), new("0xffffffffffffffff", Limit32), new("empty", "")],
        ["PcieEcamHost.mmio64Base"] = [new("0xffffffffffffffff", ""), new("empty", "")],

        ["PcieRegion.region"] = Text("it must be \"ecam\", \"mmio\", \"mmio64\", \"io\"", "", "wrong", "ECAM", Long).And(new Wrong("empty", "region is \"\"; it must be")),
        ["PcieRegion.address"] = [new("0xffffffffffff0000", "with address 0xFFFFFFFFFFFF0000 it must not lead past"), new("empty", "")],
        ["PcieRegion.size"] =
        [
            new("0", "size is 0; it must be"), new("0xfffff", "must have at least 0x100000 bytes"), new("empty", "size is 0; it must be"),
            new("0xffffffffffffffff", "it must not lead past"),
        ],

        ["PciRegistration.slot"] = Number("it must be 0 to 31", "-1", "32", "2147483647", "9223372036854775807").And("empty"),
        ["PciRegistration.function"] = Number("it must be 0 to 7", "-1", "8", "2147483647", "9223372036854775807").And(new Wrong("1", "Slot 2 has no function 0.*register function 0 before")).And("empty"),
    };

    public static readonly IReadOnlyDictionary<string, Wrong[]> InMonitor = new Dictionary<string, Wrong[]>
    {
        ["PcieEcamHost.Unplug.name"] = Text("", "", "net7", "sysbus.pcie.net7", Long).Select(x => x with { Answer = "There is no \".*\" on this PCI bus: on it are net0" }).Append(new("null", "There is no \"\" on this PCI bus: on it are net0")).ToArray(),

        ["VirtioNetPci.MAC"] = MacInMonitor(),
        ["VirtioNetPci.LinkUp"] = [],
        ["VirtioNetPci.AnnounceAfterLoad"] = [],
        ["VirtioNetMmio.MAC"] = MacInMonitor(),
        ["VirtioNetMmio.LinkUp"] = [],
        ["VirtioNetMmio.AnnounceAfterLoad"] = [],
        ["VhostUserPort.LinkUp"] = [],
        ["VhostUserPort.Rate"] = Rate(),
        ["VhostUserPort.MAC"] = PartnersMac("is the virtual machine's to choose: with QEMU"),

        ["StreamPort.LinkUp"] = [],
        ["StreamPort.Rate"] = Rate(),
        ["StreamPort.MAC"] = PartnersMac("is the partner's to choose, so set it there"),
        ["DatagramPort.LinkUp"] = [],
        ["DatagramPort.Rate"] = Rate(),
        ["DatagramPort.MAC"] = PartnersMac("is the partner's to choose, so set it there"),
        ["PasstPort.LinkUp"] = [],
        ["PasstPort.Rate"] = Rate(),
        ["PasstPort.MAC"] = PartnersMac("is passt's to choose: with CreatePasst, mac="),

        ["TapPort.LinkUp"] = [],
        ["TapPort.Rate"] = Rate(),
        ["TapPort.MAC"] = PartnersMac("is the host's to choose: ip link set"),

        ["Emulation.CreateTapPort.name"] = NewName(),
        ["Emulation.CreateTapPort.interface"] = Text("it must be the name of a TAP interface of the host, such as tap0, of 1 to 15 letters", "", "a b", "a/b", "..", "sixteen-letters-", Long)
            .And(new Wrong("null", "interface is \"\"; it must be the name")).And(new Wrong("\"lo\"", "the TAP interface lo cannot be opened: .*; choose another name")),
        ["Emulation.CreateTapPort.network"] = [new("null", "")],
        ["Emulation.CreateStreamPort.name"] = NewName(),
        ["Emulation.CreateStreamPort.words"] =
        [
            new("null", "addr.type is missing; it must be unix, with addr.path, or inet"), new("\"\"", "addr.type is missing"), new("\"fast\"", "\"fast\" is not known here; the words are server, reconnect"),
            new("\"server=yes,addr.type=unix,addr.path=/tmp/a\"", "server is \"yes\"; it must be on or off"), new("\"server=on,addr.type=unix,addr.path=/nosuch/a\"", "cannot listen at /nosuch/a: its folder does not exist"),
            new("\"addr.type=inet,addr.host=nosuch.invalid,addr.port=5\"", "the host \"nosuch.invalid\" is not known"), new($"\"{Long}\"", "x+\" is not known here"),
        ],
        ["Emulation.CreateStreamPort.network"] = [new("null", "")],
        ["Emulation.CreateDatagramPort.name"] = NewName(),
        ["Emulation.CreateDatagramPort.words"] = [new("null", "local.type is missing.*remote.type is missing"), new("\"\"", "local.type is missing"), new("\"fast\"", "\"fast\" is not known here; the words are local.type"), new($"\"{Long}\"", "x+\" is not known here")],
        ["Emulation.CreateDatagramPort.network"] = [new("null", "")],
        ["Emulation.CreatePasst.name"] = NewName(),
        ["Emulation.CreatePasst.network"] = [new("null", "")],
        ["Emulation.CreatePasst.words"] = [new("\"fast\"", "\"fast\" is not known here; the words are path, mtu"), new("\"mtu=5\"", "mtu is \"5\"; it must be 68 to 65520 bytes"), new("\"path=/nosuch/passt\"", "/nosuch/passt cannot be started: .*install the package passt"), new($"\"{Long}\"", "x+\" is not known here")],

        ["Emulation.CreateVhostUserPort.name"] = NewName(),
        ["Emulation.CreateVhostUserPort.path"] =
        [
            new("null", "path is \"\"; it must be"), new("\"\"", "path is \"\"; it must be"), new($"\"/tmp/{Long}\"", "path is \".*\"; it must be.*107"),
            new("\"/tmp/a\\nb\"", ""), new("@/nosuch/folder/x.sock", "cannot listen at /nosuch/folder/x.sock"), new("@/proc/version", "cannot listen at /proc/version"), new("@/tmp", "cannot listen at /tmp"),
        ],
        ["Emulation.CreateVhostUserPort.mtu"] = Number("it must be 68 to 65535 bytes", "-1", "0", "67", "65536", TooLong(1500)),
        ["Emulation.CreateVhostUserPort.queueSize"] = Number("it must be 1 to 32768", "-1", "0", "32769", TooLong(256)),
        ["Emulation.CreateVhostUserPort.queuePairs"] = Number("it must be 1 to 128", "-1", "0", "129", TooLong(1)),
        ["Emulation.CreateVhostUserPort.features"] = Features().Where(x => x.Value != "empty").Append(new("null", "")).ToArray(),

        ["Switch.CaptureTo.path"] =
        [
            new("null", "path is \"\"; it must be"), new("\"\"", "path is \"\"; it must be"), new($"\"/tmp/{Long}\"", "cannot be written"),
            new("@/nosuch/folder/x.pcap", "/nosuch/folder/x.pcap cannot be written"), new("@/tmp", "/tmp cannot be written"), new("@/proc/version", "/proc/version cannot be written"),
        ],

        ["Emulation.CreateNetwork.name"] = NewName(),
        ["Emulation.CreateNetwork.seed"] = Number("it must be 0 or more", "-1", "-9223372036854775808"),
        ["Emulation.CreateNode.name"] = [new("null", NameFault), new("\"\"", NameFault), new("\" \"", NameFault), new("\"board\"", "name is \"board\", which another machine has; it must be a new one")],
        ["PacketNetwork.GetLink.port"] = Port(),
        ["PacketNetwork.SetLink.port"] = Port(),
        ["PacketNetwork.SetLink.words"] = LinkWords(),
        ["PacketNetwork.SetLinkIn.port"] = Port(),
        ["PacketNetwork.SetLinkIn.words"] = LinkWords(),
        ["PacketNetwork.SetLinkOut.port"] = Port(),
        ["PacketNetwork.SetLinkOut.words"] = LinkWords(),
        ["PacketNetwork.SetVlan.port"] = Port(),
        ["PacketNetwork.SetVlan.words"] = [new("null", "says nothing of VLANs: 'none', 'access 10'"), new("\"vlan 5\"", "'vlan 5' says nothing of VLANs"), new("\"access 0\"", "'0' is no VLAN: numbers from 1 to 4094"), new("\"trunk 20-10\"", "'20-10' is no range")],
        ["PacketNetwork.Mirror.port"] = Port(),
        ["PacketNetwork.Mirror.to"] = Port().And(new Wrong("\"pcie.net0\"", "to is \"pcie.net0\", which is the port itself")).And(new Wrong("\"none\"", "")),
        ["PacketNetwork.StormLimit.port"] = Port(),
        ["PacketNetwork.StormLimit.frames"] = Number("it must be 0, for no limit", "-1", "-9223372036854775808"),
        ["PacketNetwork.Partition.groups"] = Port().Where(x => x.Value != "null").Append(new("null", "groups are missing; write each as a list of ports")).Append(new("[\"text\"]", "groups is \"text\"; it must be one of")).ToArray(),
        ["PacketNetwork.UplinkTo.network"] = [new("null", "network is null; it must be a switch, made with: emulation CreateSwitch")],
        ["PacketNetwork.Picture.path"] =
        [
            new("null", "path is \"\"; it must be"), new("\"\"", "path is \"\"; it must be"), new("@/tmp/x.png", "must be a file that ends with .svg or .dot"), new("@/nosuch/x.svg", "cannot be written"), new($"\"/tmp/{Long}.svg\"", "cannot be written"),
        ],
        ["PacketNetwork.CaptureTo.path"] =
        [
            new("null", "path is \"\"; it must be"), new("\"\"", "path is \"\"; it must be"), new($"\"/tmp/{Long}\"", "cannot be written"),
            new("@/nosuch/folder/x.pcapng", "/nosuch/folder/x.pcapng cannot be written"), new("@/tmp", "/tmp cannot be written"), new("@/proc/version", "/proc/version cannot be written"),
        ],
        ["PacketNetwork.CaptureTo.options"] =
        [
            new("null", ""), new("\"\"", ""), new("\"fast\"", "fast is no option of a capture: choose of ports, direction, frames, snaplen, ring and limit"),
            new("\"ports\"", "ports needs names"), new("\"ports pcie.net0,board\"", "ports is \"board\", which fits several: write one of board:sysbus.pcie.net0, board:sysbus.net1"), new("\"ports later\"", ""),
            new("\"direction up\"", "direction is \"up\"; it must be in"), new("\"snaplen 0\"", "snaplen is \"0\"; it must be 1 to"), new("\"ring 1kb\"", "ring is \"1kb\"; it must be 4kb or more"),
            new("\"ring 4kb 1\"", "number of files is \"1\"; it must be 2 or more"), new("\"limit -1\"", "limit is \"-1\"; it must be 4kb or more"), new($"\"{Long}\"", "x+ is no option"),
        ],
        ["PacketNetwork.StopCapture.path"] = [new("null", ""), new("\"\"", ""), new("@/nosuch/x.pcapng", "path is \"/nosuch/x.pcapng\", and nothing of net is captured: begin with CaptureTo"), new($"\"{Long}\"", "nothing of net is captured")],
        ["PacketNetwork.At.time"] = [new("null", "time is \"\"; it must be seconds"), new("\"soon\"", "time is \"soon\"; it must be seconds"), new("\"-1\"", "time is \"-1\"; it must"), new("\"1e99\"", "time is \"1e99\"; it must"), new("\"1000000001\"", "time is \"1000000001\"; it must.*up to 1000000000")],
        ["PacketNetwork.On.packet"] =
        [
            new("null", "packet is \"\"; it must be a port or any, in or out"), new("\"\"", "packet is \"\"; it must be a port or any"), new("\"x in\"", "packet is \"x\"; it must be one of board:sysbus.pcie.net0"),
            new("\"board in\"", "packet is \"board\", which fits several"), new("\"any\"", "direction is \"\"; it must be in"), new("\"any up\"", "direction is \"up\"; it must be in"), new("\"any in 0\"", "number is \"0\"; it must be 1"),
            new("\"any in http\"", "\"http\" is no kind of packet: choose of arp, ipv4"), new("\"any in port x\"", "port is \"x\"; it must be 1 to 65535"), new("\"any in type 5\"", "type is \"5\"; it must be an EtherType"), new($"\"{Long}\"", "packet is \"x+\"; it must be one of"),
        ],
        ["PacketNetwork.On.command"] = [new("null", "command is \"\"; it must begin with one of SetLink"), new("\"Explode\"", "command is \"Explode\"; it must begin"), new("\"SetLink x down\"", "port is \"x\"; it must be one of")],
        ["PacketNetwork.Cancel.number"] = [new("1", "number is 1, and nothing is on the schedule"), new("-1", "number is -1, and nothing"), new("9223372036854775807", "nothing is on the schedule")],
        ["PacketNetwork.At.command"] = [new("null", "command is \"\"; it must begin with one of SetLink"), new("\"Explode\"", "command is \"Explode\"; it must begin"), new("\"SetLink x down\"", "port is \"x\"; it must be one of"), new("\"SetLink\"", "SetLink needs 2 arguments")],

        ["GicV2mFrame.ReadDoubleWord.offset"] = Access(),
        ["GicV2mFrame.WriteDoubleWord.offset"] = Access(),
        ["GicV2mFrame.WriteDoubleWord.value"] = Access(),
        ["VirtioNetMmio.ReadByte.offset"] = Access(),
        ["VirtioNetMmio.ReadWord.offset"] = Access(),
        ["VirtioNetMmio.ReadDoubleWord.offset"] = Access(),
        ["VirtioNetMmio.ReadQuadWord.offset"] = Access(),
        ["VirtioNetMmio.WriteByte.offset"] = Access(),
        ["VirtioNetMmio.WriteByte.value"] = Access(),
        ["VirtioNetMmio.WriteWord.offset"] = Access(),
        ["VirtioNetMmio.WriteWord.value"] = Access(),
        ["VirtioNetMmio.WriteDoubleWord.offset"] = Access(),
        ["VirtioNetMmio.WriteDoubleWord.value"] = Access(),
        ["VirtioNetMmio.WriteQuadWord.offset"] = Access(),
        ["VirtioNetMmio.WriteQuadWord.value"] = Access(),
    };

    private static Wrong[] NewName() => [new("null", NameFault), new("\"\"", NameFault), new("\" \"", NameFault), new("\"vm0\"", "name is already in use|name already in use")];

    private static Wrong[] Rate() => Text("it must be a rate as tc writes it, such as \"100mbit\", or \"0\"", "", "fast", "-5mbit", "10 mbit", Long).And(new Wrong("null", "Rate is \"\"; it must be a rate"));

    private static Wrong[] PartnersMac(string answer) => Text("", "", "x", "02:00:00:00:00:01", Long).Select(x => x with { Answer = answer }).ToArray();

    private static Wrong[] Mac() => Text(MacRule, MacTexts).And("empty");

    private static Wrong[] MacInMonitor() => Text(MacRule, MacTexts).And(new Wrong("null", "MAC is \"\"; it must be a unicast address"));

    // Renode names the property, and the log says the rest.
    private static Wrong[] MacProperty() => Text("", MacTexts).Select(x => x with { Answer = "when setting property 'MAC'", Log = $"ERROR.* MAC is \".*\"; {MacRule}" }).ToArray()
        .And(new Wrong("empty", "when setting property 'MAC'"));

    private static Wrong[] Mtu() => Number("it must be 68 to 65535 bytes", "-1", "0", "67", "65536", TooLong(1500)).And(new Wrong("empty", "mtu is 0; it must be"));

    private static Wrong[] QueueSize() => Number("it must be 1 to 32768", "-1", "0", "32769", TooLong(256)).And(new Wrong("empty", "queueSize is 0; it must be"));

    private static Wrong[] Speed()
    {
        return Number("it must be 0 to 2147483647 Mbit/s, or 4294967295 for unknown", "-1", "2147483648", "4294967296", TooLong(1000)).And("empty");
    }

    private static Wrong[] Duplex()
    {
        return Text("it must be \"full\", \"half\" or \"unknown\"", "", "both", "FULL", Long).And(new Wrong("empty", "duplex is \"\"; it must be"));
    }

    private static Wrong[] QueuePairs()
    {
        return Number("it must be 1 to 32", "-1", "0", "33", TooLong(1)).And(new Wrong("empty", "queuePairs is 0; it must be"));
    }

    private static Wrong[] QueueSizeOfOne() => Number("it must be 1 to 32768", "-1", "32769", TooLong(256)).And("empty");

    private static Wrong[] Features() =>
    [
        .. new[] { "+FAST", "CSUM", "+", "-", "+CSUM -NOTHING", "+" + Long }.Select(x => new Wrong($"\"{x}\"", "features: \".*\" is not understood; write \\+ or - and one of CSUM")),
        new("\"-CSUM +HOST_TSO4 +HOST_USO\"", "features: HOST_TSO4 needs CSUM.*HOST_USO needs CSUM"), new("empty", ""),
    ];

    private static Wrong[] Port() => Text("it must be one of board:sysbus.pcie.net0, board:sysbus.net1", "", "x", Long).And(new Wrong("null", "{0} is \"\"; it must be one of")).And(new Wrong("\"board\"", "{0} is \"board\", which fits several"));

    private static Wrong[] LinkWords() => [new("null", "words is \"\"; it must be what changes"), new("\"delay fast\"", "fast"), new("\"slow\"", "slow"), new($"\"{Long}\"", "x+")];

    private static Wrong[] NothingButEmpty() => [new("empty", "")];

    // A register access by hand: whatever the number, it is one more access that a guest could make.
    private static Wrong[] Access() => [new("-1", ""), new("9223372036854775807", ""), new("0x1fe", ""), new("0xffffffff", "")];

    private static Wrong[] Number(string rule, params string[] values) => values.Select(x => new Wrong(x, $"\\b{{0}} is {x}; .*{rule}")).ToArray();

    private static Wrong[] Text(string rule, params string[] values) => values.Select(x => new Wrong($"\"{x}\"", $"\\b{{0}} is \"{(x == Long ? "x+" : x)}\"; {rule}")).ToArray();

    private static Wrong[] And(this Wrong[] values, Wrong another) => [.. values, another];

    private static Wrong[] And(this Wrong[] values, string allowed) => values.And(new Wrong(allowed, ""));

    // A number whose lowest 32 bits are allowed.
    private static string TooLong(long allowed) => ((1L << 32) + allowed).ToString(null, null);

    // Properties and not fields: the tables above are initialised before any field down here.
    private static string Long => new('x', 5000);
    private static string[] MacTexts => ["", "hello", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02:00:00:00:00", "02:00:00:00:00:01:02", "02:00:00:00:00:zz", Long];
    private const string MacRule = "it must be a unicast address, six bytes in hexadecimal such as \"02:00:00:00:00:01\"";
    private const string Limit32 = "\\b{0} is 0x[1F]0*F*; .*it must be at most 0xFFFFFFFF";
    private const string NameFault = "name is \".*\"; it must be";
}
