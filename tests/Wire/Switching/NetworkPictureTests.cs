// renode-virtio-net, MIT licence: see LICENSE.
// A network as tables and as pictures.

using System.Globalization;
using System.Xml.Linq;
using NUnit.Framework;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class NetworkPictureTests
{
    [SetUp]
    public void Connect()
    {
        rig = new NetworkRig(3);
        rig.Ports[0].In.Settings = Words("delay 10ms");
        rig.Ports[1].Out.Settings = Words("down");
        Assert.That(PortVlan.TryParse("trunk all native 10", out var vlan, out _), Is.True);
        rig.Ports[0].Vlan = rig.Ports[1].Vlan = vlan;
        rig.Ports[1].Group = "left";
        rig.Ports[0].MirroredTo = rig.Ports[2];
        rig.Ports[0].StormLimit = 100;
        rig.Network.Groups.Separate("left", "right");
        rig.Send(0, Everybody, time: 0);
        rig.Send(2, Everybody, time: 0);
        rig.Network.Run(Second);
    }

    [Test]
    public void Ports_OfANetwork_AreListedWithTheirSettings()
    {
        Assert.That(Rows(NetworkTables.Ports(rig.Network).Skip(1)), Is.EqualTo(new[]
        {
            $"net0;{rig.Ports[0].In.Settings};-;trunk all native 10;net0;net2;100;1",
            "net1;-;down;trunk all native 10;left;-;-;0",
            "net2;-;-;none;net2;-;-;0",
        }));
    }

    [Test]
    public void Addresses_OfANetwork_AreListedWithTheExactTime()
    {
        Assert.That(Rows(NetworkTables.Addresses(rig.Network).Skip(1)), Is.EqualTo(new[] { "10;02:00:00:00:00:10;net0;0.010000000 s" }));
    }

    [Test]
    public void Counters_OfANetwork_AreListedByPortAndByReason()
    {
        Assert.That(Rows(NetworkTables.Counters(rig.Network).Skip(1)), Is.EqualTo(new[]
        {
            "net0;in;1;1;60;0;0;0;0", "net0;out;0;0;0;0;0;0;0",
            "net1;in;0;0;0;0;0;0;0", "net1;out;0;0;0;1;0;0;0",
            "net2;in;1;1;60;1;0;0;0", "net2;out;1;1;60;0;0;0;0",
        }));
        Assert.That(Rows(NetworkTables.Drops(rig.Network).Skip(1)), Is.EqualTo(new[] { "net1;out;Down;1", "net2;in;NoPort;1" }));
    }

    [Test]
    public void Tables_HaveTheirHeadings()
    {
        var tables = new[] { NetworkTables.Ports(rig.Network), NetworkTables.Addresses(rig.Network), NetworkTables.Counters(rig.Network), NetworkTables.Drops(rig.Network) };
        Assert.That(tables.Select(x => string.Join(';', x[0])), Is.EqualTo(new[]
        {
            "Port;Link in;Link out;VLAN;Group;Mirrored to;Storm limit;Addresses", "VLAN;Address;Port;Seen at",
            "Port;Direction;Packets;Frames;Bytes;Dropped;Duplicated;Corrupted;Reordered", "Port;Direction;Reason;Frames",
        }));
    }

    [Test]
    public void Rows_OfEveryTable_AreAsLongAsItsHeadings()
    {
        foreach(var table in new[] { NetworkTables.Ports(rig.Network), NetworkTables.Addresses(rig.Network), NetworkTables.Counters(rig.Network), NetworkTables.Drops(rig.Network) })
        {
            Assert.That(table.Select(x => x.Length).Distinct().Count(), Is.EqualTo(1));
            Assert.That(table, Has.Count.GreaterThan(1));
        }
    }

    [Test]
    public void Svg_OfANetwork_IsXmlThatShowsEveryPortAndLink()
    {
        var svg = XDocument.Parse(NetworkPicture.ToSvg(rig.Network)).Root!;

        var texts = svg.Descendants().Where(x => x.Name.LocalName == "text").Select(x => x.Value).ToArray();
        Assert.That(texts, Is.SupersetOf(new[]
        {
            "lan", "net0", "net1", "net2", "VLAN trunk all native 10", "group left", "mirrored to net2", "storm limit 100", "left | right", "02:00:00:00:00:10",
            $"{rig.Ports[0].In.Settings}: 1 frame", "down: 0 frames, 1 dropped (Down 1)", "1 frame, 1 dropped (NoPort 1)",
        }));
        Assert.That(svg.Descendants().Count(x => x.Name.LocalName == "rect"), Is.EqualTo(4));
        var lines = svg.Descendants().Where(x => x.Name.LocalName == "line").ToArray();
        Assert.That(lines, Has.Length.EqualTo(6));
        Assert.That(lines.Count(x => x.Attribute("stroke-dasharray") != null), Is.EqualTo(1), "the one that is down");
    }

    // All texts are inside of the picture, and no port's box lies on another's.
    [Test]
    public void Svg_OfManyPorts_HasRoomForAll()
    {
        rig.Ports[0].Group = new string('x', 200);
        for(var i = 0; i < 30; i++)
        {
            rig.Add();
            for(var j = 0; j < i; j++)
            {
                rig.SendAs(3 + i, 100 + 100 * i + j, Everybody, Second);
            }
        }
        rig.Network.Run(2 * Second);

        var svg = XDocument.Parse(NetworkPicture.ToSvg(rig.Network)).Root!;

        var (width, height) = (Value(svg, "width"), Value(svg, "height"));
        var boxes = svg.Descendants().Where(x => x.Name.LocalName == "rect").Skip(1).ToArray();
        Assert.That(boxes, Has.Length.EqualTo(33));
        Assert.That(boxes.Select(x => Value(x, "x") + Value(x, "width")), Is.All.LessThan(width));
        Assert.That(boxes.Zip(boxes.Skip(1)).All(x => Value(x.First, "y") + Value(x.First, "height") < Value(x.Second, "y")), Is.True);
        Assert.That(Value(boxes[^1], "y") + Value(boxes[^1], "height"), Is.LessThan(height));
        foreach(var text in svg.Descendants().Where(x => x.Name.LocalName == "text"))
        {
            Assert.That(Value(text, "x") + 7.5 * text.Value.Length, Is.LessThan(width), text.Value);
            Assert.That(Value(text, "y"), Is.LessThan(height));
        }
        Assert.That(svg.Value, Does.Contain("and 26 more"));
    }

    [Test]
    public void Dot_OfANetwork_HasANodeForEachPortAndAnEdgeForEachLink()
    {
        var lines = NetworkPicture.ToDot(rig.Network).Split('\n');

        Assert.That(lines[0], Is.EqualTo("digraph \"lan\" {"));
        Assert.That(lines.Count(x => x.Contains("network -> port")), Is.EqualTo(3));
        Assert.That(lines.Count(x => x.Contains("-> network")), Is.EqualTo(3));
        Assert.That(lines, Does.Contain("  network -> port1 [label=\"down: 0 frames, 1 dropped (Down 1)\", color=red, style=dashed];"));
        Assert.That(lines, Does.Contain("  port0 -> port2 [label=\"mirror\", style=dashed, constraint=false];"));
    }

    [Test]
    public void Names_WithAnyCharacters_StayTextInBothLanguages()
    {
        var name = "a\"]; <b>&\\ \u0001";
        rig.Network.Connect(name, new Device());

        var svg = XDocument.Parse(NetworkPicture.ToSvg(rig.Network)).Root!;

        Assert.That(svg.Descendants().Select(x => x.Value), Does.Contain("a\"]; <b>&\\ ?"));
        Assert.That(NetworkPicture.ToDot(rig.Network), Does.Contain("[label=\"a\\\"]; <b>&\\\\ \u0001\"]"));
    }

    private static IEnumerable<string> Rows(IEnumerable<string[]> rows) => rows.Select(x => string.Join(';', x));

    private static double Value(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private NetworkRig rig = null!;
}
