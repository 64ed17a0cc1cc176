// renode-virtio-net, MIT licence: see LICENSE.
// Captures of a switch: what is in them, and what happens if they cannot be written.

using System.Buffers.Binary;
using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Time;
using Antmicro.Renode.Tools.Network;
using Antmicro.Renode.Utilities;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

public sealed class CaptureTests : RenodeFixture
{
    [SetUp]
    public void MakeFolder()
    {
        folder = Directory.CreateTempSubdirectory("virtio-net-capture-").FullName;
    }

    [TearDown]
    public void RemoveFolder()
    {
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Capture_HoldsEachFrameOnceWithoutCheckSequence()
    {
        var (sender, _) = Start(out var network);
        network.CaptureTo(At("a.pcap"));
        sender.TrySend(TestFrame(100, 1));
        sender.TrySend(TestFrame(200, 2));
        Go();
        network.StopCapture();
        sender.TrySend(TestFrame(300, 3));
        Go();

        var bytes = File.ReadAllBytes(At("a.pcap"));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes), Is.EqualTo(0xA1B2_3C4D), "nanosecond pcap");
        Assert.That(bytes, Has.Length.EqualTo(24 + 16 + 100 + 16 + 200));
        Assert.That(Frames("a.pcap").Select(x => x.Bytes), Is.EqualTo(new[] { TestFrame(100, 1), TestFrame(200, 2) }));
    }

    [Test]
    [Rule("H-123", "F-04")]
    public void Capture_OfOtherModels_HasNoCheckSequencesEither()
    {
        Start(out var network);
        var other = new Other();
        network.AttachTo(other);
        network.CaptureTo(At("a.pcap"));
        var frame = TestFrame(100, 1);
        other.Send(frame, CRCMode.NoOperation);
        other.Send([.. frame, .. NetworkEntranceTests.CheckSequenceOf(frame)], CRCMode.NoOperation);
        other.Send(frame, CRCMode.Add);
        Assert.That(Frames("a.pcap").Select(x => x.Bytes), Is.EqualTo(new[] { frame, frame, frame }));
    }

    [Test]
    public void Capture_StampsFramesWithTheTimeOfTheirSender()
    {
        var (sender, answering) = Start(out var network);
        network.CaptureTo(At("a.pcap"));
        At(30, () => sender.TrySend(TestFrame(100, 3)));
        At(20, () => answering.TrySend(TestFrame(100, 2)));
        Go();
        At(150, () => sender.TrySend(TestFrame(100, 4)));
        // A thread without a virtual time: its frame is stamped with that of the emulation, 100 us.
        answering.TrySend(TestFrame(100, 5));
        var other = new Other();
        network.AttachTo(other);
        At(170, () => other.Send(TestFrame(100, 6), CRCMode.Add));
        other.Send(TestFrame(100, 7), CRCMode.Add);
        Go();
        Assert.That(Frames("a.pcap").Select(x => (BitConverter.ToInt32(x.Bytes, 14), x.Nanoseconds / 1000)),
            Is.EqualTo(new (int, ulong)[] { (2, 20), (3, 30), (6, 170), (7, 100), (5, 100), (4, 150) }));
    }

    [Test]
    [Rule("H-121")]
    public void Capture_AfterASnapshot_GoesOnInItsFile()
    {
        var (sender, _) = Start(out var network);
        network.CaptureTo(At("a.pcap"));
        sender.TrySend(TestFrame(100, 1));
        Go();
        Reload();
        SendInLoaded(2);
        Assert.That(Frames("a.pcap").Select(x => x.Bytes), Is.EqualTo(new[] { TestFrame(100, 1), TestFrame(100, 2) }));
        Loaded.StopCapture();
        SendInLoaded(3);
        Assert.That(Frames("a.pcap"), Has.Count.EqualTo(2));
    }

    [TestCase("folder")]
    [TestCase("disk")]
    [TestCase("rights")]
    [Rule("F-15")]
    public void Capture_ThatCannotBeWrittenAfterASnapshot_EndsWithOneErrorAndTheTrafficGoesOn(string what)
    {
        Directory.CreateDirectory(At("sub"));
        Start(out var network);
        network.CaptureTo(At("sub/a.pcap"));
        Reload(() =>
        {
            Directory.Delete(At("sub"), recursive: true);
            if(what == "disk")
            {
                Directory.CreateDirectory(At("sub"));
                File.CreateSymbolicLink(At("sub/a.pcap"), "/dev/full");
            }
            else if(what == "rights")
            {
                // Not even root can write to a folder as if it were a file.
                Directory.CreateDirectory(At("sub/a.pcap"));
            }
        });
        var errors = CountLines(LogLevel.Error, () =>
        {
            SendInLoaded(1);
            SendInLoaded(2);
        });
        Assert.That(errors, Is.EqualTo(1));
        var cards = EmulationManager.Instance.CurrentEmulation.Machines.Select(x => new RenodeMachine(x).Card).ToArray();
        Assert.That(cards.Sum(x => (long)x.RxFrames), Is.EqualTo(2), "frames that arrived");
        Assert.That(cards.All(x => Counter(x, "TxDropRefused") == "0"), Is.True);

        // The user starts another capture, at a path that can be written.
        Directory.CreateDirectory(At("new"));
        Loaded.CaptureTo(At("new/a.pcap"));
        SendInLoaded(3);
        Assert.That(Frames("new/a.pcap"), Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("F-16")]
    public void CaptureTo_AFileThatCannotBe_IsRefusedAndLeavesTheRunningOneAlone([Values("none/a.pcap", "full", ".")] string file)
    {
        File.CreateSymbolicLink(At("full"), "/dev/full");
        var (sender, _) = Start(out var network);
        network.CaptureTo(At("a.pcap"));
        Assert.That((Action)(() => network.CaptureTo(At(file))), Throws.TypeOf<RecoverableException>().With.Message.Contains(Path.GetFullPath(At(file))));
        sender.TrySend(TestFrame(100, 1));
        Go();
        Assert.That(Frames("a.pcap"), Has.Count.EqualTo(1));
        Assert.That(Captures, Is.EqualTo(1));
        network.StopCapture();
        Assert.That(Captures, Is.Zero);
    }

    [Test]
    [Rule("F-16")]
    public void CaptureTo_OfTwoSwitches_MayHaveTheSameBaseNameButNotTheSameFile()
    {
        var (sender, _) = Start(out var network);
        var second = new Switch();
        EmulationManager.Instance.CurrentEmulation.ExternalsManager.AddExternal(second, "second");
        var other = new Other();
        second.AttachTo(other);
        Directory.CreateDirectory(At("sub"));
        network.CaptureTo(At("a.pcap"));
        second.CaptureTo(At("sub/a.pcap"));
        Assert.That((Action)(() => second.CaptureTo(At("sub/../a.pcap"))), Throws.TypeOf<RecoverableException>().With.Message.Contains("is written by the capture of switch"));

        sender.TrySend(TestFrame(100, 1));
        Go();
        other.Send(TestFrame(100, 2), CRCMode.Add);
        Assert.That(Frames("a.pcap").Single().Bytes, Is.EqualTo(TestFrame(100, 1)));
        Assert.That(Frames("sub/a.pcap").Single().Bytes, Is.EqualTo(TestFrame(100, 2)));
        Assert.That(Captures, Is.EqualTo(2));
        second.StopCapture();
        other.Send(TestFrame(100, 3), CRCMode.Add);
        sender.TrySend(TestFrame(100, 4));
        Go();
        Assert.That((Frames("a.pcap").Count, Frames("sub/a.pcap").Count), Is.EqualTo((2, 1)));
    }

    [Test]
    public void CaptureTo_TheFileThatTheSwitchWritesAlready_StartsItAnew()
    {
        var (sender, _) = Start(out var network);
        network.CaptureTo(At("a.pcap"));
        sender.TrySend(TestFrame(100, 1));
        Go();
        network.CaptureTo(At("a.pcap"));
        sender.TrySend(TestFrame(100, 2));
        Go();
        Assert.That(Frames("a.pcap").Single().Bytes, Is.EqualTo(TestFrame(100, 2)));
        Assert.That(Captures, Is.EqualTo(1));
    }

    [Test]
    public void CaptureTo_WithANameTakenByTheUser_FindsAnother()
    {
        var (sender, _) = Start(out var network);
        EmulationManager.Instance.CurrentEmulation.ExternalsManager.AddExternal(new Switch(), "capture-switch");
        network.CaptureTo(At("a.pcap"));
        sender.TrySend(TestFrame(100, 1));
        Go();
        Assert.That(Frames("a.pcap"), Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("F-16")]
    public void Capture_StoppedWhileAFrameIsOnItsWayToIt_WritesNothingAnyMore()
    {
        Start(out var network);
        var other = new Other();
        network.AttachTo(other);
        // The switch calls this handler first; it stops the capture, whose own handler the switch calls after that.
        network.FrameProcessed += (_, _, _) =>
        {
            network.StopCapture();
            File.Delete(At("a.pcap"));
        };
        network.CaptureTo(At("a.pcap"));
        other.Send(TestFrame(100, 1), CRCMode.Add);
        Assert.That(File.Exists(At("a.pcap")), Is.False);
    }

    private static (NetDriver First, NetDriver Second) Start(out Switch network)
    {
        var (left, first) = StartCard("left", "02:00:00:00:00:01");
        var (right, second) = StartCard("right", "02:00:00:00:00:02");
        network = Connect(left.Card, right.Card);
        return (first, second);
    }

    private static Switch Loaded
    {
        get
        {
            EmulationManager.Instance.CurrentEmulation.ExternalsManager.TryGetByName<Switch>("switch", out var network);
            return network;
        }
    }

    private static int Captures => EmulationManager.Instance.CurrentEmulation.ExternalsManager.Externals.OfType<SwitchCapture>().Count();

    // A new driver of the first machine sends a frame, and one of the second receives it.
    private static void SendInLoaded(int number)
    {
        var machines = EmulationManager.Instance.CurrentEmulation.Machines.OrderBy(x => EmulationManager.Instance.CurrentEmulation[x]).Select(x => new RenodeMachine(x)).ToArray();
        var drivers = machines.Select(x => new NetDriver(x)).ToArray();
        for(var i = 0; i < drivers.Length; i++)
        {
            // Clears what earlier drivers have left in their rings.
            machines[i].Ram.ZeroAll();
            drivers[i].Start();
        }
        drivers[0].TrySend(TestFrame(100, number));
        Go();
    }

    private List<(ulong Nanoseconds, byte[] Bytes)> Frames(string file)
    {
        var bytes = File.ReadAllBytes(At(file)).AsSpan();
        var frames = new List<(ulong, byte[])>();
        for(var rest = bytes[24..]; rest.Length > 0;)
        {
            var seconds = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            var nanoseconds = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
            frames.Add((seconds * 1_000_000_000UL + nanoseconds, rest.Slice(16, length).ToArray()));
            rest = rest[(16 + length)..];
        }
        return frames;
    }

    private string At(string file) => Path.Combine(folder, file);

    private string folder = "";

    /// <summary>Another model on the switch.</summary>
    private sealed class Other : IMACInterface
    {
        public void ReceiveFrame(EthernetFrame frame)
        {
        }

        public void Send(byte[] bytes, CRCMode mode)
        {
            Assert.That(EthernetFrame.TryCreateEthernetFrame(bytes, mode, out var frame), Is.True);
            FrameReady!(frame);
        }

        public MACAddress MAC { get; set; } = MACAddress.Parse("02:00:00:00:00:77");

        public event Action<EthernetFrame>? FrameReady;
    }
}
