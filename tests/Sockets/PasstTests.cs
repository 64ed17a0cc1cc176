// renode-virtio-net, MIT licence: see LICENSE.
// passt, started by a port: a guest's way to the host's network, without any privilege.

using System.Diagnostics;
using System.Net.Sockets;
using System.Net;
using NUnit.Framework;
using VirtioNet.Outside.Sockets;
using VirtioNet.Tests.VhostUser;

namespace VirtioNet.Tests.Sockets;

[NonParallelizable]
public sealed class PasstTests
{
    [Test]
    public void Passt_AnswersADhcpDiscover_WithAnOffer()
    {
        using var rig = new SocketRig();
        var port = Start(rig, "mtu=1400");
        rig.WaitForConnection(port);
        port.Receive(new(Dhcp.Discover(Transaction)));
        rig.WaitUntil(() => rig.Received.Any(x => Dhcp.IsOffer(x, Transaction)), "passt offers an address");
        var offer = rig.Received.First(x => Dhcp.IsOffer(x, Transaction));
        Assert.That(Dhcp.Option(offer, 26), Is.EqualTo(new byte[] { 1400 >> 8, 1400 & 0xFF }), "the MTU that passt gives to guests");
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Passt_ForwardsATcpPortOfTheHost()
    {
        using var rig = new SocketRig();
        var number = FreePort();
        var port = Start(rig, $"tcp-ports={number}:22");
        rig.WaitForConnection(port);
        // passt learns of its guest by what it sends.
        port.Receive(new(Dhcp.Discover(Transaction)));
        rig.WaitUntil(() => rig.Received.Any(x => Dhcp.IsOffer(x, Transaction)), "passt offers an address");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Blocking = false;
        try
        {
            client.Connect(IPAddress.Loopback, number);
        }
        catch(SocketException exception) when(exception.SocketErrorCode == SocketError.WouldBlock)
        {
            // Under way.
        }
        // TCP, SYN, to port 22 of the guest.
        rig.WaitUntil(() => rig.Received.Any(x => x.Length >= 54 && x[12] == 8 && x[13] == 0 && x[23] == 6 && x[36] == 0 && x[37] == 22 && (x[47] & 2) != 0), "a connection comes to the guest");
    }

    [Test]
    public void Dispose_EndsPasst()
    {
        using var rig = new SocketRig();
        var number = FreePort();
        var before = Resources.Count();
        var port = Start(rig, $"tcp-ports={number}");
        rig.WaitForConnection(port);
        using var passt = Find($"{number}");
        port.Dispose();
        Assert.That(passt.WaitForExit(FrontEnd.Limit), Is.True);
        Assert.That(rig.Reports, Is.Empty);
        Assert.That(Resources.Count(), Is.EqualTo(before));
    }

    [Test]
    public void Passt_ThatEnds_IsToldAndStartedAgain()
    {
        using var rig = new SocketRig();
        var number = FreePort();
        var port = Start(rig, $"tcp-ports={number}");
        rig.WaitForConnection(port);
        var changes = 0;
        port.Changed += () =>
        {
            changes++;
            rig.Pulse();
        };
        using(var passt = Find($"{number}"))
        {
            passt.Kill();
        }
        rig.WaitUntil(() => changes >= 2 && port.IsConnected, "another passt is there");
        port.Receive(new(Dhcp.Discover(Transaction)));
        rig.WaitUntil(() => rig.Received.Any(x => Dhcp.IsOffer(x, Transaction)), "passt offers an address");
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { SocketRules.PasstEnded }));
    }

    [Test]
    public void Passt_ThatIsNotInstalled_IsToldWithTheRemedy()
    {
        using var rig = new SocketRig();
        var before = Resources.Count();
        Assert.That(new Action(() => New(rig, "path=/nowhere/passt").Start()), Throws.TypeOf<IOException>().With.Message.StartsWith("/nowhere/passt cannot be started: ").And.Message.Contains("install the package passt"));
        Assert.That(Resources.Count(), Is.EqualTo(before));
    }

    [Test]
    public void Passt_ThatEndsAtOnce_IsToldInItsOwnWords()
    {
        using var rig = new SocketRig();
        IgnoreWithoutPasst();
        Assert.That(new Action(() => New(rig, "tcp-ports=nonsense").Start()), Throws.TypeOf<IOException>().With.Message.StartsWith("passt has ended at once: Invalid port specifier nonsense; "));
    }

    [Test]
    public void Padding_OfAShortPacket_DoesNotGoToPasst()
    {
        using var rig = new SocketRig();
        var script = System.IO.Path.Combine(rig.Folder, "p");
        var heard = System.IO.Path.Combine(rig.Folder, "heard");
        // The words are --quiet --fd NUMBER and others.
        File.WriteAllText(script, $"#!/bin/bash\ncat <&$3 >{heard} 2>/dev/null &\n");
        Linux.MakeExecutable(script);
        var port = New(rig, $"path={script}");
        port.Start();
        rig.WaitForConnection(port);
        var frame = Partner.PaddedPacket();
        port.Receive(new(frame));
        var ping = Partner.Frame(60, 1);
        port.Receive(new(ping));
        byte[] expected = [.. Partner.Framed(frame.AsSpan(0, 14 + 40)), .. Partner.Framed(ping)];
        Assert.That(SpinWait.SpinUntil(() => File.Exists(heard) && new FileInfo(heard).Length >= expected.Length, FrontEnd.Limit), Is.True);
        Assert.That(File.ReadAllBytes(heard), Is.EqualTo(expected));
    }

    [Test]
    public void Program_ThatEndsAtOnceAndSaysMuch_IsToldInAFewLines()
    {
        using var rig = new SocketRig();
        var script = System.IO.Path.Combine(rig.Folder, "p");
        File.WriteAllText(script, "#!/bin/sh\nfor i in 1 2 3 4 5 6 7; do echo line $i >&2; done\nexit 3\n");
        Linux.MakeExecutable(script);
        Assert.That(new Action(() => New(rig, $"path={script}").Start()), Throws.TypeOf<IOException>().With.Message.Contains(": line 1; line 2; line 3; line 4; look at"));
    }

    /// <summary>A port that nobody has on this host.</summary>
    internal static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static StreamSocketPort New(SocketRig rig, string words)
    {
        var port = new StreamSocketPort(PasstOptions.Parse(words), rig, rig);
        rig.Own(port);
        port.Changed += rig.Pulse;
        return port;
    }

    private static StreamSocketPort Start(SocketRig rig, string words)
    {
        IgnoreWithoutPasst();
        var port = New(rig, words);
        port.Start();
        return port;
    }

    private static void IgnoreWithoutPasst()
    {
        if(!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(x => File.Exists(System.IO.Path.Combine(x, "passt"))))
        {
            Assert.Ignore("passt is not installed: apt-get install passt");
        }
    }

    private static Process Find(string word)
    {
        return Process.GetProcesses().Single(x => x.ProcessName.StartsWith("passt", StringComparison.Ordinal) && IsCalledWith(x, word));
    }

    private static bool IsCalledWith(Process process, string word)
    {
        var file = $"/proc/{process.Id}/cmdline";
        return File.Exists(file) && File.ReadAllText(file).Split('\0').Contains(word);
    }

    private const uint Transaction = 0x1234_5678;
}
