// renode-virtio-net, MIT licence: see LICENSE.
// The host bridge on Renode's bus: its windows, several hosts in one machine, cards that come and go.

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class HostTests : RenodeFixture
{
    [Test]
    [Rule("H-109", "PCIH-04")]
    public void Window64_TheBarMovedIntoIt_CarriesTraffic([Values(null, 0x1_0000_0000UL)] ulong? pciBase)
    {
        var machine = new RenodeMachine();
        var (host, card) = AddHost(machine, mmio64Base: pciBase);
        var view = new HostView(machine);
        var pci = new VirtioPciDriver(view);
        var driver = new NetDriver(pci);
        driver.Start();
        var address = (pciBase ?? Window64) + 0x4000;
        pci.WriteConfig(PciSpec.Bar0 + 16, 4, (uint)(address & uint.MaxValue));
        pci.WriteConfig(PciSpec.Bar0 + 20, 4, (uint)(address >> 32));
        Assert.That(view.Load(pci.BarAddresses[4], 4), Is.EqualTo(uint.MaxValue), "it has left the lower window");
        view.MemoryOffset = 0;
        pci.BarAddresses[4] = Window64 + 0x4000;

        AssertCarries(driver, card);
        Assert.That(machine.Bus.ReadDoubleWord(Window64), Is.EqualTo(uint.MaxValue), "before the BAR");
        Assert.That(machine.Bus.ReadDoubleWord(Window64 + 0x8000), Is.EqualTo(uint.MaxValue), "after the BAR");
        Assert.That(host.Connections.Values.Any(x => x.IsSet), Is.True);
        Assert.That(pci.ReadIsr(), Is.EqualTo(PciLayout.IsrQueue));
    }

    [Test]
    [Rule("H-109", "PCIH-02", "LEG-04")]
    public void IoWindow_FromItsBaseOn_HasTheCardsPortsAndAllOnesBeyond()
    {
        var machine = new RenodeMachine();
        AddHost(machine, ioBase: 0x4000);
        var pci = new VirtioPciDriver(new HostView(machine));
        // The BAR at port 0x4080 is 0x80 bytes into the region.
        pci.Probe(ioWindow: 0x4080);
        var ports = HostView.Io + 0x80;
        machine.Bus.WriteByte(ports + 0x12, 0x03);
        Assert.That(machine.Bus.ReadByte(ports + 0x12), Is.EqualTo(0x03), "device_status");
        machine.Bus.WriteWord(ports + 0x0E, 1);
        Assert.That(machine.Bus.ReadWord(ports + 0x0C), Is.EqualTo(256), "queue_size of the transmit queue");
        machine.Bus.WriteDoubleWord(ports + 0x08, 0x40100);
        Assert.That(machine.Bus.ReadDoubleWord(ports + 0x08), Is.EqualTo(0x40100), "queue_address");
        foreach(var beyond in new[] { ports - 4, ports + 0x40, HostView.Io + 0xFFFC })
        {
            machine.Bus.WriteDoubleWord(beyond, 0);
            Assert.That(machine.Bus.ReadByte(beyond), Is.EqualTo(0xFF));
            Assert.That(machine.Bus.ReadWord(beyond), Is.EqualTo(0xFFFF));
            Assert.That(machine.Bus.ReadDoubleWord(beyond), Is.EqualTo(uint.MaxValue));
        }
        pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory);
        Assert.That(machine.Bus.ReadByte(ports + 0x12), Is.EqualTo(0xFF), "I/O Space is off");
        pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandIo);
        // Port 0x0080 is below the region's first port: no CPU can reach it there, which is no error.
        pci.WriteConfig(PciSpec.Bar0, 4, 0x0080);
        Assert.That(machine.Bus.ReadByte(ports + 0x12), Is.EqualTo(0xFF));
    }

    [Test]
    [Rule("PCI-51", "PCIH-02")]
    public void TwoHosts_InOneMachine_KeepWindowsLinesAndCardsApart()
    {
        var machine = new RenodeMachine();
        var (host, card) = AddHost(machine);
        var first = new NetDriver(machine);
        first.Start();
        var second = new NetDriver(new VirtioPciDriver(new HostView(machine)));
        second.Start();
        Assert.That(first.Pci.BarAddresses[4], Is.EqualTo(second.Pci.BarAddresses[4]), "one PCI address on two buses");

        AssertCarries(second, card);
        Assert.That(host.Connections[1].IsSet, Is.True);
        Assert.That(machine.Host.Connections.Values.Any(x => x.IsSet), Is.False, "the other host's line");
        Assert.That(first.TryReceive(out _), Is.False);
        second.Pci.ReadIsr();
        AssertCarries(first, machine.Card);
        Assert.That(host.Connections.Values.Any(x => x.IsSet), Is.False);
        second.Pci.Status = DeviceStatus.None;
        AssertCarries(first, machine.Card);
    }

    [Test]
    [Rule("H-58", "H-111")]
    public void Message_AimedAtAnotherHost_IsRefused()
    {
        var (machine, driver) = StartCard();
        AddHost(machine);
        driver.Pci.Common(CommonCfg.QueueSelect, 2, 0);
        driver.Pci.Common(CommonCfg.QueueMsixVector, 2, 1);
        var msix = new MsixDriver(driver.Pci) { Control = MsixDriver.Enable };
        msix.Program(1, HostView.Ecam + PciMachine.Ecam(PciMachine.CardSlot, PciSpec.CacheLineSize), 8);
        Assert.That(CountWarnings(() => machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)))), Is.EqualTo(1));
        Assert.That(new HostView(machine).ReadConfig(PciSpec.CacheLineSize, 1, PciMachine.CardSlot, 0), Is.Zero);
    }

    [Test]
    [Rule("H-120", "PCIH-02")]
    public void Card_UnpluggedWithWorkInHand_IsGoneAtOnceAndComesBackAsNew()
    {
        var (machine, driver) = StartCard();
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        var card = machine.Card;
        machine.Host.Unplug("net0");
        Assert.That(machine.Host.Connections.Values.Any(x => x.IsSet), Is.False, "its interrupt");
        Assert.That(machine.ReadConfig(0, 4, PciMachine.CardSlot, 0), Is.EqualTo(uint.MaxValue));
        Assert.That((uint)driver.Pci.Status, Is.EqualTo(0xFF));
        // What a driver does before it notices, and what the network does.
        driver.TrySend(TestFrame(100, 1));
        card.ReceiveFrame(Wrap(TestFrame(100, 2)));
        card.LinkUp = false;
        card.LinkUp = true;
        Assert.That(card.TxFrames, Is.Zero);
        Assert.That(card.DeviceStatus, Is.EqualTo("None"));

        machine.Host.Register(card, new PciRegistration(4));
        Assert.That(machine.ReadConfig(PciSpec.Command, 2, 4, 0), Is.Zero, "as at power-on");
        var again = new NetDriver(new VirtioPciDriver(machine, 4));
        again.Start();
        AssertCarries(again, card);
    }

    [Test]
    [Rule("H-120", "H-116")]
    public void Card_UnpluggedWhileFramesArrive_DropsThemAndNothingElse()
    {
        var machine = new RenodeMachine();
        var card = machine.Card;
        var frame = Wrap(TestFrame(100, 0));
        for(var i = 0; i < 100; i++)
        {
            new NetDriver(machine).Start(queueSize: 8);
            var arriving = Task.Run(() =>
            {
                for(var j = 0; j < 50; j++)
                {
                    card.ReceiveFrame(frame);
                }
            });
            machine.Host.Unplug("net0");
            arriving.Wait();
            Assert.That(card.DeviceStatus, Is.EqualTo("None"));
            machine.Host.Register(card, new PciRegistration(PciMachine.CardSlot));
            machine.Machine.SetLocalName(card, "net0");
        }
    }

    [TestCase("net7", "There is no \"net7\" on this PCI bus: on it are net0")]
    [TestCase("sysbus.pcie", "There is no \"sysbus.pcie\" on this PCI bus")]
    [TestCase("", "There is no \"\" on this PCI bus")]
    public void Unplug_NameThatIsNotThere_SaysWhatIs(string name, string message)
    {
        var machine = new RenodeMachine();
        Assert.That((Action)(() => machine.Host.Unplug(name)), Throws.TypeOf<RecoverableException>().With.Message.Contains(message));
        machine.Host.Unplug("sysbus.pcie.net0");
        Assert.That((Action)(() => machine.Host.Unplug("net0")), Throws.TypeOf<RecoverableException>().With.Message.Contains("it is empty"));
    }

    [Test]
    public void Card_RegisteredTwice_IsRefused()
    {
        var machine = new RenodeMachine();
        Assert.That((Action)(() => machine.Host.Register(machine.Card, new PciRegistration(2))),
            Throws.TypeOf<RegistrationException>().With.Message.Contains("00:01.0"));
        Assert.That(machine.ReadConfig(0, 4, 2, 0), Is.EqualTo(uint.MaxValue));
    }

    [Test]
    [Rule("H-120")]
    public void Endpoint_TakenOutOfARunningMachine_IsResetWhileItIsThereAndNoCpuRuns()
    {
        var machine = new RenodeMachine();
        var seen = new List<(bool, bool)>();
        BrokenEndpoint? endpoint = null;
        endpoint = new BrokenEndpoint { IsBroken = false, Resetting = () => seen.Add((machine.Machine.IsPaused, endpoint!.Host == machine.Host)) };
        machine.Host.Register(endpoint, new PciRegistration(3));
        EmulationManager.Instance.CurrentEmulation.StartAll();
        machine.Host.Unregister(endpoint);
        EmulationManager.Instance.CurrentEmulation.PauseAll();
        Assert.That(seen, Is.EqualTo(new[] { (true, true) }));
        Assert.That(endpoint.Host, Is.Null);
    }

    [Test]
    public void Lines_OfAMachineThatEnds_AreLeftAlone()
    {
        // The interrupt controller may have been disposed of before the cards, so a machine that ends does not lower their lines.
        var (machine, driver) = StartCard();
        var controller = new InterruptInputs();
        ((GPIO)machine.Host.Connections[1]).Connect(controller, 0);
        var mmio = new VirtioNetMmio(machine.Machine, "02:00:00:00:00:08");
        machine.Machine.SystemBus.Register(mmio, new BusPointRegistration(MmioMachine.CardBase));
        mmio.IRQ.Connect(controller, 1);
        var onMmio = new NetDriver(new MmioDriver(machine));
        onMmio.Start();
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        mmio.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(controller.Level[..2], Is.EqualTo(new[] { true, true }));
        EmulationManager.Instance.Clear();
        Assert.That(controller.Level[..2], Is.EqualTo(new[] { true, true }));
        Assert.That(mmio.DeviceStatus, Is.EqualTo("None"), "but the cards are reset");
    }

    [Test]
    [Rule("NET-03", "PCI-02")]
    public void Card_MadeWithOtherValues_HasThem()
    {
        var machine = new RenodeMachine();
        var card = new VirtioNetPci(machine.Machine, "02:00:00:00:00:55", mtu: 9000, queueSize: 64, vectors: 7, mode: "modern", rxQueueSize: 128, txQueueSize: 32, features: "-MRG_RXBUF");
        machine.Host.Register(card, new PciRegistration(2));
        var pci = new VirtioPciDriver(machine, 2);
        pci.Probe();
        Assert.That(machine.ReadConfig(PciSpec.DeviceId, 2, 2, 0), Is.EqualTo(0x1041));
        Assert.That(new MsixDriver(pci).Vectors, Is.EqualTo(7));
        Assert.That((pci.DeviceConfig(4, 2), pci.DeviceConfig(10, 2)), Is.EqualTo((0x5500UL, 9000UL)));
        Assert.That(pci.ReadOffered().Has(Feature.MrgRxbuf), Is.False);
        pci.Common(CommonCfg.QueueSelect, 2, 0);
        Assert.That(pci.Common(CommonCfg.QueueSize, 2), Is.EqualTo(128));
        pci.Common(CommonCfg.QueueSelect, 2, 1);
        Assert.That(pci.Common(CommonCfg.QueueSize, 2), Is.EqualTo(32));

        var mmio = new VirtioNetMmio(machine.Machine, "02:00:00:00:00:66", mtu: 1400, queueSize: 16, rxQueueSize: 8, features: "-MRG_RXBUF");
        Assert.That(mmio.Size, Is.EqualTo(0x200));
        machine.Machine.SystemBus.Register(mmio, new BusPointRegistration(MmioMachine.CardBase));
        var driver = new MmioDriver(machine);
        driver.Probe();
        Assert.That((driver.DeviceConfig(4, 2), driver.DeviceConfig(10, 2)), Is.EqualTo((0x6600UL, 1400UL)));
        Assert.That(driver.ReadOffered().Has(Feature.MrgRxbuf), Is.False);
        driver.Write(MmioReg.QueueSel, 0);
        Assert.That(driver.Read(MmioReg.QueueSizeMax), Is.EqualTo(8));
        driver.Write(MmioReg.QueueSel, 1);
        Assert.That(driver.Read(MmioReg.QueueSizeMax), Is.EqualTo(16));
    }

    [Test]
    [Rule("H-120")]
    public void Host_UnregisteredWithItsCardAtWork_IsSilentAtOnce()
    {
        var machine = new RenodeMachine();
        var controller = new InterruptInputs();
        machine.Machine.SystemBus.Register(controller, new BusPointRegistration(0x0B00_0000));
        ((GPIO)machine.Host.Connections[1]).Connect(controller, 3);
        var driver = new NetDriver(machine);
        driver.Start(queueSize: 4);
        var left = 0;
        machine.Card.FrameReady += _ => left++;
        SendAndDefer(driver);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(controller.Level[3], Is.True);

        machine.Machine.UnregisterFromParent(machine.Host);
        Assert.That(controller.Level[3], Is.False, "the interrupt");
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 1)));
        Go();
        Go();
        Assert.That((left, machine.Card.TxFrames, machine.Card.DeviceStatus), Is.EqualTo((0, 4UL, "None")));
    }

    [Test]
    [Rule("F-20")]
    public void Card_RegisteredAtASecondHost_IsRefusedAndGoesOnAtTheFirst()
    {
        var machine = new RenodeMachine();
        var (second, _) = AddHost(machine);
        Assert.That((Action)(() => second.Register(machine.Card, new PciRegistration(5))),
            Throws.TypeOf<RegistrationException>().With.Message.EqualTo("VirtioNetPci net0 sits at PCI place 00:01.0 of PcieEcamHost pcie already, and one place is all that it can have"));
        Assert.That(new HostView(machine).ReadConfig(0, 4, 5, 0), Is.EqualTo(uint.MaxValue));
        var driver = new NetDriver(machine);
        driver.Start();
        AssertCarries(driver, machine.Card);
        Assert.That(machine.Host.Connections[1].IsSet, Is.True);
        // After it was taken out it may be registered there.
        machine.Host.Unregister(machine.Card);
        second.Register(machine.Card, new PciRegistration(5));
        Assert.That(new HostView(machine).ReadConfig(0, 4, 5, 0), Is.EqualTo(0x1000_1AF4));
    }

    private static void AssertCarries(NetDriver driver, VirtioNetPci card)
    {
        var sent = TestFrame(200, 3);
        byte[]? seen = null;
        void Look(Antmicro.Renode.Network.EthernetFrame frame) => seen = frame.UnderlyingPacket.Bytes;
        card.FrameReady += Look;
        Assert.That(driver.TrySend(sent), Is.True);
        Go();
        card.FrameReady -= Look;
        Assert.That(seen, Is.EqualTo(sent));
        card.ReceiveFrame(Wrap(sent));
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(sent));
    }

    // A second host with a card, whose PCI addresses are those of the first.
    private static (PcieEcamHost Host, VirtioNetPci Card) AddHost(RenodeMachine machine, ulong ioBase = 0, ulong? mmio64Base = null)
    {
        var host = new PcieEcamHost(machine.Machine, RenodeMachine.MmioBase, ioBase, mmio64Base);
        machine.Machine.SystemBus.Register(host, new BusMultiRegistration(HostView.Ecam, 0x100000, "ecam"));
        machine.Machine.SystemBus.Register(host, new BusMultiRegistration(HostView.Mmio, 0x1000000, "mmio"));
        machine.Machine.SystemBus.Register(host, new BusMultiRegistration(HostView.Io, 0x10000, "io"));
        machine.Machine.SystemBus.Register(host, new BusMultiRegistration(Window64, 0x1_0000_0000, "mmio64"));
        machine.Machine.SetLocalName(host, "pcie1");
        var card = new VirtioNetPci(machine.Machine, "02:00:00:00:00:09");
        host.Register(card, new PciRegistration(PciMachine.CardSlot));
        machine.Machine.SetLocalName(card, "net1");
        return (host, card);
    }

    private const ulong Window64 = 0x80_0000_0000;

    /// <summary>What a driver sees of the second host; PCI memory addresses are not those of the bus.</summary>
    private sealed class HostView : IDriverPlatform
    {
        public HostView(RenodeMachine machine)
        {
            this.machine = machine;
        }

        public uint ReadConfig(int register, int width, int slot, int function) =>
            (uint)machine.Load(Ecam + PciMachine.Ecam(slot, register, function), width);

        public void WriteConfig(int register, int width, uint value, int slot, int function) =>
            machine.Store(Ecam + PciMachine.Ecam(slot, register, function), width, value);

        public ulong Load(ulong address, int width) => machine.Load(address - MemoryOffset, width);

        public void Store(ulong address, int width, ulong value) => machine.Store(address - MemoryOffset, width, value);

        public ulong In(ulong port, int width) => machine.Load(Io + port, width);

        public void Out(ulong port, int width, ulong value) => machine.Store(Io + port, width, value);

        public DriverMemory Memory => machine.Memory;

        /// <summary>PCI address less bus address.</summary>
        public ulong MemoryOffset { get; set; } = RenodeMachine.MmioBase - Mmio;

        public const ulong Ecam = 0x0B00_0000;
        public const ulong Io = 0x0BFF_0000;
        public const ulong Mmio = 0x0C00_0000;

        private readonly RenodeMachine machine;
    }
}
