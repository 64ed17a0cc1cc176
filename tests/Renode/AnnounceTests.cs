// renode-virtio-net, MIT licence: see LICENSE.
// When a card asks its driver to announce itself: on a command, after the link has come up, after a snapshot was loaded.
// virtio v1.4-cs01: 5.1.9.5.4.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Time;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class AnnounceTests : RenodeFixture
{
    [Test]
    [Rule("NET-17")]
    public void Announce_InTheMonitor_AsksTheDriver()
    {
        var (machine, driver) = Start();

        machine.Card.Announce();

        Assert.That(IsAsked(driver), Is.True);
    }

    [Test]
    [Rule("NET-17")]
    public void Announce_WithoutADriverThatCan_IsRefusedWithTheReason()
    {
        var (machine, _) = StartCard();

        Assert.That((Action)machine.Card.Announce, Throws.TypeOf<RecoverableException>().With.Message.Contains("GUEST_ANNOUNCE"));
    }

    // The link first, and some time later the request: else Linux would announce itself before it uses the link.
    [Test]
    [Rule("NET-17")]
    public void Link_ThatComesUp_IsFollowedByTheRequest()
    {
        var (machine, driver) = Start();
        machine.Card.LinkUp = false;
        RunFor(200);
        Assert.That(IsAsked(driver), Is.False);

        machine.Card.LinkUp = true;

        Assert.That(IsAsked(driver), Is.False);
        RunFor(200);
        Assert.That(IsAsked(driver), Is.True);
    }

    [Test]
    [Rule("NET-17", "H-121")]
    public void Snapshot_Loaded_IsFollowedByTheRequestIfItIsWanted([Values] bool wanted)
    {
        var (machine, driver) = Start();
        machine.Card.AnnounceAfterLoad = wanted;
        RunFor(200);
        Assert.That(IsAsked(driver), Is.False);

        machine.GoOnWith(SaveAndLoad());
        RunFor(200);

        Assert.That(machine.Card.AnnounceAfterLoad, Is.EqualTo(wanted));
        Assert.That(IsAsked(driver), Is.EqualTo(wanted));
    }

    private static (RenodeMachine Machine, NetDriver Driver) Start()
    {
        var machine = new RenodeMachine();
        var driver = new NetDriver(machine);
        driver.Start(NetDriver.AllFeatures.With(Feature.CtrlVq).With(Feature.GuestAnnounce));
        return (machine, driver);
    }

    private static bool IsAsked(NetDriver driver)
    {
        return (driver.Transport.DeviceConfig(NetLayout.ConfigStatus, 2) & NetLayout.StatusAnnounce) != 0;
    }

    private static void RunFor(ulong milliseconds)
    {
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(milliseconds));
    }
}
