// renode-virtio-net, MIT licence: see LICENSE.
// Accesses to each region of the host, by each width, reach the function with their offset, width and value.

using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.PCI;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Renode;

public sealed class RegionTests : RenodeFixture
{
    public static IEnumerable<TestCaseData> Accesses()
    {
        foreach(var width in new[] { 1, 2, 4, 8 })
        {
            yield return new TestCaseData(RenodeMachine.EcamBase + PciMachine.Ecam(Slot, 0x40, 0), width, "config", 0x40UL);
            yield return new TestCaseData(RenodeMachine.MmioBase + 0x2_0010, width, "bar0", 0x10UL);
            yield return new TestCaseData(Window64 + 0x3_0018, width, "bar2", 0x18UL);
            yield return new TestCaseData(RenodeMachine.IoBase + 0x4028, width, "bar4", 0x28UL);
        }
    }

    [TestCaseSource(nameof(Accesses))]
    [Rule("PCIH-03")]
    public void Access_OfARegion_ReachesTheFunctionWithItsWidthAndValue(ulong address, int width, string where, ulong offset)
    {
        var (machine, endpoint) = Make();
        Assert.That(machine.Load(address, width), Is.EqualTo(Recorder.Answer & (ulong.MaxValue >> (64 - 8 * width))));
        Assert.That(endpoint.Last, Is.EqualTo((where, offset, width, 0UL)));
        var value = 0x8899_AABB_CCDD_EEFF & (ulong.MaxValue >> (64 - 8 * width));
        machine.Store(address, width, value);
        Assert.That(endpoint.Last, Is.EqualTo((where, offset, width, value)));
        Assert.That(endpoint.Writes, Is.EqualTo(1));
    }

    [TestCaseSource(nameof(Accesses))]
    [Rule("H-113")]
    public void Access_ThatThrows_ReadsAllOnesAndIsToldToItsEndpointAlone(ulong address, int width, string where, ulong offset)
    {
        var (machine, endpoint) = Make();
        var other = new Recorder();
        machine.Host.Register(other, new PciRegistration(Slot + 1));
        endpoint.IsBroken = true;
        Assert.That(machine.Load(address, width), Is.EqualTo(ulong.MaxValue >> (64 - 8 * width)));
        machine.Store(address, width, 0);
        Assert.That((endpoint.Failures, other.Failures, endpoint.Writes), Is.EqualTo((2, 0, 0)), $"{where} 0x{offset:X}");
    }

    [Test]
    public void Functions_OfOneSlot_AreApartAndOnePlaceIsTakenOnce()
    {
        var machine = new RenodeMachine();
        var first = new Recorder();
        var second = new Recorder();
        machine.Host.Register(first, new PciRegistration(Slot));
        machine.Host.Register(second, new PciRegistration(Slot, 1));
        Assert.That((Action)(() => machine.Host.Register(new Recorder(), new PciRegistration(Slot, 1))),
            Throws.TypeOf<Antmicro.Renode.Exceptions.RegistrationException>().With.Message.EqualTo("PCI place 00:03.1 is taken by Recorder: choose another slot or function"));
        machine.ReadConfig(0x44, 4, Slot, 1);
        Assert.That((first.Last, second.Last), Is.EqualTo((default((string, ulong, int, ulong)), ("config", 0x44UL, 4, 0UL))));
        Assert.That(machine.Host.GetRegistrationPoints(second).Select(x => x.PrettyString), Is.EqualTo(new[] { "00:03.1" }));
        Assert.That(machine.Host.Children.Select(x => (x.Peripheral, x.RegistrationPoint.Slot, x.RegistrationPoint.Function)),
            Is.EquivalentTo(new (IPciEndpoint, int, int)[] { (machine.Card, 1, 0), (first, Slot, 0), (second, Slot, 1) }));
        machine.Host.Unregister(second);
        Assert.That(machine.ReadConfig(0x44, 4, Slot, 1), Is.EqualTo(uint.MaxValue));
        Assert.That((first.Host, second.Host), Is.EqualTo((machine.Host, default(PcieEcamHost))));
    }

    // A function whose BARs are in each space, enabled.
    private static (RenodeMachine Machine, Recorder Endpoint) Make()
    {
        var machine = new RenodeMachine();
        machine.Machine.SystemBus.Register(machine.Host, new BusMultiRegistration(Window64, 0x1_0000_0000, "mmio64"));
        var endpoint = new Recorder();
        machine.Host.Register(endpoint, new PciRegistration(Slot));
        endpoint.Config.Write(PciSpec.Bar0, 8, RenodeMachine.MmioBase + 0x2_0000);
        endpoint.Config.Write(PciSpec.Bar0 + 8, 8, Window64 + 0x3_0000);
        endpoint.Config.Write(PciSpec.Bar0 + 16, 4, 0x4000);
        endpoint.Config.Write(PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory);
        endpoint.Rebuild();
        return (machine, endpoint);
    }

    private const int Slot = 3;
    private const ulong Window64 = 0x80_0000_0000;

    /// <summary>A function that remembers the last access.</summary>
    private sealed class Recorder : IPciEndpoint, IPciFunction
    {
        public Recorder()
        {
            Config.Add(new Bar(0, BarKind.Memory64, 0x1000));
            Config.Add(new Bar(2, BarKind.Memory64, 0x1000));
            Config.Add(new Bar(4, BarKind.Io, 0x100));
        }

        public ulong ReadConfig(int offset, int width) => Access("config", (ulong)offset, width, 0);

        public void WriteConfig(int offset, int width, ulong value) => Access("config", (ulong)offset, width, value);

        public ulong ReadBar(Bar bar, ulong offset, int width) => Access("bar" + bar.Index, offset, width, 0);

        public void WriteBar(Bar bar, ulong offset, int width, ulong value) => Access("bar" + bar.Index, offset, width, value);

        public void PlugInto(PciBus? bus) => this.bus = bus;

        public void Rebuild() => bus!.Rebuild();

        public void AfterWrite() => Writes++;

        public void Fail(Exception exception) => Failures++;

        public void Reset()
        {
        }

        public (string Where, ulong Offset, int Width, ulong Value) Last { get; private set; }

        public int Writes { get; private set; }

        public int Failures { get; private set; }

        public bool IsBroken { get; set; }

        public PcieEcamHost? Host { get; set; }

        public IPciFunction Function => this;

        public ConfigSpace Config { get; } = new();

        public bool InterruptAsserted => false;

        public const ulong Answer = 0x0123_4567_89AB_CDEF;

        private ulong Access(string where, ulong offset, int width, ulong value)
        {
            if(IsBroken)
            {
                throw new InvalidOperationException("broken");
            }
            Last = (where, offset, width, value);
            return Answer & (ulong.MaxValue >> (64 - 8 * width));
        }

        private PciBus? bus;
    }
}
