// renode-virtio-net, MIT licence: see LICENSE.
// A legacy driver end to end. virtio v1.4-cs01: 3.1.2, 4.1.4.10, 5.1.9.1 (legacy notes).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyTrafficTests
{
    [Test]
    [Rule("SPLIT-31", "SPLIT-32", "NETL-03", "NETL-04", "BASE-10", "LEG-10")]
    public void Frames_BothWays_ArriveUnchanged([Values(PciMode.Transitional, PciMode.Legacy)] PciMode mode, [Values] bool mergeable, [Values] bool bigEndian)
    {
        var machine = new PciMachine(mode: mode, bigEndian: bigEndian);
        var driver = new NetDriver(new LegacyPciDriver(machine));
        driver.Start(mergeable ? null : NetDriver.AllFeatures.Without(Feature.MrgRxbuf));
        for(var i = 0; i < 1000; i++)
        {
            var frame = new byte[60 + i];
            new Random(i).NextBytes(frame);
            Assert.That(driver.TrySend(frame), Is.True);
            Assert.That(machine.Sent.Last(), Is.EqualTo(frame));
            machine.Device.Receive((byte[])frame.Clone());
            Assert.That(driver.TryReceive(out var received), Is.True);
            Assert.That(received, Is.EqualTo(frame));
        }
        Assert.That(machine.Misuses, Is.Empty);
    }
}
