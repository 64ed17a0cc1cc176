// renode-virtio-net, MIT licence: see LICENSE.
// Frames over virtio-mmio, both versions. virtio v1.4-cs01: 4.2.3, 4.2.4.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MmioTrafficTests
{
    [Test]
    [Rule("MMIO-13", "MMIOL-01", "NETL-04")]
    public void Frames_BothWays_ArriveUnchanged([Values(1, 2)] int version, [Values] bool mergeable, [Values] bool eventIdx)
    {
        var wanted = NetDriver.AllFeatures;
        wanted = mergeable ? wanted : wanted.Without(Feature.MrgRxbuf);
        wanted = eventIdx ? wanted : wanted.Without(Feature.EventIdx);
        var machine = new MmioMachine(version: version, queueSize: 16);
        // Small buffers, so that frames are merged from several.
        var driver = new NetDriver(new MmioDriver(machine), receiveBufferSize: mergeable ? 256 : 2048);
        driver.Start(wanted);
        for(var i = 0; i < 1000; i++)
        {
            var frame = new byte[60 + i];
            new Random(i).NextBytes(frame);
            Assert.That(driver.TrySend(frame), Is.True);
            Assert.That(machine.Sent.Last(), Is.EqualTo(frame));
            machine.Device.Receive((byte[])frame.Clone());
            Assert.That(driver.TryReceive(out var received), Is.True);
            Assert.That(received, Is.EqualTo(frame));
            machine.RunDeferred();
        }
        Assert.That(machine.Misuses, Is.Empty);
        Assert.That(machine.ParkedReasons, Is.Empty);
    }
}
