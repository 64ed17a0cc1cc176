// renode-virtio-net, MIT licence: see LICENSE.
// MachineGuard, by which every access to a device goes: the access runs with the machine's lock held; the errands that it leaves,
// such as messages and changes of interrupt lines, are done in their order after the lock is released.

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode;

public sealed class MachineGuardTests : RenodeFixture
{
    [Test]
    [Rule("H-116")]
    public void Access_OfAnotherThread_WaitsForTheOneUnderWay()
    {
        var guard = MakeGuard();
        var order = new List<string>();
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var first = new Thread(() => Run(guard, () =>
        {
            inside.Set();
            goOn.Wait();
            order.Add("first");
        }));
        first.Start();
        inside.Wait();
        var second = new Thread(() => Run(guard, () => order.Add("second")));
        second.Start();
        Assert.That(SpinWait.SpinUntil(() => second.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience), Is.True);
        goOn.Set();
        first.Join();
        second.Join();
        Assert.That(order, Is.EqualTo(new[] { "first", "second" }));
    }

    [Test]
    [Rule("H-116")]
    public void Errand_FindsTheLockFree()
    {
        var guard = MakeGuard();
        var reached = false;
        Run(guard, () => guard.After(() => reached = OnAnotherThread(() => Run(guard, () => { }))));
        Assert.That(reached, Is.True);
    }

    [Test]
    public void Errands_OfNestedAccessesAndOfErrands_KeepTheirOrder()
    {
        var guard = MakeGuard();
        var done = new List<string>();
        Run(guard, () =>
        {
            guard.After(() =>
            {
                done.Add("1");
                // Such as a message to a device that then writes to a card of ours.
                Run(guard, () => guard.After(() => done.Add("4")));
                done.Add("2");
            });
            // Such as a hook on an interrupt line that reads a register.
            Run(guard, () => guard.After((address, data) => done.Add($"{address}{data}"), 3, 3));
            Assert.That(done, Is.Empty, "the lock is held");
        });
        Assert.That(done, Is.EqualTo(new[] { "1", "2", "33", "4" }));
    }

    [Test]
    public void Errand_WithoutAnAccess_IsDoneAtOnce()
    {
        var guard = MakeGuard();
        var done = false;
        guard.After(() => done = true);
        Assert.That(done, Is.True);
    }

    [Test]
    [Rule("H-113")]
    public void AccessThatThrows_Fails_AndItsErrandsAreDoneAllTheSame()
    {
        var guard = MakeGuard();
        var done = new List<string>();
        var result = guard.Run(0,
            _ =>
            {
                guard.After(() => done.Add("errand"));
                throw new InvalidOperationException("broken");
            },
            (_, e) =>
            {
                done.Add(e.Message);
                return 7UL;
            });
        Assert.That(result, Is.EqualTo(7));
        Assert.That(done, Is.EqualTo(new[] { "broken", "errand" }));
    }

    [Test]
    [Rule("H-113")]
    public void FailureThatFails_AndErrandThatThrows_GoNoFurther()
    {
        var guard = MakeGuard();
        var errors = CountLines(LogLevel.Error, () =>
        {
            guard.Run(0, _ => throw new InvalidOperationException("first"), (_, _) => throw new InvalidOperationException("second"));
            Run(guard, () => guard.After(() => throw new InvalidOperationException("errand")));
        });
        Assert.That(errors, Is.EqualTo(2));
        var done = false;
        Run(guard, () => guard.After(() => done = true));
        Assert.That(done, Is.True);
    }

    [Test]
    public void Devices_OfOneMachine_ShareTheGuardAndThoseOfOthersDoNot()
    {
        var first = new RenodeMachine("first", "02:00:00:00:00:01").Machine;
        var second = new RenodeMachine("second", "02:00:00:00:00:02").Machine;
        Assert.That(GuestMachine.Of(first).Guard, Is.SameAs(GuestMachine.Of(first).Guard));
        Assert.That(GuestMachine.Of(first).Guard, Is.Not.SameAs(GuestMachine.Of(second).Guard));
    }

    [Test]
    [Rule("H-121")]
    public void Devices_AddedAfterASnapshotWasLoaded_ShareTheGuardWithTheOthers()
    {
        _ = new RenodeMachine();
        var loaded = new RenodeMachine(SaveAndLoad());
        new NetDriver(loaded).Start();
        // The guard that a device added now would get.
        var guard = GuestMachine.Of(loaded.Machine).Guard;
        var done = false;
        var doneInside = false;
        ((GPIO)loaded.Host.Connections[1]).AddStateChangedHook(level =>
        {
            // The guard of the card that drives the line is held, so an errand has to wait, if it is the same guard.
            guard.After(() => done = true);
            doneInside = done;
        });
        loaded.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That((doneInside, done), Is.EqualTo((false, true)));
    }

    [Test]
    [Rule("H-113")]
    public void InterruptController_ThatThrows_LosesTheInterruptAndNothingElse()
    {
        var (machine, driver) = StartCard();
        ((GPIO)machine.Host.Connections[1]).AddStateChangedHook(_ => throw new InvalidOperationException("a broken interrupt controller"));
        Assert.That((Action)(() => machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)))), Throws.Nothing);
        Assert.That(driver.Pci.Status & Spec.DeviceStatus.NeedsReset, Is.EqualTo(Spec.DeviceStatus.NeedsReset));
    }

    [Test]
    public void Writes_AreToldToTheEndpointThatTookThemAndToNoOther()
    {
        var machine = new RenodeMachine();
        var touched = new BrokenEndpoint { IsBroken = false };
        var other = new BrokenEndpoint { IsBroken = false };
        machine.Host.Register(touched, new PciRegistration(3));
        machine.Host.Register(other, new PciRegistration(4));
        machine.WriteConfig(4, 2, 7, 3, 0);
        machine.ReadConfig(4, 2, 3, 0);
        machine.WriteConfig(4, 2, 7, 5, 0);
        Assert.That((touched.Writes, other.Writes), Is.EqualTo((1, 0)));
    }

    private static MachineGuard MakeGuard()
    {
        var machine = new Machine();
        EmulationManager.Instance.CurrentEmulation.AddMachine(machine, "machine");
        return GuestMachine.Of(machine).Guard;
    }

    private static void Run(MachineGuard guard, Action what)
    {
        guard.Run(what,
            static x =>
            {
                x();
                return 0;
            },
            static (_, e) => throw e);
    }
}
