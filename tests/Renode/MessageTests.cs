// renode-virtio-net, MIT licence: see LICENSE.
// MSI-X messages on a Renode machine: through the bus to a doorbell, and nowhere they must not go.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.IRQControllers;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class MessageTests : RenodeFixture
{
    [Test]
    [Rule("PCI-69")]
    public void Message_ToTheDoorbell_PulsesItsInterrupt()
    {
        var (machine, driver, msix) = Start();
        var frame = new GicV2mFrame(firstSpi: 16, count: 4);
        machine.Machine.SystemBus.Register(frame, new BusPointRegistration(DoorbellBase));
        var edges = 0;
        ((GPIO)frame.Connections[2]).AddStateChangedHook(level => edges += level ? 1 : 0);
        Assert.That(machine.Bus.ReadDoubleWord(DoorbellBase + 8), Is.EqualTo((48U << 16) | 4));

        msix.Program(1, DoorbellBase + 0x40, 50);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(edges, Is.EqualTo(1));
        Assert.That(frame.Connections[2].IsSet, Is.False);
        Assert.That(machine.Host.Connections.Values.Any(x => x.IsSet), Is.False, "INTx must be silent while MSI-X is enabled");
        Assert.That(driver.TryReceive(out _), Is.True);
    }

    [Test]
    [Rule("H-58", "H-111")]
    public void Message_AimedAtTheBusItself_IsRefused()
    {
        var (machine, driver, msix) = Start();
        // The notification area of BAR 4: a message there would ring the doorbell of the transmit queue.
        msix.Program(1, driver.Pci.BarAddresses[4] + 0x3004, 1);
        var lines = CountWarnings(() => machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0))));
        Assert.That(lines, Is.EqualTo(1));
        Assert.That(driver.TryReceive(out _), Is.True);
    }

    [Test]
    [Rule("H-58", "H-111", "F-18")]
    public void Message_AimedAtAnMmioCard_IsRefused()
    {
        var (machine, driver, msix) = Start();
        var (neighbour, onMmio) = AddMmioCard(machine);
        Offer(onMmio, 1);
        msix.Program(1, MmioMachine.CardBase + MmioReg.QueueNotify, NetLayout.TransmitQueue);
        var lines = CountWarnings(() => machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0))));
        Assert.That(lines, Is.EqualTo(1));
        Assert.That(neighbour.TxFrames, Is.Zero, "the message has rung the doorbell");
        Assert.That(driver.TryReceive(out _), Is.True);
        onMmio.Transport.Notify(NetLayout.TransmitQueue);
        Assert.That(neighbour.TxFrames, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-111", "H-116", "F-18")]
    public void Traffic_WithMessagesAimedAtCardsAndMachinesInTheirOwnTime_NeverStands([Values] Emulation.EmulationMode mode)
    {
        var emulation = EmulationManager.Instance.CurrentEmulation;
        emulation.Mode = mode;
        var (left, onPci, msix) = Start("left", "02:00:00:00:00:01");
        var (neighbour, onMmio) = AddMmioCard(left);
        msix.Program(1, MmioMachine.CardBase + MmioReg.QueueNotify, NetLayout.TransmitQueue);
        var (right, onRight, back) = Start("right", "02:00:00:00:00:02");
        back.Program(1, RenodeMachine.EcamBase, 0);
        Connect(left.Card, neighbour, right.Card);
        emulation.StartAll();
        // Each thread does what a CPU of its machine would do.
        var guests = new[] { Send(onPci, 1), Send(onMmio, 2), Send(onRight, 3) };
        Assert.That(guests.All(x => x.Join(Patience)), Is.True, "a machine stands still");
        emulation.PauseAll();
        Assert.That(right.Card.RxFrames, Is.GreaterThan(0));

        static Thread Send(NetDriver driver, int number)
        {
            var thread = new Thread(() =>
            {
                for(var i = 0; i < 2000; i++)
                {
                    driver.TrySend(TestFrame(100, number));
                    while(driver.TryReceive(out _))
                    {
                    }
                }
            }) { IsBackground = true };
            thread.Start();
            return thread;
        }
    }

    [Test]
    [Rule("H-116")]
    public void Message_IsWrittenWithTheCardsLockFree()
    {
        var (machine, _, msix) = Start();
        var reached = false;
        var target = new Target(() => reached = OnAnotherThread(() => machine.ReadConfig(0, 4, PciMachine.CardSlot, 0)));
        machine.Machine.SystemBus.Register(target, new BusPointRegistration(DoorbellBase));
        msix.Program(1, DoorbellBase + 0x40, 7);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(reached, Is.True);
    }

    [Test]
    [Rule("H-58")]
    public void Message_AimedAtMemory_IsWrittenThere()
    {
        var (machine, _, msix) = Start();
        msix.Program(1, RenodeMachine.RamBase + 0x40_0000, 0xCAFE);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(machine.Bus.ReadDoubleWord(RenodeMachine.RamBase + 0x40_0000), Is.EqualTo(0xCAFE));
    }

    [Test]
    [Rule("H-113")]
    public void Message_ThatItsTargetThrowsAt_IsLostAloneAndTheNextOneGoes()
    {
        var (machine, driver, msix) = Start();
        var writes = 0;
        var target = new Target(() =>
        {
            writes++;
            if(writes == 1)
            {
                throw new InvalidOperationException("a broken doorbell");
            }
        });
        machine.Machine.SystemBus.Register(target, new BusPointRegistration(DoorbellBase));
        msix.Program(1, DoorbellBase + 0x40, 7);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(driver.TryReceive(out _), Is.True);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 1)));
        Assert.That(writes, Is.EqualTo(2));
    }

    [Test]
    [Rule("H-115")]
    public void Storm_OfMessagesAndAccessesThatTheDoorbellDoesNotKnow_LeavesFewLinesInTheLog()
    {
        var machine = new RenodeMachine();
        var frame = new GicV2mFrame(firstSpi: 16, count: 4);
        machine.Machine.SystemBus.Register(frame, new BusPointRegistration(DoorbellBase));
        var lines = CountWarnings(() =>
        {
            for(uint i = 0; i < 10_000; i++)
            {
                machine.Bus.WriteDoubleWord(DoorbellBase + 0x40, i < 48 ? i : i + 4);
                machine.Bus.WriteDoubleWord(DoorbellBase + 0x44, i);
                machine.Bus.ReadDoubleWord(DoorbellBase + 0x48);
            }
        });
        Assert.That(lines, Is.InRange(2, 40));
        Assert.That(frame.Connections.Values.Any(x => x.IsSet), Is.False);
    }

    [TestCase(16, 4, new uint[] { 48, 49, 50, 51 }, new uint[] { 0, 16, 19, 47, 52, uint.MaxValue })]
    [TestCase(0, 1, new uint[] { 32 }, new uint[] { 0, 31, 33 })]
    [TestCase(987, 1, new uint[] { 1019 }, new uint[] { 1018, 1020 })]
    public void Doorbell_RungForAnInterrupt_PulsesThatAloneOrNone(int firstSpi, int count, uint[] own, uint[] others)
    {
        var machine = new RenodeMachine();
        var frame = new GicV2mFrame(firstSpi, count);
        machine.Machine.SystemBus.Register(frame, new BusPointRegistration(DoorbellBase));
        var pulses = new List<(int, bool)>();
        foreach(var line in frame.Connections)
        {
            ((GPIO)line.Value).AddStateChangedHook(level => pulses.Add((line.Key, level)));
        }
        Assert.That(CountWarnings(() =>
        {
            Assert.That(machine.Bus.ReadDoubleWord(DoorbellBase + 8), Is.EqualTo((own[0] << 16) | (uint)count));
            Assert.That(machine.Bus.ReadDoubleWord(DoorbellBase + 0xFCC), Is.Zero);
            foreach(var intid in own)
            {
                machine.Bus.WriteDoubleWord(DoorbellBase + 0x40, intid);
            }
        }), Is.Zero);
        Assert.That(pulses, Is.EqualTo(Enumerable.Range(0, count).SelectMany(i => new[] { (i, true), (i, false) })));
        var lines = LinesOf(LogLevel.Warning, () =>
        {
            foreach(var intid in others)
            {
                machine.Bus.WriteDoubleWord(DoorbellBase + 0x40, intid);
            }
        });
        Assert.That(pulses, Has.Count.EqualTo(2 * count));
        Assert.That(lines[0], Does.StartWith($"INTIDs {own[0]} to {own[^1]}: "));
    }

    [TestCase(-1, 1)]
    [TestCase(0, 0)]
    [TestCase(988, 1)]
    [TestCase(980, 9)]
    public void Doorbell_WithInterruptsThatAreNot_IsRefused(int firstSpi, int count)
    {
        Assert.That((Action)(() => _ = new GicV2mFrame(firstSpi, count)), Throws.TypeOf<ConstructionException>());
    }

    [TestCase(-1)]
    [TestCase(2049)]
    [Rule("H-122")]
    public void Card_WithVectorsThatAreNot_IsRefused(int vectors)
    {
        var machine = new Machine();
        Assert.That((Action)(() => _ = new VirtioNetPci(machine, vectors: vectors)),
            Throws.TypeOf<ConstructionException>().With.Message.Contains("0 to 2048"));
    }

    // The receive queue is mapped to vector 1.
    private static (RenodeMachine Machine, NetDriver Driver, MsixDriver Msix) Start(string name = "machine", string mac = "02:00:00:00:00:01")
    {
        var (machine, driver) = StartCard(name, mac);
        driver.Pci.Common(CommonCfg.QueueSelect, 2, 0);
        driver.Pci.Common(CommonCfg.QueueMsixVector, 2, 1);
        return (machine, driver, new MsixDriver(driver.Pci) { Control = MsixDriver.Enable });
    }

    // Adds a card on virtio-mmio to the machine, and starts its driver.
    private static (VirtioNetMmio Card, NetDriver Driver) AddMmioCard(RenodeMachine machine)
    {
        var card = new VirtioNetMmio(machine.Machine, "02:00:00:00:00:08");
        machine.Machine.SystemBus.Register(card, new BusPointRegistration(MmioMachine.CardBase));
        machine.Machine.SetLocalName(card, "net1");
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start();
        return (card, driver);
    }

    private sealed class Target(Action written) : IDoubleWordPeripheral, IKnownSize
    {
        public uint ReadDoubleWord(long offset) => 0;

        public void WriteDoubleWord(long offset, uint value) => written();

        public void Reset()
        {
        }

        public long Size => 0x1000;
    }

    private const ulong DoorbellBase = 0x0802_0000;
}
