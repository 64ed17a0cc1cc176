// MSI-X messages on a Renode machine: through the bus to a doorbell, and nowhere they must not go.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.IRQControllers;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;
using VirtioNet.Driver;

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
        Assert.That(machine.Host.Connections.Values.Any(x => x.IsSet), Is.False, "INTx beside MSI-X");
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
        var target = new ThrowingOnce();
        machine.Machine.SystemBus.Register(target, new BusPointRegistration(DoorbellBase));
        msix.Program(1, DoorbellBase + 0x40, 7);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(driver.TryReceive(out _), Is.True);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 1)));
        Assert.That(target.Writes, Is.EqualTo(2));
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
    private static (RenodeMachine Machine, NetDriver Driver, MsixDriver Msix) Start()
    {
        var (machine, driver) = StartCard();
        driver.Pci.Common(CommonCfg.QueueSelect, 2, 0);
        driver.Pci.Common(CommonCfg.QueueMsixVector, 2, 1);
        return (machine, driver, new MsixDriver(driver.Pci) { Control = MsixDriver.Enable });
    }

    private sealed class ThrowingOnce : IDoubleWordPeripheral, IKnownSize
    {
        public uint ReadDoubleWord(long offset) => 0;

        public void WriteDoubleWord(long offset, uint value)
        {
            Writes++;
            if(Writes == 1)
            {
                throw new InvalidOperationException("a broken doorbell");
            }
        }

        public void Reset()
        {
        }

        public long Size => 0x1000;

        public int Writes { get; private set; }
    }

    private const ulong DoorbellBase = 0x0802_0000;
}
