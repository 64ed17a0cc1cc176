// renode-virtio-net, MIT licence: see LICENSE.
// A TAP interface of this host: its kernel is the partner, and answers ARP.

using System.Diagnostics;
using NUnit.Framework;
using VirtioNet.Outside;
using VirtioNet.Outside.Tap;
using VirtioNet.Tests.Net;
using VirtioNet.Tests.Sockets;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Tap;

[NonParallelizable]
public sealed class TapInterfacePortTests
{
    [SetUp]
    public void NeedTap()
    {
        if(!OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists("/dev/net/tun") || !Do("ip", $"tuntap add {Name} mode tap"))
        {
            Assert.Ignore("a TAP interface can be made only by root, where there is /dev/net/tun, with iproute2");
        }
        Do("ip", $"tuntap del {Name} mode tap");
    }

    [TearDown]
    public void RemoveInterface()
    {
        Do("ip", $"tuntap del {Name} mode tap");
    }

    [Test]
    public void Interface_ThatIsOpen_CarriesFramesBothWaysAndGoesWithThePort()
    {
        using var rig = new SocketRig();
        var port = Open(rig);
        Bring();
        ShouldAnswer(rig, port);
        Assert.That((port.IsOpen, port.Offloads.Checksum, port.Offloads.Segmentation & Segmentation.Tso4), Is.EqualTo((true, true, Segmentation.Tso4)));
        Assert.That(port.Counters.Sent, Is.GreaterThan(0));
        port.Dispose();
        Assert.That(Directory.Exists($"/sys/class/net/{Name}"), Is.False);
    }

    [Test]
    public void Packet_ThatIsLargeAndUnfinished_PassesWhole()
    {
        using var rig = new SocketRig();
        var port = Open(rig);
        Bring();
        var packet = new OffloadPackets(false, true).Make(30_000);
        var before = Statistic("rx_bytes");
        Assert.That(TapHeader.TryRead([1, 1, 54, 0, 0xB4, 5, 34, 0, 16, 0, 0, 0], packet, out var offload), Is.True);
        port.Receive(new(packet, offload));
        Assert.That(SpinWait.SpinUntil(() => Statistic("rx_bytes") >= before + packet.Length, TimeSpan.FromMinutes(1)), Is.True);
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Packet_WithoutItsChecksum_IsFinishedByTheHost()
    {
        using var rig = new SocketRig();
        var port = Open(rig);
        Bring();
        ShouldAnswer(rig, port);
        // A connection to a port that nobody has is refused, unless the checksum is wrong.
        port.Receive(new(Connection(), PacketOffload.Checksum(34, 16)));
        rig.WaitUntil(() => rig.Received.Any(x => x.Length >= 54 && x[12] == 8 && x[13] == 0 && x[23] == 6 && (x[47] & 4) != 0), "the host refuses a connection");
    }

    [Test]
    public void Interface_ThatIsDown_IsTold()
    {
        using var rig = new SocketRig();
        var port = Open(rig);
        port.Receive(new(Request()));
        rig.WaitForReports(1);
        Assert.That((rig.Reports[0].Rule, port.Counters.Dropped(PartnerDrop.NotConnected)), Is.EqualTo((TapRules.InterfaceDown, 1L)));
    }

    [Test]
    public void Interface_ThatWasTakenAway_IsToldAndOpenedAgain()
    {
        using var rig = new SocketRig();
        Do("ip", $"tuntap add {Name} mode tap");
        var port = Open(rig);
        Assert.That(Do("ip", $"link delete {Name}"), Is.True);
        rig.WaitUntil(() => !port.IsOpen, "the interface is gone");
        Assert.That(rig.Reports.Select(x => (x.Rule, x.Subject)), Is.EqualTo(new[] { (TapRules.InterfaceGone, Name) }));
        port.Receive(new(Request()));
        Assert.That(port.Counters.Dropped(PartnerDrop.NotConnected), Is.EqualTo(1));
        Do("ip", $"tuntap add {Name} mode tap");
        rig.WaitUntil(() => port.IsOpen, "the interface is open again");
        Bring();
        ShouldAnswer(rig, port);
    }

    [Test]
    public void Interface_OfAnother_IsRefusedWithTheRemedy()
    {
        using var rig = new SocketRig();
        Open(rig);
        Assert.That((Action)(() => Open(rig)), Throws.TypeOf<IOException>().With.Message.StartsWith($"the TAP interface {Name} cannot be opened: ").And.Message.Contains("another process has it"));
        Assert.That((Action)(() => Open(rig, "lo")), Throws.TypeOf<IOException>().With.Message.StartsWith("the TAP interface lo cannot be opened: ").And.Message.Contains("choose another name"));
    }

    [TestCase("")]
    [TestCase("a name")]
    [TestCase("a/b")]
    [TestCase("..")]
    [TestCase("tap%d")]
    [TestCase("sixteen-letters-")]
    public void Name_ThatNoInterfaceHas_IsRefused(string name)
    {
        using var rig = new SocketRig();
        Assert.That((Action)(() => _ = new TapInterfacePort(name, rig, rig)), Throws.ArgumentException.With.Message.StartsWith($"interface is \"{name}\"; it must be"));
    }

    private static TapInterfacePort Open(SocketRig rig, string? name = null)
    {
        var port = new TapInterfacePort(name ?? Name, rig, rig);
        rig.Own(port);
        port.Changed += rig.Pulse;
        port.Start();
        return port;
    }

    private static void Bring()
    {
        Assert.That(Do("ip", $"address add 198.51.100.1/24 dev {Name}") && Do("ip", $"link set {Name} up"), Is.True);
    }

    private static void ShouldAnswer(SocketRig rig, TapInterfacePort port)
    {
        port.Receive(new(Request()));
        rig.WaitUntil(() => rig.Received.Any(x => x.Length >= 42 && x[12] == 8 && x[13] == 6 && x[21] == 2), "the host answers");
    }

    // ARP: who has 198.51.100.1, the documentation's network, and tells 198.51.100.2? RFC 826, RFC 5737.
    private static byte[] Request()
    {
        var frame = new byte[60];
        byte[] request = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 198, 51, 100, 2, 0, 0, 0, 0, 0, 0, 198, 51, 100, 1];
        request.CopyTo(frame, 0);
        return frame;
    }

    // TCP, SYN, from 198.51.100.2 to port 1 of 198.51.100.1, with the sum of the pseudo header where the checksum belongs. RFC 9293.
    private static byte[] Connection()
    {
        var frame = new byte[54];
        byte[] headers =
        [
            0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 8, 0,
            0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 198, 51, 100, 2, 198, 51, 100, 1,
            0x10, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0,
        ];
        headers.CopyTo(frame, 0);
        var mac = File.ReadAllText($"/sys/class/net/{Name}/address").Trim().Split(':');
        for(var i = 0; i < 6; i++)
        {
            frame[i] = Convert.ToByte(mac[i], 16);
        }
        var ip = InternetSum(frame.AsSpan(14, 20)) ^ 0xFFFF;
        (frame[24], frame[25]) = ((byte)(ip >> 8), (byte)(ip & 0xFF));
        byte[] pseudo = [.. frame.AsSpan(26, 8), 0, 6, 0, 20];
        var sum = InternetSum(pseudo);
        (frame[50], frame[51]) = ((byte)(sum >> 8), (byte)(sum & 0xFF));
        return frame;
    }

    // RFC 1071.
    private static int InternetSum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for(var i = 0; i < bytes.Length; i += 2)
        {
            sum += bytes[i] << 8 | bytes[i + 1];
        }
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (sum & 0xFFFF) + (sum >> 16);
    }

    private static long Statistic(string name) => long.Parse(File.ReadAllText($"/sys/class/net/{Name}/statistics/{name}"), null);

    private static bool Do(string program, string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch(System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static readonly string Name = $"vnet{Environment.ProcessId % 1_000_000}";
}
