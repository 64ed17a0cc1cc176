// renode-virtio-net, MIT licence: see LICENSE.
// Cards on Renode's switch.

using Antmicro.Renode.Core;
using Antmicro.Renode.Time;
using Antmicro.Renode.Tools.Network;
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

    private static (NetDriver Sender, NetDriver Receiver) StartTwoOnSwitch(out Switch network)
    {
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var (right, receiver) = StartCard("right", "02:00:00:00:00:02");
        network = Connect(left.Card, right.Card);
        return (sender, receiver);
    }

    // The switch hands frames over when the machines next reach the end of a quantum.
    private static void Run()
    {
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
    }
}
