// renode-virtio-net, MIT licence: see LICENSE.
// Drivers, guests and back ends that come and go, with Linux in QEMU. Each round ends with traffic both ways.

using NUnit.Framework;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Guests;

public sealed class LinuxLifeTests : GuestFixture
{
    [TestCase("")]
    [TestCase("+RING_PACKED")]
    public void Driver_UnboundAndBound_GoesOn(string features)
    {
        var host = new HostEnd(Network);
        var port = AddPort(features);
        var guest = Boot(port);
        for(var round = 0; round < 3; round++)
        {
            HostEnd.WaitUntilReached(guest);
            host.Exchange(port);
            guest.Run("echo virtio0 > /sys/bus/virtio/drivers/virtio_net/unbind && test ! -e /sys/class/net/eth0");
            port.WaitUntil(x => !x.IsRunning, "stopped by the driver");
            guest.Run("echo virtio0 > /sys/bus/virtio/drivers/virtio_net/bind && netup");
            port.WaitUntil(x => x.IsRunning, "started by the driver");
        }
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port);
        Assert.That(port.Backend.Features.Has(Feature.RingPacked), Is.EqualTo(features != ""));
    }

    [TestCase("")]
    [TestCase("+RING_PACKED")]
    public void Guest_Rebooted_GoesOn(string features)
    {
        var host = new HostEnd(Network);
        var port = AddPort(features);
        var guest = Boot(port);
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port);

        // The driver does not reset the device: QEMU resets the machine.
        guest.Run("touch /tmp/alive");
        guest.Type("reboot -f");
        WaitUntilUp(port, guest);
        guest.Run("test ! -e /tmp/alive");
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port);
        Assert.That(port.Backend.Features.Has(Feature.RingPacked), Is.EqualTo(features != ""));
    }

    [TestCase("", "+RING_PACKED")]
    [TestCase("+RING_PACKED", "")]
    public void Guest_KilledWhileItSends_NextOneIsServed(string features, string otherFeatures)
    {
        var host = new HostEnd(Network);
        var port = AddPort(features);
        var other = AddPort(otherFeatures);
        var guest = Boot(port);
        var otherGuest = Boot(other);
        HostEnd.WaitUntilReached(guest);
        guest.Begin($"ping -i 0.001 {HostEnd.Address} > /dev/null");
        host.Exchange(port);
        guest.Kill();
        port.WaitUntil(x => !x.IsConnected && !x.IsRunning, "left");

        // The other guest on the switch is not affected.
        HostEnd.WaitUntilReached(otherGuest);
        host.Exchange(other);
        var next = Boot(port);
        HostEnd.WaitUntilReached(next);
        host.Exchange(port);
    }

    // QEMU 7.2 reads from the used index of a split ring where to go on. A packed ring has no index in memory, so it cannot go on.
    [Test]
    public void BackEnd_RestartedUnderLiveGuest_GoesOn()
    {
        var host = new HostEnd(Network);
        var port = AddPort("");
        var guest = Boot(port);
        guest.Run("touch /tmp/alive");
        for(var round = 0; round < 3; round++)
        {
            HostEnd.WaitUntilReached(guest);
            host.Exchange(port);
            port.Restart();
            port.WaitUntil(x => x.IsRunning, "found again by QEMU");
        }
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port);
        guest.Run("test -e /tmp/alive");
    }

    [Test]
    public void BackEnd_RestartedUnderPackedRings_GoesOnWithTheNextDriver()
    {
        var host = new HostEnd(Network);
        var port = AddPort("+RING_PACKED");
        var guest = Boot(port);
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port);
        port.Restart();
        port.WaitUntil(x => x.IsConnected, "found again by QEMU");

        guest.Run("echo virtio0 > /sys/bus/virtio/drivers/virtio_net/unbind && test ! -e /sys/class/net/eth0");
        guest.Run("echo virtio0 > /sys/bus/virtio/drivers/virtio_net/bind && netup");
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port);
        Assert.That(port.Backend.Features.Has(Feature.RingPacked), Is.True);
    }
}
