// renode-virtio-net, MIT licence: see LICENSE.
// QEMU itself as the partner, without a guest: its card announces itself, and a dump shows what reaches it.

using System.Diagnostics;
using NUnit.Framework;
using VirtioNet.Outside.Sockets;
using VirtioNet.Tests.VhostUser;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Sockets;

[NonParallelizable]
public sealed class QemuTests
{
    [TestCase(true, "unix")]
    [TestCase(false, "unix")]
    [TestCase(true, "inet")]
    public void Stream_OfQemu_CarriesFramesBothWays(bool isServer, string type)
    {
        using var rig = new SocketRig();
        var port = isServer ? rig.Serve(type == "inet") : rig.Start($"addr.type=unix,addr.path={rig.Path},reconnect-ms=20");
        var address = type == "inet" ? $"addr.type=inet,addr.host=127.0.0.1,addr.port={port.ListensAt}" : $"addr.type=unix,addr.path={rig.Path}";
        using var qemu = Qemu.Start(rig, $"stream,server={(isServer ? "off" : "on")},{address}");
        rig.WaitForConnection(port);
        AssertSpeaks(rig, qemu, port.Receive);
        qemu.Dispose();
        rig.WaitForEnd(port);
        Assert.That(rig.Reports.Select(x => x.Rule), Is.SubsetOf(new[] { SocketRules.NobodyThere }), "QEMU breaks no rule");
    }

    [TestCase("unix")]
    [TestCase("inet")]
    public void Dgram_OfQemu_CarriesFramesBothWays(string type)
    {
        using var rig = new SocketRig();
        var free = PasstTests.FreePort();
        var port = rig.StartDatagram(type == "unix"
            ? $"local.type=unix,local.path={rig.Path},remote.type=unix,remote.path={rig.Path}2"
            : $"local.type=inet,local.host=127.0.0.1,local.port=0,remote.type=inet,remote.host=127.0.0.1,remote.port={free}");
        using var qemu = Qemu.Start(rig, type == "unix"
            ? $"dgram,local.type=unix,local.path={rig.Path}2,remote.type=unix,remote.path={rig.Path}"
            : $"dgram,local.type=inet,local.host=127.0.0.1,local.port={free},remote.type=inet,remote.host=127.0.0.1,remote.port={port.LocalPort}");
        // QEMU answers once it has bound its socket.
        qemu.AskOnce();
        AssertSpeaks(rig, qemu, port.Receive);
        Assert.That(rig.Reports, Is.Empty);
    }

    private static void AssertSpeaks(SocketRig rig, Qemu qemu, Action<Packet> send)
    {
        // A QEMU that listens may not have taken its partner in yet, and 7.2 dies if it announces itself then.
        var frame = Partner.Frame(777, 1);
        send(new(frame));
        qemu.AskUntil(() => qemu.Dump().AsSpan().IndexOf(frame) >= 0);
        qemu.Say("announce_self");
        rig.WaitForFrames(1);
        // RARP, from the address that the command line gives the card: RFC 903.
        Assert.That(rig.Received[0].AsSpan(6, 8).ToArray(), Is.EqualTo(new byte[] { 2, 0, 0, 0, 0, 9, 0x80, 0x35 }));
    }

    private sealed class Qemu : IDisposable
    {
        private Qemu(Process process, string dump, SocketRig rig)
        {
            this.process = process;
            this.dump = dump;
            this.rig = rig;
            process.OutputDataReceived += (_, line) =>
            {
                Interlocked.Add(ref answers, line.Data?.Contains("VM status: ") == true ? 1 : 0);
                rig.Pulse();
            };
            process.BeginOutputReadLine();
        }

        public static Qemu Start(SocketRig rig, string netdev)
        {
            var dump = Path.Combine(rig.Folder, "dump");
            var start = new ProcessStartInfo("qemu-system-aarch64") { RedirectStandardInput = true, RedirectStandardOutput = true };
            foreach(var word in (string[])["-M", "virt", "-accel", "tcg", "-display", "none", "-nodefaults", "-monitor", "stdio",
                "-netdev", netdev + ",id=n", "-device", "virtio-net-pci,netdev=n,romfile=,mac=02:00:00:00:00:09", "-object", $"filter-dump,id=f,netdev=n,file={dump}"])
            {
                start.ArgumentList.Add(word);
            }
            try
            {
                return new Qemu(Process.Start(start)!, dump, rig);
            }
            catch(System.ComponentModel.Win32Exception)
            {
                Assert.Ignore("qemu-system-aarch64 is not installed");
                throw;
            }
        }

        /// <summary>A command for its monitor.</summary>
        public void Say(string command) => process.StandardInput.WriteLine(command);

        /// <summary>Waits until it answers.</summary>
        public void AskOnce()
        {
            AskUntil(() => Volatile.Read(ref answers) > 0);
        }

        /// <summary>Asks for its state again and again, which gives it time for what else it has to do.</summary>
        public void AskUntil(Func<bool> condition)
        {
            for(var i = Volatile.Read(ref answers) + 1; !condition(); i++)
            {
                Say("info status");
                rig.WaitUntil(() => Volatile.Read(ref answers) >= i, "QEMU answers");
            }
        }

        /// <summary>All frames that have passed its card's end of the network.</summary>
        public byte[] Dump() => File.Exists(dump) ? File.ReadAllBytes(dump) : [];

        public void Dispose()
        {
            if(!process.HasExited)
            {
                process.Kill();
                process.WaitForExit((int)FrontEnd.Limit.TotalMilliseconds);
            }
        }

        private readonly Process process;
        private readonly string dump;
        private readonly SocketRig rig;
        private int answers;
    }
}
