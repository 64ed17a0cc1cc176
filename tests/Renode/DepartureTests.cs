// renode-virtio-net, MIT licence: see LICENSE.
// When the frames that a card sends leave to Renode's network, and in which order.

using System.Runtime.CompilerServices;
using Antmicro.Renode.Core;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.Time;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class DepartureTests : RenodeFixture
{
    [Test]
    [Rule("H-116", "F-18")]
    public void Frame_SentInAnAccess_LeavesWhenNoCpuRuns([Values] Emulation.EmulationMode mode)
    {
        EmulationManager.Instance.CurrentEmulation.Mode = mode;
        var (machine, driver) = StartCard();
        var left = Watch(machine.Card);

        driver.TrySend(TestFrame(100, 0));
        Assert.That(left, Is.Empty, "the frame left inside of the access");
        Go();
        Assert.That(left, Is.EqualTo(new[] { 0 }));
        Go();
        Assert.That(left, Has.Count.EqualTo(1));
    }

    [Test]
    public void Frame_OverASwitch_ArrivesAtTheEndOfTheQuantumInWhichItWasSent([Values] Emulation.EmulationMode mode)
    {
        EmulationManager.Instance.CurrentEmulation.Mode = mode;
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var (right, receiver) = StartCard("right", "02:00:00:00:00:02");
        Connect(left.Card, right.Card);
        sender.TrySend(TestFrame(100, 1));
        Go();
        Assert.That(receiver.TryReceive(out var frame), Is.True);
        Assert.That(frame, Is.EqualTo(TestFrame(100, 1)));
    }

    [Test]
    public void Frames_OfSeveralCards_LeaveInTheOrderOfTheirTimes()
    {
        var (first, second, left) = StartTwo();
        // The cards send in another order than that of their virtual times.
        At(30, () => first.TrySend(TestFrame(100, 3)));
        At(20, () => second.TrySend(TestFrame(100, 2)));
        At(10, () => first.TrySend(TestFrame(100, 9)));
        At(5, () => second.TrySend(TestFrame(100, 8)));
        Go();
        // The first card sent frame 3 at 30 us, so frame 9, which it sent later, does not leave before, though its thread was at 10 us.
        Assert.That(left, Is.EqualTo(new[] { 2, 8, 3, 9 }));
    }

    [Test]
    public void Frames_OfOneTime_LeaveInTheOrderInWhichTheCardsWereMade()
    {
        var (first, second, left) = StartTwo();
        for(var i = 0; i < 3; i++)
        {
            At(10, () => second.TrySend(TestFrame(100, 10 + i)));
            At(10, () => first.TrySend(TestFrame(100, i)));
        }
        Go();
        Assert.That(left, Is.EqualTo(new[] { 0, 1, 2, 10, 11, 12 }));
    }

    [Test]
    [Rule("H-55")]
    public void FramesOfDeferredWork_AreNotOvertakenByLaterOnesOfTheCard()
    {
        var machine = new RenodeMachine();
        var driver = new NetDriver(machine);
        driver.Start(queueSize: 4);
        var left = Watch(machine.Card);
        SendAndDefer(driver);
        // The deferred work is due in one microsecond, and runs on the thread that moves the time, at the end of the quantum.
        ulong sentBefore = 0;
        machine.Machine.ScheduleAction(TimeInterval.FromMicroseconds(2), _ =>
        {
            sentBefore = machine.Card.TxFrames;
            At(3, () => Offer(driver, 5));
            At(3, () => driver.Transport.Notify(NetLayout.TransmitQueue));
        });
        Go();
        Assert.That(sentBefore, Is.EqualTo(5), "the deferred work has not been done before");
        Assert.That(left, Is.EqualTo(Enumerable.Range(0, 6)));
    }

    [Test]
    public void Frames_WhileACpuStandsInTheMiddleOfItsTime_Wait()
    {
        var (machine, driver) = StartCard();
        var cpu = AddCpu(machine, "cpu");
        var left = new System.Collections.Concurrent.BlockingCollection<int>();
        machine.Card.FrameReady += frame => left.Add(NumberOf(frame));
        var emulation = EmulationManager.Instance.CurrentEmulation;
        cpu.ExecutionMode = ExecutionMode.SingleStep;
        using var blocked = new CountdownEvent(5);
        emulation.MasterTimeSource.BlockHook += () =>
        {
            if(!blocked.IsSet)
            {
                blocked.Signal();
            }
        };
        emulation.StartAll();
        driver.TrySend(TestFrame(100, 1));
        Assert.That(blocked.Wait(Patience), Is.True);
        blocked.Reset();
        Assert.That(blocked.Wait(Patience), Is.True);
        Assert.That(left, Is.Empty, "it left before the CPU had done its part");

        cpu.ExecutionMode = ExecutionMode.Continuous;
        Assert.That(left.TryTake(out var number, Patience), Is.True);
        Assert.That(number, Is.EqualTo(1));
        emulation.PauseAll();
    }

    [Test]
    [Rule("H-121")]
    public void Frames_WaitingWhenASnapshotIsMade_LeaveInTheirOrderAfterIt()
    {
        var (first, second, _) = StartTwo();
        At(30, () => first.TrySend(TestFrame(100, 3)));
        At(20, () => second.TrySend(TestFrame(100, 2)));
        At(40, () => second.TrySend(TestFrame(100, 4)));
        Reload();
        var left = new List<int>();
        foreach(var machine in EmulationManager.Instance.CurrentEmulation.Machines.ToArray())
        {
            new RenodeMachine(machine).Card.FrameReady += frame => left.Add(NumberOf(frame));
        }
        // Among frames of one time, those of a card made later leave after those of the snapshot's cards.
        var (third, thirdDriver) = StartCard("third", "02:00:00:00:00:03");
        third.Card.FrameReady += frame => left.Add(NumberOf(frame));
        At(20, () => thirdDriver.TrySend(TestFrame(100, 5)));
        Go();
        Assert.That(left, Is.EqualTo(new[] { 2, 5, 3, 4 }));
        Go();
        Assert.That(left, Has.Count.EqualTo(4));
    }

    [Test]
    public void Frames_MoreThanAreKept_AreCountedAndTheNextOnesLeaveAgain()
    {
        var (machine, driver) = StartCard();
        var left = Watch(machine.Card);
        var refused = 0;
        var lines = CountWarnings(() => refused = SendTooMany(machine, driver));
        Assert.That(refused, Is.InRange(1, 10_000));
        Assert.That(lines, Is.InRange(1, 20));
        Go();
        Assert.That(left, Is.EqualTo(Enumerable.Range(0, TooMany - refused)));
        driver.TrySend(TestFrame(1500, -1));
        Go();
        Assert.That(left[^1], Is.EqualTo(-1));
        // As many are refused again after these have left, and again after the card was taken out and put back.
        Assert.That(SendTooMany(machine, driver), Is.EqualTo(refused));
        machine.Host.Unregister(machine.Card);
        machine.Host.Register(machine.Card, new PciRegistration(PciMachine.CardSlot));
        driver = new NetDriver(machine);
        driver.Start();
        Assert.That(SendTooMany(machine, driver), Is.EqualTo(refused));
    }

    // How many of too many frames are refused.
    private static int SendTooMany(RenodeMachine machine, NetDriver driver)
    {
        var before = Refused(machine);
        for(var i = 0; i < TooMany; i++)
        {
            Assert.That(driver.TrySend(TestFrame(1500, i)), Is.True);
        }
        return Refused(machine) - before;
    }

    private static int Refused(RenodeMachine machine) => int.Parse(Counter(machine, "TxDropRefused"), System.Globalization.CultureInfo.InvariantCulture);

    // Frames of 1500 bytes.
    private const int TooMany = (64 << 20) / 1500;

    [Test]
    [Rule("H-55")]
    public void DeferredWork_AskedForAgainAndAgain_IsOneActionOfRenodes()
    {
        var machine = new RenodeMachine();
        var driver = new NetDriver(machine);
        driver.Start(queueSize: 4);
        var before = machine.Machine.ClockSource.GetAllClockEntries().Count();
        for(var i = 0; i < 10; i++)
        {
            SendAndDefer(driver);
            driver.Transport.Notify(NetLayout.TransmitQueue);
            while(driver.Transmit.TryTakeUsed(out _))
            {
            }
        }
        Assert.That(machine.Machine.ClockSource.GetAllClockEntries().Count(), Is.EqualTo(before + 1));
    }

    [Test]
    [Rule("H-120")]
    public void Card_TakenOutWithFramesWaiting_SendsNoneOfThemAndIsForgotten()
    {
        var machine = new RenodeMachine();
        var card = SendAndUnplug(machine, out var left);
        Go();
        Assert.That(left, Is.Empty);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(card.IsAlive, Is.False, "something still holds the card");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference SendAndUnplug(RenodeMachine machine, out List<int> left)
    {
        var added = new VirtioNetPci(machine.Machine, "02:00:00:00:00:07");
        machine.Host.Register(added, new PciRegistration(2));
        machine.Machine.SetLocalName(added, "net1");
        left = Watch(added);
        var driver = new NetDriver(new VirtioPciDriver(machine, 2));
        driver.Start(queueSize: 4);
        SendAndDefer(driver);
        machine.Host.Unplug("net1");
        return new WeakReference(added);
    }

    private static (NetDriver First, NetDriver Second, List<int> Left) StartTwo()
    {
        var (first, firstDriver) = StartCard("first", "02:00:00:00:00:01");
        var (second, secondDriver) = StartCard("second", "02:00:00:00:00:02");
        var left = Watch(first.Card);
        second.Card.FrameReady += frame => left.Add(NumberOf(frame));
        return (firstDriver, secondDriver, left);
    }

    private static List<int> Watch(VirtioNetCard card)
    {
        var left = new List<int>();
        card.FrameReady += frame => left.Add(NumberOf(frame));
        return left;
    }

    private static int NumberOf(EthernetFrame frame) => BitConverter.ToInt32(frame.UnderlyingPacket.Bytes, 14);
}
