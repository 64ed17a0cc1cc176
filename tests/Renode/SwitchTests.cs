// Cards on Renode's switch, and captures of it.

using System.Buffers.Binary;
using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Time;
using Antmicro.Renode.Tools.Network;
using Antmicro.Renode.Utilities;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

public sealed class SwitchTests : RenodeFixture
{
    [Test]
    public void Frames_BetweenTwoMachines_PassTheSwitchInOrder()
    {
        var (sender, receiver) = StartTwoOnSwitch(out _);
        for(var i = 0; i < 20; i++)
        {
            Assert.That(sender.TrySend(TestFrame(100 + i, i)), Is.True);
        }
        Run();
        for(var i = 0; i < 20; i++)
        {
            Assert.That(receiver.TryReceive(out var frame), Is.True, $"frame {i}");
            Assert.That(frame, Is.EqualTo(TestFrame(100 + i, i)));
        }
    }

    [Test]
    public void Capture_OfTheSwitch_HoldsEachFrameOnceWithoutCheckSequence()
    {
        var (sender, _) = StartTwoOnSwitch(out var network);
        var path = Path.GetTempFileName();
        try
        {
            network.CaptureTo(new WriteFilePath(path));
            sender.TrySend(TestFrame(100, 1));
            sender.TrySend(TestFrame(200, 2));
            Go();
            network.StopCapture();
            sender.TrySend(TestFrame(300, 3));
            Go();

            var bytes = File.ReadAllBytes(path);
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes), Is.EqualTo(0xA1B2_3C4D), "nanosecond pcap");
            Assert.That(bytes, Has.Length.EqualTo(24 + 16 + 100 + 16 + 200));
            Assert.That(bytes[40..140], Is.EqualTo(TestFrame(100, 1)));
            Assert.That(bytes[156..], Is.EqualTo(TestFrame(200, 2)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (NetDriver Sender, NetDriver Receiver) StartTwoOnSwitch(out Switch network)
    {
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var (right, receiver) = StartCard("right", "02:00:00:00:00:02");
        network = Connect(left.Card, right.Card);
        return (sender, receiver);
    }

    // The switch hands frames over when the machines are next in step.
    private static void Run()
    {
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
    }
}
