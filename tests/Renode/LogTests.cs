// renode-virtio-net, MIT licence: see LICENSE.
// What a card writes to Renode's log, and how often.

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Reports;

namespace VirtioNet.Tests.Renode;

public sealed class LogTests : RenodeFixture
{
    [Test]
    [Rule("H-115")]
    public void Misuse_OfOneRule_IsSaidTheFirstSecondFourthTimeWithTheCount()
    {
        var log = new ReportLog(new RenodeMachine().Card);
        var lines = LinesOf(LogLevel.Warning, () =>
        {
            for(uint i = 1; i <= 7; i++)
            {
                log.Misuse(new Rule("a rule", "somewhere"), 0x10, i, i == 4 ? "a subject" : "");
            }
            log.Misuse(new Rule("another rule", "somewhere"), 1, 2);
        });
        Assert.That(lines, Is.EqualTo(new[]
        {
            "a rule (0x10, 0x1)",
            "a rule (0x10, 0x2) [2 times so far]",
            "a subject: a rule (0x10, 0x4) [4 times so far]",
            "another rule (0x1, 0x2)",
        }));
    }

    [Test]
    [Rule("H-115", "H-121")]
    public void Misuse_AfterASnapshot_IsCountedOn()
    {
        var (machine, driver) = StartCard();
        for(var i = 0; i < 3; i++)
        {
            driver.Pci.Common(0x3D, 1, 0);
        }
        machine.GoOnWith(SaveAndLoad());
        var lines = LinesOf(LogLevel.Warning, () => driver.Pci.Common(0x3D, 1, 0));
        Assert.That(lines, Has.Count.EqualTo(1));
        Assert.That(lines[0], Does.EndWith("[4 times so far]"));
    }

    [Test]
    public void Card_WhoseDriverStartsAndStops_SaysEachStepOnce([Values] bool mmio)
    {
        var transport = mmio ? new MmioDriver(new RenodeMmioMachine()) : (IVirtioDriver)new VirtioPciDriver(new RenodeMachine());
        var driver = new NetDriver(transport);
        var steps = LinesOf(LogLevel.Debug, () =>
        {
            driver.Start();
            transport.Status = Spec.DeviceStatus.None;
        });
        Assert.That(steps.Where(x => x.StartsWith("device_status", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "device_status: Acknowledge", "device_status: Acknowledge, Driver", "device_status: Acknowledge, Driver, FeaturesOk",
            "device_status: Acknowledge, Driver, DriverOk, FeaturesOk", "device_status: None",
        }));
        for(var i = 0; i < 2; i++)
        {
            var info = LinesOf(LogLevel.Info, () =>
            {
                driver.Start();
                driver.TrySend(TestFrame(100, 0));
            });
            Assert.That(info.Where(x => x.StartsWith("The driver runs the card with features 0x1", StringComparison.Ordinal)).ToArray(), Has.Length.EqualTo(1));
        }
    }

    [Test]
    [Rule("H-113")]
    public void Card_ThatFailsOrParks_SaysSoOnce()
    {
        var (machine, driver) = StartCard();
        var errors = LinesOf(LogLevel.Error, () => machine.Card.Fail(new InvalidOperationException("what")));
        Assert.That(errors, Has.Count.EqualTo(2));
        Assert.That(errors[0], Does.StartWith("Defect in the virtio-net card, please report it: System.InvalidOperationException: what"));
        Assert.That(errors[1], Is.EqualTo("The device is parked until the driver resets it: InvalidOperationException in the card"));
        Assert.That(CountLines(LogLevel.Error, () => driver.TrySend(TestFrame(100, 0))), Is.Zero);
    }
}
