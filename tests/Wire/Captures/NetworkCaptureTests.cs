// renode-virtio-net, MIT licence: see LICENSE.
// What a capture says of the traffic of a network.

using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Tests.Wire.Switching;
using VirtioNet.Wire;
using VirtioNet.Wire.Captures;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Captures;

public sealed class NetworkCaptureTests
{
    [SetUp]
    public void Connect()
    {
        rig = new CaptureRig();
        lan = rig.Network;
        output = new MemoryOutput();
    }

    [TearDown]
    public void Remove()
    {
        rig.Remove();
    }

    [Test]
    public void Capture_OfAPacketThatPasses_HasItAtBothPortsToTheNanosecond()
    {
        rig.Start(output: output);
        lan.Send(0, 1, time: (1UL << 40) + 7, mark: 9);
        rig.Run(1UL << 41);

        var read = output.Read();
        Assert.That(read.Sections, Is.EqualTo(new[] { "1: network lan, in virtual time; 4: renode-virtio-net" }));
        Assert.That(read.Interfaces, Is.EqualTo(new[]
        {
            new CapturedInterface("net0", "port 0 of network lan", 262144, 9), new CapturedInterface("net1", "port 1 of network lan", 262144, 9),
        }));
        Assert.That(read.Packets.Select(x => x.Place), Is.EqualTo(new[] { $"net0 In {(1UL << 40) + 7}", $"net1 Out {(1UL << 40) + 7}" }));
        Assert.That(read.Packets.Select(x => x.Bytes), Is.All.EqualTo(Frame(0, 1, 9)));
        Assert.That(read.Packets.Select(x => x.Length), Is.All.EqualTo(Frame(0, 1).Length));
        Assert.That(read.Packets.SelectMany(x => x.Comments), Is.Empty);
    }

    [Test]
    public void Comments_OfALink_SayWhatItHasDone()
    {
        rig.Start(output: output);
        lan.Ports[0].In.Settings = Words("delay 2ms duplicate 100% corrupt 100%");
        lan.Ports[1].Out.Settings = Words("delay 1500ms 0ms");
        lan.Send(0, 1, time: 0);
        rig.Run(2 * Second);

        var packets = output.Read().Packets;
        Assert.That(packets.Select(x => $"{x.Place}: {x.AllComments}").Take(2), Is.EqualTo(new[]
        {
            "net0 In 0: corrupted: one bit is turned over; delayed: 0.002000000 s",
            "net0 In 0: duplicated: this is the copy; corrupted: one bit is turned over; delayed: 0.002000000 s",
        }));
        Assert.That(packets.Where(x => x.Place == $"net1 Out {1502 * Ms}").Select(x => x.AllComments), Is.All.EqualTo("delayed: 1.500000000 s").And.Not.Empty);
        // The bytes are those that go on.
        Assert.That(packets[0].Bytes, Is.Not.EqualTo(Frame(0, 1)));
    }

    [Test]
    public void Comments_OfPacketsThatPassOthers_SaySo()
    {
        rig.Start(output: output);
        lan.Ports[0].In.Settings = Words("delay 10ms reorder 100% gap 2");
        lan.Send(0, 1, time: 0);
        lan.Send(0, 1, time: 1);
        rig.Run(Second);

        Assert.That(output.Read().Packets.Where(x => x.Interface.Name == "net0").Select(x => x.AllComments),
            Is.EqualTo(new[] { "delayed: 0.010000000 s", "reordered: it passes those that wait" }));
    }

    [TestCase("loss 100%", "net0 In 5: dropped: Loss, the link has lost it")]
    [TestCase("down", "net0 In 5: dropped: Down, the link is down")]
    [TestCase("mtu 68", "net0 In 5: dropped: TooLong, longer than the link's mtu")]
    [TestCase("tbf rate 1mbit burst 10b limit 1000b", "net0 In 5: dropped: OverBurst, longer than the link's bucket")]
    [TestCase("delay 1ms limit 1b", "net0 In 5: dropped: QueueFull, as much waits as may wait")]
    public void Comments_OfAPacketThatALinkDrops_NameTheReason(string words, string expected)
    {
        rig.Start(output: output);
        lan.Ports[0].In.Settings = Words(words);
        var frame = Frame(0, 1);
        Array.Resize(ref frame, 200);
        lan.Send(0, frame, 5);
        rig.Run(Second);

        Assert.That(output.Read().Packets.Select(x => $"{x.Place}: {x.AllComments}"), Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void Comments_OfAPacketThatTheSwitchDrops_NameTheReason()
    {
        rig.Start(output: output);
        Assert.That(PortVlan.TryParse("access 5", out var vlan, out _), Is.True);
        lan.Devices[1].Receiving = x => lan.Ports[1].Refuse(x);
        lan.Send(0, 0, time: 1);
        lan.Send(0, new byte[5], 2);
        lan.Network.Groups.Separate("net0", "net1");
        rig.Run(2);
        lan.Send(0, 1, time: 3);
        rig.Run(3);
        lan.Network.Groups.Heal();
        lan.Send(0, 1, time: 4);
        lan.Ports[0].StormLimit = 1;
        lan.Send(0, Everybody, time: 5);
        lan.Send(0, Everybody, time: 6);
        rig.Run(6);
        lan.Ports[0].Vlan = vlan;
        var tagged = Frame(0, 1);
        (tagged[12], tagged[13], tagged[15]) = (0x81, 0, 6);
        lan.Send(0, tagged, 7);
        rig.Run(7);

        var said = output.Read().Packets.Where(x => x.Comments.Length > 0).Select(x => $"{x.Place}: {x.AllComments}").ToArray();
        Assert.That(said, Is.SupersetOf(new[]
        {
            "net0 In 1: dropped: NoPort, there is no port for it",
            "net0 In 2: dropped: Malformed, the network cannot forward it",
            "net1 Out 3: dropped: Partition, the ports are in different parts",
            "net1 Out 4: dropped: Refused by the device",
            "net0 In 6: dropped: Storm, over the port's storm limit",
            "net0 In 7: dropped: Vlan, the port does not belong to its VLAN",
        }));
    }

    [Test]
    public void LargePacket_Whole_HasItsOffloadAsFlagsAndComments()
    {
        rig.Start(output: output);
        var packets = new OffloadPackets(false, true);
        var bytes = packets.Make(60000);
        lan.Ports[0].TrySend(bytes, OffloadPackets.Offload(bytes, Segmentation.Tso4, 1448), 0);
        rig.Run(Second);

        var whole = output.Read().Packets[0];
        Assert.That(whole.Bytes, Is.EqualTo(bytes));
        Assert.That(whole.Comments, Is.EqualTo(new[] { "checksum left: of the bytes from 34 on, to byte 50", "segmentation left: TSO, TCP over IPv4, 1448 bytes each, 42 frames" }));
        Assert.That(whole.Flags, Is.EqualTo(1 | 1 << 2 | 1 << 9 | 1 << 11));
    }

    [Test]
    public void LargePacket_AsFrames_IsWrittenAsTheFramesThatItBecomes()
    {
        rig.Start("frames direction in", output);
        var packets = new OffloadPackets(true, false);
        var bytes = packets.Make(4000);
        lan.Ports[0].In.Settings = Words("delay 1ms");
        lan.Ports[0].TrySend(bytes, OffloadPackets.Offload(bytes, Segmentation.Uso6, 1400), 0);
        rig.Run(Second);

        var frames = output.Read().Packets;
        Assert.That(frames.Select(x => packets.Fault(x.Bytes)), Is.EqualTo(new string?[] { null, null, null }));
        Assert.That(frames.Select(x => x.AllComments), Is.EqualTo(Enumerable.Range(1, 3).Select(x => $"delayed: 0.001000000 s; frame {x} of 3 of a packet of {bytes.Length} bytes")));
        Assert.That(frames.Select(x => x.Flags >> 9), Is.All.EqualTo(2), "their checksums are good");
    }

    [Test]
    public void LargePacket_AsFramesThatCannotBeMade_IsWrittenWhole()
    {
        rig.Start("frames direction in", output);
        lan.Ports[0].TrySend(Frame(0, 1), new PacketOffload { NeedsChecksum = true, Segmentation = Segmentation.Tso4, SegmentSize = 100, HeaderLength = 54 }, 0);
        rig.Run(Second);

        Assert.That(output.Read().Packets[0].Bytes, Is.EqualTo(Frame(0, 1)));
    }

    [Test]
    public void Flags_TellToWhomAPacketGoes()
    {
        rig.Start("direction in", output);
        lan.Send(0, 1, time: 0);
        lan.Send(0, Everybody, time: 1);
        var group = Frame(0, 1);
        group[0] |= 1;
        lan.Send(0, group, 2);
        lan.Send(0, new byte[] { 1, 2, 3 }, 3);
        rig.Run(Second);

        Assert.That(output.Read().Packets.Where(x => x.Comments.Length == 0).Select(x => x.Flags >> 2), Is.EqualTo(new[] { 1, 3, 2, 0 }));
    }

    [TestCase("ports net0", "net0 In 0, net0 Out 1")]
    [TestCase("direction in", "net0 In 0, net1 In 1")]
    [TestCase("direction out", "net1 Out 0, net0 Out 1")]
    [TestCase("direction both", "net0 In 0, net1 Out 0, net1 In 1, net0 Out 1")]
    [TestCase("ports net9,net1 direction out", "net1 Out 0")]
    public void Filter_ByPortAndDirection_LeavesTheOthersOut(string words, string expected)
    {
        rig.Start(words, output);
        lan.Send(0, 1, time: 0);
        lan.Send(1, 0, time: 1);
        rig.Run(Second);

        var read = output.Read();
        Assert.That(string.Join(", ", read.Packets.Select(x => x.Place)), Is.EqualTo(expected));
        Assert.That(read.Interfaces.Select(x => x.Name), Is.EqualTo(words.Contains("ports") ? new[] { words.Contains("net9") ? "net1" : "net0" } : new[] { "net0", "net1" }));
    }

    [Test]
    public void SnapLength_CutsPacketsAndKeepsTheirLength()
    {
        rig.Start("snaplen 33 direction in", output);
        lan.Send(0, 1, time: 0);
        rig.Run(Second);

        var read = output.Read();
        Assert.That((read.Packets[0].Bytes, read.Packets[0].Length, read.Interfaces[0].SnapLength), Is.EqualTo((Frame(0, 1)[..33], Frame(0, 1).Length, 33)));
    }

    [Test]
    public void Port_ConnectedLater_IsDescribedBeforeItsFirstPacket()
    {
        rig.Start(output: output);
        lan.Add();
        lan.Send(2, 0, time: 0);
        rig.Run(0);
        lan.Network.Disconnect(lan.Ports[2]);
        var again = lan.Network.Connect("net2", new Device { Network = lan.Network });
        again.Send(new Packet(Frame(2, 0)), 1);
        rig.Run(1);

        var read = output.Read();
        Assert.That(read.Packets.Where(x => x.Interface.Name == "net2").Select(x => x.Place), Is.EqualTo(new[] { "net2 In 0", "net2 In 1" }));
        Assert.That(read.Interfaces, Has.Count.EqualTo(3));
        Assert.That(output.Asked, Is.Zero);
    }

    [Test]
    public void Ports_Many_AreAllDescribed()
    {
        while(lan.Ports.Count < 200)
        {
            lan.Add();
        }
        rig.Start(output: output);
        lan.Send(7, Everybody, time: 5);
        rig.Run(Second);
        var read = output.Read();
        Assert.That(read.Interfaces.Select(x => x.Name), Is.EqualTo(Enumerable.Range(0, 200).Select(x => $"net{x}")));
        Assert.That(read.Packets, Has.Count.EqualTo(200));
    }

    [Test]
    public void Output_ThatBeginsAnew_GetsASectionWithAllPortsThatKeepTheirNumbers()
    {
        rig.Start(output: output);
        lan.Send(1, 0, time: 0);
        rig.Run(0);
        output.IsFresh = true;
        lan.Send(1, 0, time: 1);
        rig.Run(1);
        output.IsFresh = true;
        rig.Run(2);

        var read = output.Read();
        Assert.That(read.Sections, Has.Count.EqualTo(3));
        Assert.That(read.Packets.Select(x => (x.Section, x.Place)), Is.EqualTo(new[] { (0, "net1 In 0"), (0, "net0 Out 0"), (1, "net1 In 1"), (1, "net0 Out 1") }));
        Assert.That(read.Interfaces.Select(x => x.Name), Is.EqualTo(new[] { "net0", "net1" }));
        Assert.That(output.Asked, Is.Zero);
    }

    [Test]
    public void Output_WithoutRoom_LosesPacketsAndTellsHowManyBeforeTheNext()
    {
        rig.Start("direction in", output);
        output.HasRoom = false;
        for(var i = 0; i < 3; i++)
        {
            lan.Send(0, 1, time: 0);
        }
        lan.Send(1, 0, time: 0);
        rig.Run(0);
        output.HasRoom = true;
        lan.Send(0, 1, time: 1);
        lan.Send(0, 1, time: 2);
        rig.Run(2);

        Assert.That(output.Read().Packets.Select(x => (x.Place, x.Lost)), Is.EqualTo(new[] { ("net0 In 1", 3UL), ("net0 In 2", 0UL) }));
        Assert.That((rig.Capture.Written, rig.Capture.Lost), Is.EqualTo((2UL, 4UL)));
    }

    [Test]
    public void Output_ThatThrows_EndsTheCaptureWithOneReportAndHarmsNoTraffic([Values] bool flushing)
    {
        rig.Start(output: output);
        Action fail = () => throw new InvalidOperationException("no more");
        output.Preparing = flushing ? null : fail;
        output.Flushing = flushing ? fail : null;
        lan.Send(0, 1, time: 0);
        lan.Send(0, 1, time: 1);
        rig.Run(1);
        lan.Send(0, 1, time: 2);
        rig.Run(2);

        Assert.That(lan.Counts, Is.EqualTo("0 3"));
        Assert.That(rig.Log.Ends, Is.EqualTo(new[] { "fault: no more" }));
        Assert.That((rig.Capture.IsRunning, output.Closed), Is.EqualTo((false, 1)));
    }

    [Test]
    public void Close_EndsTheCaptureSilently()
    {
        rig.Start(output: output);
        lan.Send(0, 1, time: 0);
        rig.Run(0);
        rig.Capture.Close();
        rig.Capture.Close();
        lan.Send(0, 1, time: 1);
        rig.Run(1);

        Assert.That(output.Read().Packets, Has.Count.EqualTo(2));
        Assert.That((rig.Log.Ends.Count, output.Closed), Is.EqualTo((0, 1)));
    }

    [TestCase("", "")]
    [TestCase("ring 10mb 5 ports a,b frames direction out limit 1gb snaplen 96", "ports a,b direction out frames snaplen 96 ring 10mb 5 limit 1gb")]
    [TestCase("ring 4kb frames", "frames ring 4kb")]
    public void Options_AsWords_AreReadAndWritten(string words, string expected)
    {
        Assert.That(CaptureOptions.TryRead(words, out var options, out var fault), Is.True, fault);
        Assert.That(options.ToString(), Is.EqualTo(expected));
        Assert.That(CaptureOptions.TryRead(expected, out var again, out _) ? again.ToString() : "", Is.EqualTo(expected));
    }

    [TestCase("port net0", "port is no option of a capture: choose of ports, direction, frames, snaplen, ring and limit")]
    [TestCase("ports", "ports needs names with commas between them, such as \"ports net0,net1\"")]
    [TestCase("direction up", "direction is \"up\"; it must be in (from the device), out or both")]
    [TestCase("snaplen 0", "snaplen is \"0\"; it must be 1 to 262144 bytes")]
    [TestCase("snaplen 262145", "snaplen is \"262145\"; it must be 1 to 262144 bytes")]
    [TestCase("frames limit 4095", "limit is \"4095\"; it must be 4kb or more, such as 100mb")]
    [TestCase("ring", "ring is \"\"; it must be 4kb or more for each file, and perhaps how many are kept, such as \"ring 10mb 5\"")]
    [TestCase("ring 1mb 1", "ring's number of files is \"1\"; it must be 2 or more")]
    public void Options_ThatAreWrong_AreNamedWithWhatIsAllowed(string words, string expected)
    {
        Assert.That(CaptureOptions.TryRead(words, out _, out var fault), Is.False);
        Assert.That(fault, Is.EqualTo(expected));
    }

    private CaptureRig rig = null!;
    private NetworkRig lan = null!;
    private MemoryOutput output = null!;
}
