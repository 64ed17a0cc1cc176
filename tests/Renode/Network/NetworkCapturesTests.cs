// renode-virtio-net, MIT licence: see LICENSE.
// Captures of a network that the monitor begins and ends, and what a snapshot keeps of them.

using System.Diagnostics;
using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Tests.VhostUser;
using VirtioNet.Tests.Wire.Captures;

namespace VirtioNet.Tests.Renode.Network;

public sealed class NetworkCapturesTests : NetworkFixture
{
    [SetUp]
    public void MakeFolder()
    {
        folder = Directory.CreateTempSubdirectory("virtio-net-captures-").FullName;
    }

    [TearDown]
    public void RemoveFolder()
    {
        // The emulation's captures end with it, and write nothing then.
        EmulationManager.Instance.Clear();
        Directory.Delete(folder, true);
    }

    [Test]
    public void Capture_HasWhatPassesThePorts_UntilItIsStopped()
    {
        var (network, left, _) = StartTwo();
        network.CaptureTo(At("a.pcapng"));
        At(30, () => left.TrySend(FrameTo(2, 1, 7)));
        Go();
        var read = PcapngReader.Read(At("a.pcapng"));
        Assert.That(read.Packets.Select(x => x.Place), Is.EqualTo(new[] { $"{Left} In 30000", $"{Right} Out 30000" }));
        Assert.That(read.Packets.Select(x => x.Bytes), Is.All.EqualTo(FrameTo(2, 1, 7)));
        Assert.That(Rows(network.Captures()), Is.EqualTo(new[] { $"{At("a.pcapng")} |  | 2 | {LengthOf("a.pcapng")} | runs" }));

        network.StopCapture();
        left.TrySend(FrameTo(2, 1, 8));
        Go();
        Assert.That(Packets("a.pcapng"), Has.Length.EqualTo(2));
        Assert.That(Rows(network.Captures()), Is.Empty);
    }

    [Test]
    public void Captures_OfOneNetwork_EachHaveTheirOptionsAndEndByTheirPath()
    {
        var (network, left, right) = StartTwo();
        network.CaptureTo(At("left.pcapng"), "ports left direction in");
        network.CaptureTo(At("right.pcapng"), "ports right snaplen 20");
        network.CaptureTo(At("all.pcapng"), null!);
        Send();
        Assert.That(Rows(network.Captures()), Is.EqualTo(new[]
        {
            $"{At("left.pcapng")} | ports {Left} direction in | 1 | {LengthOf("left.pcapng")} | runs",
            $"{At("right.pcapng")} | ports {Right} snaplen 20 | 2 | {LengthOf("right.pcapng")} | runs",
            $"{At("all.pcapng")} |  | 4 | {LengthOf("all.pcapng")} | runs",
        }));
        Assert.That(PcapngReader.Read(At("left.pcapng")).Interfaces.Select(x => x.Name), Is.EqualTo(new[] { Left }));
        Assert.That(PcapngReader.Read(At("right.pcapng")).Packets.Select(x => x.Bytes.Length), Is.All.EqualTo(20));

        network.StopCapture(At("right.pcapng"));
        Send();
        Assert.That(new[] { "left.pcapng", "right.pcapng", "all.pcapng" }.Select(x => Packets(x).Length), Is.EqualTo(new[] { 2, 2, 8 }));
        network.StopCapture(null!);
        Assert.That(Rows(network.Captures()), Is.Empty);

        void Send()
        {
            left.TrySend(FrameTo(2, 1));
            right.TrySend(FrameTo(1, 2));
            Go();
        }
    }

    [Test]
    public void Port_ThatIsConnectedLater_IsCapturedUnderTheUsersName()
    {
        var (network, left, _) = StartTwo();
        network.CaptureTo(At("a.pcapng"), "ports third");
        var (machine, _) = StartCard("third", "02:00:00:00:00:03");
        Plug(network, machine.Card);
        left.TrySend(FrameTo(0xFF, 1));
        Go();
        Assert.That(Packets("a.pcapng").Select(x => x.Interface.Name), Is.EqualTo(new[] { "third:sysbus.pcie.net0" }));
    }

    [Test]
    public void Capture_AtTimes_HasWhatWasSentBetween()
    {
        var (network, left, _) = StartTwo();
        network.At("0.00003", $"CaptureTo @{At("a.pcapng")} ports left");
        network.At("0.00007", $"StopCapture {At("a.pcapng")}");
        for(var i = 0; i < 10; i++)
        {
            At(10 * (ulong)i, () => left.TrySend(FrameTo(2, 1)));
        }
        network.At("0.00008", $"StopCapture {At("a.pcapng")}");
        var lines = LinesOf(LogLevel.Warning, Go);
        Assert.That(Packets("a.pcapng").Select(x => x.Time / 1000), Is.EqualTo(new[] { 40, 50, 60, 70 }));
        Assert.That(lines, Has.Count.EqualTo(1).And.All.EndsWith("and nothing of net is captured: begin with CaptureTo"));
    }

    [Test]
    public void WrongWords_AreRefusedInTheUsersWordsAndCaptureNothing()
    {
        var (network, _, _) = StartTwo();
        AssertRefused(() => network.CaptureTo(null!), "path is \"\"; it must be the path of the capture file, or of a named pipe");
        AssertRefused(() => network.CaptureTo(At("none/a.pcapng")), $"The capture file {At("none/a.pcapng")} cannot be written: ");
        AssertRefused(() => network.CaptureTo(folder), "cannot be written");
        AssertRefused(() => network.CaptureTo(At("a.pcapng"), "slow"), "slow is no option of a capture: choose of ports, direction");
        AssertRefused(() => network.CaptureTo(At("a.pcapng"), "ports net0"), "ports is \"net0\", which fits several: write one of left:sysbus.pcie.net0, right");
        AssertRefused(() => network.StopCapture("x"), "path is \"x\", and nothing of net is captured: begin with CaptureTo");
        AssertRefused(() => network.At("1", "CaptureTo"), "CaptureTo needs 1 argument");
        Assert.That(Directory.GetFiles(folder), Is.Empty);
        network.CaptureTo(At("a.pcapng"));
        AssertRefused(() => network.StopCapture("x"), $"path is \"x\"; it must be one of {At("a.pcapng")}, or left out for all");
    }

    [Test]
    public void File_ThatAnotherCaptureWrites_IsLeftToIt()
    {
        var (network, left, _) = StartTwo();
        var other = MakeNetwork("other");
        network.CaptureTo(At("a.pcapng"));
        left.TrySend(FrameTo(2, 1));
        Go();
        AssertRefused(() => network.CaptureTo(At("a.pcapng")), $"The capture file {At("a.pcapng")} is written by the capture of net: choose another file");
        AssertRefused(() => other.CaptureTo(At("a.pcapng")), "is written by the capture of net: choose another file");
        var wire = Connect();
        wire.CaptureTo(At("b.pcap"));
        AssertRefused(() => network.CaptureTo(At("b.pcap")), "is written by the capture of switch: choose another file");
        AssertRefused(() => wire.CaptureTo(At("a.pcapng")), "is written by the capture of net: choose another file");
        Assert.That(Packets("a.pcapng"), Has.Length.EqualTo(2));
        network.StopCapture();
        other.CaptureTo(At("a.pcapng"));
        Assert.That(Packets("a.pcapng"), Is.Empty);
    }

    [TestCase("folder")]
    [TestCase("disk")]
    public void Capture_ThatCannotBeWrittenAnyMore_EndsWithOneErrorAndTheTrafficGoesOn(string what)
    {
        Directory.CreateDirectory(At("sub"));
        var (network, left, right) = StartTwo();
        network.CaptureTo(At("sub/a.pcapng"));
        network.CaptureTo(At("b.pcapng"));
        Directory.Delete(At("sub"), true);
        if(what == "disk")
        {
            Directory.CreateDirectory(At("sub"));
            File.CreateSymbolicLink(At("sub/a.pcapng"), "/dev/full");
        }
        var errors = LinesOf(LogLevel.Error, () =>
        {
            for(var i = 0; i < 3; i++)
            {
                left.TrySend(FrameTo(2, 1, i));
                Go();
            }
        });
        Assert.That(errors, Has.Count.EqualTo(1).And.Some.StartsWith($"The capture to {At("sub/a.pcapng")} has ended, because the file cannot be written: "));
        Assert.That(Received(right).Select(NumberOf), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(Packets("b.pcapng"), Has.Length.EqualTo(6));
        Assert.That(Rows(network.Captures())[0], Does.Contain("| has ended: "));

        // The user has made room, and begins again.
        Directory.CreateDirectory(At("sub"));
        File.Delete(At("sub/a.pcapng"));
        network.CaptureTo(At("sub/a.pcapng"));
        left.TrySend(FrameTo(2, 1));
        Go();
        Assert.That(Packets("sub/a.pcapng"), Has.Length.EqualTo(2));
        Assert.That(Rows(network.Captures()), Has.Length.EqualTo(2).And.All.EndsWith("| runs"));
    }

    [Test]
    public void Capture_AtItsLimit_EndsAndSaysSo()
    {
        var (network, left, _) = StartTwo();
        network.CaptureTo(At("a.pcapng"), "limit 4kb");
        var lines = LinesOf(LogLevel.Info, () =>
        {
            for(var i = 0; i < 40; i++)
            {
                left.TrySend(FrameTo(2, 1));
            }
            Go();
            Go();
        });
        Assert.That(lines.Where(x => x.Contains("capture", StringComparison.Ordinal)), Is.EqualTo(new[] { $"The capture to {At("a.pcapng")} has ended: it has reached its limit of 4096 bytes" }));
        Assert.That(Rows(network.Captures()).Single(), Does.EndWith("| has ended: it has reached its limit of 4096 bytes"));
        Assert.That(LengthOf("a.pcapng"), Is.InRange(3000, 4096));
    }

    [Test]
    [Rule("H-121")]
    public void Capture_AfterASnapshot_IsThatOfTheUninterruptedRun([Values("a.pcapng", "ring 4kb")] string words)
    {
        var uninterrupted = RunDelayed(words, interrupted: false);
        EmulationManager.Instance.Clear();
        var interrupted = RunDelayed(words, interrupted: true);
        Assert.That(uninterrupted.Sum(x => PcapngReaderCount(x)), Is.InRange(100, 400));
        Assert.That(interrupted, Is.EqualTo(uninterrupted));
    }

    [Test]
    [Rule("H-121")]
    public void Snapshot_ThatIsLoadedAndDoesNotGoOn_LeavesTheFileAlone()
    {
        var (network, left, _) = StartTwo();
        network.CaptureTo(At("a.pcapng"));
        Go();
        EmulationManager.Instance.Save(At("a.save"));
        left.TrySend(FrameTo(2, 1));
        Go();
        EmulationManager.Instance.Load(At("a.save"));
        Assert.That(Packets("a.pcapng"), Has.Length.EqualTo(2));
        Find("net").StopCapture();
        Go();
        Assert.That(Packets("a.pcapng"), Has.Length.EqualTo(2));
    }

    [Test]
    [Rule("H-121")]
    public void Capture_WhoseFolderIsGoneAfterASnapshot_EndsWithOneErrorAndTheTrafficGoesOn()
    {
        Directory.CreateDirectory(At("sub"));
        var (network, left, _) = StartTwo();
        network.CaptureTo(At("sub/a.pcapng"));
        left.TrySend(FrameTo(2, 1));
        Reload(() => Directory.Delete(At("sub"), true));
        Assert.That(CountLines(LogLevel.Error, Go), Is.EqualTo(1));
        Assert.That(CountLines(LogLevel.Error, Go), Is.Zero);
        Assert.That(Rows(Find("net").Counters()).Last(), Does.StartWith($"{Right} | out | 1 |"));
    }

    [Test]
    [Platform("Linux")]
    [Rule("H-121")]
    public void Pipe_IsReadWhileTheEmulationRuns_AlsoAfterASnapshot()
    {
        var (network, left, _) = StartTwo();
        MakePipe();
        network.CaptureTo(At("pipe"));
        left.TrySend(FrameTo(2, 1, 1));
        Go();
        using(var reader = OpenPipe())
        {
            Go();
            left.TrySend(FrameTo(2, 1, 2));
            Go();
            Assert.That(Read(reader).Packets.Select(x => (NumberOf(x.Bytes), x.Lost)), Is.EqualTo(new[] { (2, 1UL), (2, 1UL) }));
        }
        Assert.That(Rows(network.Captures()).Single(), Does.EndWith("| runs, 2 packets left out"));
        Reload();
        var card = new RenodeMachine(Emulation["left"]);
        using(var reader = OpenPipe())
        {
            Go();
            Assert.That(Read(reader).Interfaces.Select(x => x.Name), Is.EqualTo(new[] { Left, Right }));
        }
        Assert.That(card.Card.TxFrames, Is.EqualTo(2));
        Find("net").StopCapture(At("pipe"));
    }

    [Test]
    [Platform("Linux")]
    public void Pipe_TakesNoRingAndNoLimit()
    {
        var (network, _, _) = StartTwo();
        MakePipe();
        AssertRefused(() => network.CaptureTo(At("pipe"), "ring 4kb"), $"options are \"ring 4kb\", and {At("pipe")} is a named pipe: ring and limit are for files only");
        AssertRefused(() => network.CaptureTo(At("pipe"), "limit 4kb"), "ring and limit are for files only");
    }

    // Two machines send through a link with delay and loss. If interrupted, a snapshot is made in each quantum, the run goes on for a
    // while, and then the snapshot is loaded. Returns what the files hold.
    private byte[][] RunDelayed(string words, bool interrupted)
    {
        var name = interrupted ? "second" : "first";
        var network = MakeNetwork();
        var machines = new[] { new RenodeMachine("left", "02:00:00:00:00:01"), new RenodeMachine("right", "02:00:00:00:00:02") };
        var drivers = machines.Select(x => new NetDriver(x)).ToArray();
        foreach(var driver in drivers)
        {
            driver.Start();
        }
        Plug(network, machines.Select(x => x.Card).ToArray());
        network.SetLink("left", "delay 350us 200us loss 30%");
        network.CaptureTo(At(name), words.StartsWith("ring", StringComparison.Ordinal) ? words : "");
        for(var i = 0; i < 20; i++)
        {
            for(var side = 0; side < 2; side++)
            {
                for(var j = 0; j < 4; j++)
                {
                    var (driver, frame) = (drivers[side], FrameTo(2 - side, 1 + side, i));
                    At(100 * (ulong)i + 20 * (ulong)j, () => driver.TrySend(frame));
                }
            }
            if(interrupted)
            {
                EmulationManager.Instance.Save(At("save"));
                Go();
                Go();
                EmulationManager.Instance.Load(At("save"));
                machines[0].GoOnWith(Emulation["left"]);
                machines[1].GoOnWith(Emulation["right"]);
            }
            Go();
        }
        return Directory.GetFiles(folder, name + "*").Order().Select(File.ReadAllBytes).ToArray();
    }

    private static int PcapngReaderCount(byte[] file) => new PcapngReader(file).Packets.Count;

    // Does not wait for somebody who writes, and never reads the end of the file.
    private FileStream OpenPipe() => new(At("pipe"), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, BufferSize = 0 });

    // What is in the pipe now.
    private static PcapngReader Read(FileStream pipe)
    {
        var bytes = new List<byte>();
        var buffer = new byte[1 << 16];
        while(Linux.HasBytes(pipe.SafeFileHandle))
        {
            bytes.AddRange(buffer[..pipe.Read(buffer)]);
        }
        return new PcapngReader(bytes.ToArray());
    }

    private void MakePipe()
    {
        using var mkfifo = Process.Start("mkfifo", At("pipe"));
        mkfifo.WaitForExit();
        Assert.That(mkfifo.ExitCode, Is.Zero);
    }

    private CapturedPacket[] Packets(string name) => PcapngReader.Read(At(name)).Packets.ToArray();

    private long LengthOf(string name) => new FileInfo(At(name)).Length;

    private string At(string name) => Path.Combine(folder, name);

    private static void AssertRefused(Action command, string sentence)
    {
        Assert.That(command, Throws.InstanceOf<RecoverableException>().With.Message.Contains(sentence));
    }

    private string folder = "";

    private const string Left = "left:sysbus.pcie.net0";
    private const string Right = "right:sysbus.pcie.net0";
}
