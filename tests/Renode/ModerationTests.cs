// renode-virtio-net, MIT licence: see LICENSE.
// Notifications of a card wait in the virtual time of its machine, also over a snapshot. virtio v1.4-cs01: 5.1.9.5.10.

using System.Buffers.Binary;
using Antmicro.Renode.Core;
using Antmicro.Renode.Time;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class ModerationTests : RenodeFixture
{
    [Test]
    [Rule("NET-141", "H-121")]
    public void Notification_WaitsForItsTime([Values] bool overASnapshot)
    {
        var (machine, control) = Start(5000);
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));
        RunFor(1000);
        if(overASnapshot)
        {
            machine.GoOnWith(SaveAndLoad());
        }
        RunFor(3900);
        Assert.That(Interrupts(control), Is.Zero);
        RunFor(200);
        Assert.That(Interrupts(control), Is.EqualTo(1));
        RunFor(20_000);
        Assert.That(Interrupts(control), Is.EqualTo(1));
    }

    // The second command brings forward what the first has put off, and then nothing is left to do.
    [Test]
    [Rule("NET-141")]
    public void Notification_ThatIsBroughtForward_ComesOnce()
    {
        var (machine, control) = Start(50_000);
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));
        RunFor(1000);
        SetTime(control, 3000);
        RunFor(1900);
        Assert.That(Interrupts(control), Is.Zero);
        RunFor(200);
        Assert.That(Interrupts(control), Is.EqualTo(1));
        RunFor(100_000);
        Assert.That(Interrupts(control), Is.EqualTo(1));
    }

    [Test]
    public void Reset_OfTheMachine_LetsNothingWait()
    {
        var (machine, _) = Start(5000);
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));
        machine.Card.Reset();
        RunFor(20_000);
        var (_, control) = Drive(machine, 5000);
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));
        RunFor(4900);
        Assert.That(Interrupts(control), Is.Zero);
        RunFor(200);
        Assert.That(Interrupts(control), Is.EqualTo(1));
    }

    private static (RenodeMachine Machine, ControlDriver Control) Start(uint microseconds) => Drive(new RenodeMachine(), microseconds);

    private static (RenodeMachine Machine, ControlDriver Control) Drive(RenodeMachine machine, uint microseconds)
    {
        var driver = new VirtioPciDriver(machine);
        driver.Probe();
        driver.Negotiate(NetDriver.AllFeatures.Without(Feature.EventIdx).With(Feature.CtrlVq).With(Feature.NotfCoal).With(Feature.DeviceStats));
        var ring = driver.SetupRing(NetLayout.ReceiveQueue);
        driver.SetupRing(NetLayout.TransmitQueue);
        var control = new ControlDriver(driver, NetLayout.ControlQueue);
        driver.Status |= DeviceStatus.DriverOk;
        SetTime(control, microseconds);
        ring.Add(new Piece(driver.Memory.Allocate(2000), 2000, true));
        driver.Notify(NetLayout.ReceiveQueue);
        return (machine, control);
    }

    private static void SetTime(ControlDriver control, uint microseconds)
    {
        Assert.That(control.Send(ControlLayout.ClassCoalescing, ControlLayout.CoalescingReceiveSet, [.. BitConverter.GetBytes(100), .. BitConverter.GetBytes(microseconds)]), Is.EqualTo(ControlLayout.Ok));
    }

    // rx_interrupts of the basic statistics.
    private static ulong Interrupts(ControlDriver control)
    {
        var result = control.Ask(ControlLayout.ClassStatistics, ControlLayout.StatisticsGet, 56, [.. new byte[8], 1, .. new byte[7]])!;
        return BinaryPrimitives.ReadUInt64LittleEndian(result.AsSpan(8 + 3 * sizeof(ulong)));
    }

    private static void RunFor(ulong microseconds)
    {
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMicroseconds(microseconds));
    }
}
