// renode-virtio-net, MIT licence: see LICENSE.
// Frames from one card's driver to another card's, through registers, rings, transmit and receive.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class RoundTripTests
{
    [Test]
    [Rule("SPLIT-21", "SPLIT-30", "H-23")]
    public void Frames_ThreeIndexWraps_ArriveUnchangedInOrder([Values] bool packed)
    {
        var features = packed ? "+RING_PACKED" : "";
        var left = new PciMachine(features: features);
        var right = new PciMachine(features: features);
        left.Wire = frame => right.Device.Receive(frame);
        var sender = new NetDriver(left);
        var receiver = new NetDriver(right);
        sender.Start(NetDriver.AllFeatures.With(Feature.RingPacked));
        receiver.Start(NetDriver.AllFeatures.With(Feature.RingPacked));

        for(var i = 0; i < 200_000; i++)
        {
            var frame = new byte[60 + i % 100];
            BitConverter.TryWriteBytes(frame.AsSpan(14), i);
            Assert.That(sender.TrySend(frame), Is.True);
            Assert.That(receiver.TryReceive(out var received), Is.True, $"frame {i} is lost");
            Assert.That(received.AsSpan().SequenceEqual(frame), Is.True, $"frame {i} is changed");
        }
        Assert.That(right.Device.Counters.RxFrames, Is.EqualTo(200_000));
    }
}
