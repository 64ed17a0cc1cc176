// renode-virtio-net, MIT licence: see LICENSE.
// BARs of every kind are moved, sized, disabled and covered by another card's between the frames of a running driver.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

[Rule("H-109", "PCIH-04", "PCIH-05", "PCIH-09")]
public sealed class MovingWindowTests
{
    [Test]
    public void ModernCard_WindowsMovedAtRandomUnderTraffic_DeliversEveryFrameOnceInOrder([Range(1, 10)] int seed)
    {
        var machine = new PciMachine(queueSize: 8, vectors: 4);
        var pci = new VirtioPciDriver(machine);
        Run(new Mover(machine, pci, seed), new NetDriver(pci));
    }

    [Test]
    public void LegacyCard_WindowsMovedAtRandomUnderTraffic_DeliversEveryFrameOnceInOrder([Range(1, 10)] int seed)
    {
        var machine = new PciMachine(queueSize: 8, vectors: 4);
        var legacy = new LegacyPciDriver(machine);
        Run(new Mover(machine, legacy.Pci, seed), new NetDriver(legacy));
    }

    [Test]
    public void Bar_MovedInTwoHalves_AnswersNowhereItWasNotPut()
    {
        var card = new CardAtStage(Stage.Running);
        var below = card.Pci.BarAddresses[4];
        const int register = PciSpec.Bar0 + 16;
        card.Pci.WriteConfig(register + 4, 4, 0x80);
        Assert.That(card.Machine.Load(below, 4), Is.EqualTo(uint.MaxValue));
        Assert.That(card.Machine.Load(0x80_0000_0000 + below + CommonCfg.NumQueues, 2), Is.EqualTo(3));
        card.Pci.WriteConfig(register, 4, 0x4000_0000);
        Assert.That(card.Machine.Load(0x80_0000_0000 + below, 4), Is.EqualTo(uint.MaxValue));
        card.Pci.BarAddresses[4] = 0x80_4000_0000;
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
        Assert.That(card.Net.TrySend(CardAtStage.Frame(7)), Is.True);
        Assert.That(card.Machine.Sent[^1][0], Is.EqualTo(7));
    }

    private static void Run(Mover mover, NetDriver driver)
    {
        driver.Start();
        mover.AddRival();
        var machine = mover.Machine;
        var received = new List<int>();
        for(var i = 0; i < 500; i++)
        {
            mover.Move();
            Assert.That(driver.TrySend(CardAtStage.Frame((byte)(i & 0xFF))), Is.True);
            machine.Device.Receive(CardAtStage.Frame((byte)((i + 1) & 0xFF)));
            mover.Disturb(() => machine.Device.Receive(CardAtStage.Frame((byte)((i + 2) & 0xFF))));
            while(driver.TryReceive(out var frame))
            {
                received.Add(frame[0]);
            }
        }
        Assert.That(machine.Sent.Select(x => (int)x[0]), Is.EqualTo(Enumerable.Range(0, 500).Select(x => x & 0xFF)));
        Assert.That(received, Is.EqualTo(Enumerable.Range(0, 500).SelectMany(x => new[] { (x + 1) & 0xFF, (x + 2) & 0xFF })));
        Assert.That(machine.ParkedReasons, Is.Empty);
    }

    /// <summary>Moves the windows of a card, and those of a second card onto and off it.</summary>
    private sealed class Mover
    {
        public Mover(PciMachine machine, VirtioPciDriver pci, int seed)
        {
            Machine = machine;
            this.pci = pci;
            random = new Random(seed);
            rival = new VirtioPciDriver(machine, 2);
        }

        public void AddRival()
        {
            var device = Machine.MakeDevice(8);
            Machine.Bus.TryAdd(2, 0, new VirtioPciFunction(device, Machine.Ram, Machine, Machine, new PciOptions { Vectors = 4 }, Machine));
            rival.Probe(0x3000_0000, 0x8000);
        }

        /// <summary>Puts each window somewhere else; the driver finds it there.</summary>
        public void Move()
        {
            foreach(var bar in new[] { 0, 1, 4 })
            {
                var page = (ulong)random.Next(0x100);
                var address = bar == 0 ? 0x1000 + 0x40 * page : 0x2000_0000 + 0x4000 * page;
                if(bar == 4)
                {
                    address += 0x4000 * 0x100 + (random.Next(2) == 0 ? 0 : 0x80_0000_0000 + ((ulong)random.Next(0x100) << 40));
                    pci.WriteConfig(PciSpec.Bar0 + 20, 4, (uint)(address >> 32));
                }
                pci.WriteConfig(PciSpec.Bar0 + 4 * bar, 4, (uint)(address & uint.MaxValue));
                pci.BarAddresses[bar] = address;
            }
        }

        /// <summary>Hides the windows in some way, does something that needs none, and brings them back.</summary>
        public void Disturb(Action meanwhile)
        {
            var command = pci.Config(PciSpec.Command, 2);
            switch(random.Next(3))
            {
                case 0:
                    // BARs are sized while they decode.
                    for(var register = PciSpec.Bar0; register < PciSpec.Bar0 + 4 * PciSpec.BarCount; register += 4)
                    {
                        var old = pci.Config(register, 4);
                        pci.WriteConfig(register, 4, uint.MaxValue);
                        meanwhile();
                        meanwhile = () => { };
                        pci.WriteConfig(register, 4, old);
                    }
                    break;
                case 1:
                    pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandBusMaster);
                    AssertSilent();
                    meanwhile();
                    pci.WriteConfig(PciSpec.Command, 2, command);
                    break;
                default:
                    // Covered by the other card, which was placed last.
                    foreach(var bar in new[] { 0, 1, 4 })
                    {
                        rival.WriteConfig(PciSpec.Bar0 + 4 * bar, 4, (uint)(pci.BarAddresses[bar] & uint.MaxValue));
                    }
                    rival.WriteConfig(PciSpec.Bar0 + 20, 4, (uint)(pci.BarAddresses[4] >> 32));
                    Assert.That(Machine.Load(pci.BarAddresses[4] + CommonCfg.DeviceStatus, 1), Is.Zero, "the other card answers");
                    Assert.That(Machine.In(pci.BarAddresses[0] + 0x12, 1), Is.Zero, "the other card answers");
                    meanwhile();
                    rival.Probe(0x3000_0000, 0x8000);
                    break;
            }
        }

        public PciMachine Machine { get; }

        private void AssertSilent()
        {
            Assert.That(Machine.Load(pci.BarAddresses[4], 4), Is.EqualTo(uint.MaxValue));
            Assert.That(Machine.Load(pci.BarAddresses[1], 4), Is.EqualTo(uint.MaxValue));
            Assert.That(Machine.In(pci.BarAddresses[0], 4), Is.EqualTo(uint.MaxValue));
        }

        private readonly VirtioPciDriver pci;
        private readonly VirtioPciDriver rival;
        private readonly Random random;
    }
}
