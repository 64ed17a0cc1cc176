// renode-virtio-net, MIT licence: see LICENSE.
// The device asks its driver to announce itself. virtio v1.4-cs01: 5.1.9.5.4 "Gratuitous Packet Sending".

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class AnnounceTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("NET-17", "NET-112")]
    public void Announce_ShowsInStatusUntilTheDriverHasSeenIt([Values] bool linkUp)
    {
        var driver = MakeDriver().Start(All);
        driver.Machine.Device.LinkUp = linkUp;
        driver.Pci.ReadIsr();
        var link = linkUp ? NetLayout.StatusLinkUp : 0;
        var generation = driver.Pci.Common(CommonCfg.ConfigGeneration, 1);

        Assert.That(driver.Machine.Device.Announce(), Is.True);

        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigStatus, 2), Is.EqualTo(link | NetLayout.StatusAnnounce));
        Assert.That(driver.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));
        Assert.That(driver.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.Not.EqualTo(generation));
        generation = driver.Pci.Common(CommonCfg.ConfigGeneration, 1);

        // The bit is gone at the time when the driver is told that the command was used.
        driver.Control.Offer(ControlLayout.ClassAnnounce, ControlLayout.AnnounceAck);
        driver.Kick(driver.Control.Ring);
        Assert.That(driver.Control.Ring.TryTakeUsed(out _), Is.True);
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigStatus, 2), Is.EqualTo(link));
        Assert.That(driver.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.Not.EqualTo(generation));
        Assert.That(driver.Pci.ReadIsr() & PciLayout.IsrConfig, Is.Zero);
    }

    [Test]
    [Rule("NET-112")]
    public void Announce_OfADriverThatCannot_DoesNothing([Values] bool isStarted)
    {
        var driver = MakeDriver();
        if(isStarted)
        {
            driver.Start(All.Without(Feature.GuestAnnounce));
        }
        else
        {
            driver.Transport.Probe();
            driver.Transport.Negotiate(All);
        }

        Assert.That((driver.Machine.Device.CanAnnounce, driver.Machine.Device.Announce()), Is.EqualTo((false, false)));

        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigStatus, 2), Is.EqualTo(NetLayout.StatusLinkUp));
        Assert.That(driver.Pci.ReadIsr(), Is.Zero);
    }

    [Test]
    [Rule("NET-112", "NET-17")]
    public void Announce_OfADriverThatIsGone_IsForgotten()
    {
        var driver = MakeDriver().Start(All);
        driver.Machine.Device.Announce();

        driver.Start(All);

        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigStatus, 2), Is.EqualTo(NetLayout.StatusLinkUp));
    }

    private static readonly FeatureSet All = NetDriver.AllFeatures.With(Feature.CtrlVq).With(Feature.GuestAnnounce);
}
