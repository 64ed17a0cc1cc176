// renode-virtio-net, MIT licence: see LICENSE.
// The card without PCI through Renode's bus, driven as a guest drives it.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Time;
using Antmicro.Renode.Tools.Network;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class MmioCardTests : RenodeFixture
{
    [TestCase(null, 1500, 256, 3, "version is 3; it must be 2, or 1 for legacy drivers")]
    [TestCase(null, 1500, 256, 0, "version is 0")]
    [TestCase("hello", 1500, 256, 2, "it must be a unicast address")]
    [TestCase("01:00:5e:00:00:01", 1500, 256, 2, "it must be a unicast address")]
    [TestCase(null, 67, 256, 1, "68 to 65535")]
    [Rule("H-122")]
    public void Card_BadValue_SaysWhatIsAllowed(string? mac, int mtu, int queueSize, int version, string message)
    {
        var machine = new Machine();
        Assert.That((Action)(() => _ = new VirtioNetMmio(machine, mac, mtu, queueSize, version)),
            Throws.TypeOf<ConstructionException>().With.Message.Contains(message));
    }

    [Test]
    [Rule("MMIO-13", "H-101")]
    public void Registers_OverTheBus_AnswerTheirOwnWidthsOnly()
    {
        var machine = new RenodeMmioMachine();
        Assert.That(machine.Load(MmioMachine.CardBase, 4), Is.EqualTo(0x7472_6976));
        Assert.That(machine.Load(MmioMachine.CardBase, 8), Is.EqualTo(0x2_7472_6976));
        Assert.That(machine.Load(MmioMachine.CardBase, 2), Is.Zero);
        Assert.That(machine.Load(MmioMachine.CardBase, 1), Is.Zero);
        foreach(var width in new[] { 1, 2, 8 })
        {
            machine.Store(MmioMachine.CardBase + MmioReg.Status, width, 1);
            Assert.That(machine.Load(MmioMachine.CardBase + MmioReg.Status, 4), Is.Zero, $"width {width}");
        }
        machine.Store(MmioMachine.CardBase + MmioReg.Status, 4, 1);
        Assert.That(machine.Load(MmioMachine.CardBase + MmioReg.Status, 4), Is.EqualTo(1));
        var config = MmioMachine.CardBase + MmioReg.Config;
        Assert.That(new[] { 1, 2, 4, 8 }.Select(x => machine.Load(config + 4, x)),
            Is.EqualTo(new ulong[] { 0, 0x100, 0x0001_0100, 0x05DC_0000_0001_0100 }), "MAC, status, pairs, mtu");
    }

    [Test]
    [Rule("MMIO-14", "MMIO-03")]
    public void Interrupt_IsUpUntilItIsAcknowledged([Values(1, 2)] int version)
    {
        var (machine, driver) = Start(version);
        Assert.That(machine.Card.IRQ.IsSet, Is.False);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(machine.Card.IRQ.IsSet, Is.True);
        Assert.That(driver.Transport.ReadIsr(), Is.EqualTo(1));
        Assert.That(machine.Card.IRQ.IsSet, Is.False);
        machine.Card.LinkUp = false;
        Assert.That(machine.Card.IRQ.IsSet, Is.True);
        Assert.That(driver.Transport.ReadIsr(), Is.EqualTo(2));
    }

    [Test]
    [Rule("H-121")]
    public void Card_SavedAndLoaded_GoesOnWithTheSameRings([Values(1, 2)] int version)
    {
        var (machine, driver) = Start(version);
        for(var i = 0; i < 300; i++)
        {
            Assert.That(driver.TrySend(TestFrame(100, i)), Is.True);
        }
        driver.Transport.ReadIsr();
        machine.Card.ReceiveFrame(Wrap(TestFrame(90, 1)));

        machine.GoOnWith(SaveAndLoad());
        byte[]? seen = null;
        machine.Card.FrameReady += frame => seen = frame.UnderlyingPacket.Bytes;

        Assert.That(machine.Card.TxFrames, Is.EqualTo(300));
        Assert.That(machine.Card.IRQ.IsSet, Is.True, "the interrupt stands");
        Assert.That(driver.Transport.ReadIsr(), Is.EqualTo(1));
        Assert.That(machine.Card.IRQ.IsSet, Is.False);
        Assert.That(driver.TryReceive(out var waiting), Is.True);
        Assert.That(waiting, Is.EqualTo(TestFrame(90, 1)));
        var sent = TestFrame(120, 300);
        Assert.That(driver.TrySend(sent), Is.True);
        Go();
        Assert.That(seen, Is.EqualTo(sent));
    }

    [Test]
    [Rule("H-55", "H-121")]
    public void DeferredWork_IsDoneLater([Values(1, 2)] int version, [Values] bool afterASnapshot)
    {
        var machine = new RenodeMmioMachine(version: version);
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start(queueSize: 4);
        SendAndDefer(driver);
        if(afterASnapshot)
        {
            machine = new RenodeMmioMachine(SaveAndLoad());
        }
        Assert.That(machine.Card.TxFrames, Is.EqualTo(4));
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
        Assert.That(machine.Card.TxFrames, Is.EqualTo(5));
    }

    [Test]
    [Rule("BASE-13", "H-107")]
    public void MachineReset_BringsBackTheCard([Values(1, 2)] int version)
    {
        var (machine, _) = Start(version);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        machine.Card.Reset();
        Assert.That(machine.Card.DeviceStatus, Is.EqualTo("None"));
        Assert.That(machine.Card.IRQ.IsSet, Is.False);
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start();
        Assert.That(driver.TrySend(TestFrame(100, 0)), Is.True);
        Assert.That(machine.Card.TxFrames, Is.EqualTo(1));
    }

    [TestCase(1, true)]
    [TestCase(2, true)]
    [TestCase(2, false)]
    [Rule("H-120", "F-17")]
    public void Card_UnregisteredWithWorkInHand_IsSilentAtOnceAndComesBackAsNew(int version, bool throughTheBus)
    {
        var machine = new RenodeMmioMachine(version: version);
        var card = machine.Card;
        var controller = new InterruptInputs();
        machine.Machine.SystemBus.Register(controller, new BusPointRegistration(0x0B00_0000));
        card.IRQ.Connect(controller, 3);
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start(queueSize: 4);
        var left = 0;
        card.FrameReady += _ => left++;
        SendAndDefer(driver);
        card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(controller.Level[3], Is.True);

        if(throughTheBus)
        {
            machine.Machine.SystemBus.Unregister(card);
        }
        else
        {
            machine.Machine.UnregisterFromParent(card);
        }
        Assert.That(controller.Level[3], Is.False, "its interrupt");
        Assert.That(card.DeviceStatus, Is.EqualTo("None"));
        card.ReceiveFrame(Wrap(TestFrame(100, 1)));
        card.LinkUp = false;
        card.LinkUp = true;
        Go();
        Go();
        Assert.That((left, card.TxFrames, driver.Transmit.TryTakeUsed(out _)), Is.EqualTo((0, 4UL, false)), "frames on the wire, sent, used by the deferred work");

        machine.Machine.SystemBus.Register(card, new BusPointRegistration(MmioMachine.CardBase));
        driver = new NetDriver(new MmioDriver(machine));
        driver.Start();
        Assert.That(driver.TrySend(TestFrame(100, 2)), Is.True);
        Go();
        Assert.That(left, Is.EqualTo(1));
        card.ReceiveFrame(Wrap(TestFrame(90, 3)));
        Assert.That(driver.TryReceive(out _), Is.True);
    }

    [Test]
    public void Line_ThatIsDownWhenTheCardIsUnregistered_IsLeftToTheOthersThatDriveIt()
    {
        var (machine, driver) = Start(MmioLayout.ModernVersion);
        var controller = new InterruptInputs();
        machine.Machine.SystemBus.Register(controller, new BusPointRegistration(0x0B00_0000));
        machine.Card.IRQ.Connect(controller, 3);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        driver.Transport.ReadIsr();
        controller.OnGPIO(3, true);
        machine.Machine.SystemBus.Unregister(machine.Card);
        Assert.That(controller.Level[3], Is.True);
    }

    [Test]
    public void Frames_OverASwitch_ReachACardOnPci([Values(1, 2)] int version)
    {
        var (left, onMmio) = Start(version);
        var (right, onPci) = StartCard("right", "02:00:00:00:00:02");
        Connect(left.Card, right.Card);
        for(var i = 0; i < 20; i++)
        {
            Assert.That(onMmio.TrySend(TestFrame(100 + i, i)), Is.True);
            Assert.That(onPci.TrySend(TestFrame(200 + i, i)), Is.True);
        }
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
        for(var i = 0; i < 20; i++)
        {
            Assert.That(onPci.TryReceive(out var frame), Is.True, $"frame {i}");
            Assert.That(frame, Is.EqualTo(TestFrame(100 + i, i)));
            Assert.That(onMmio.TryReceive(out frame), Is.True, $"frame {i}");
            Assert.That(frame, Is.EqualTo(TestFrame(200 + i, i)));
        }
    }

    [Test]
    [Rule("H-15", "H-111")]
    public void Buffer_AimedAtTheCardsOwnRegisters_ParksIt()
    {
        var (machine, driver) = Start(MmioLayout.ModernVersion);
        driver.Transmit.Add(new Piece(MmioMachine.CardBase, 128, false));
        driver.Transport.Notify(NetLayout.TransmitQueue);
        Assert.That(driver.Transport.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.NeedsReset));
        Assert.That(machine.Card.TxFrames, Is.Zero);
    }

    [Test]
    [Rule("H-113")]
    public void Card_ThatFails_ParksUntilReset()
    {
        var (machine, driver) = Start(MmioLayout.ModernVersion);
        machine.Card.Fail(new InvalidOperationException("a defect of the card"));
        Assert.That(driver.Transport.Status & DeviceStatus.NeedsReset, Is.EqualTo(DeviceStatus.NeedsReset));
        driver = new NetDriver(new MmioDriver(machine));
        driver.Start();
        Assert.That(driver.TrySend(TestFrame(100, 0)), Is.True);
        Assert.That(machine.Card.TxFrames, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-115")]
    public void Storm_OfMisuse_LeavesFewLinesInTheLog()
    {
        var machine = new RenodeMmioMachine();
        var lines = CountWarnings(() =>
        {
            for(var i = 0; i < 100_000; i++)
            {
                machine.Store(MmioMachine.CardBase + MmioReg.QueueNotify, 4, uint.MaxValue);
            }
        });
        Assert.That(lines, Is.InRange(1, 20));
    }

    private static (RenodeMmioMachine Machine, NetDriver Driver) Start(int version)
    {
        var machine = new RenodeMmioMachine(version: version);
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start();
        return (machine, driver);
    }
}
