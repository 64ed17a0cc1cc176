// renode-virtio-net, MIT licence: see LICENSE.
// A card and its driver on one transport with one way of interrupts; a test uses every such rig in the same way.

using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

/// <summary>How a driver learns of events.</summary>
public enum EventWay
{
    /// <summary>It looks by itself.</summary>
    Polling,
    /// <summary>A line, and bits that say what it is: INTx, or that of virtio-mmio.</summary>
    Line,
    /// <summary>MSI-X: a vector for the configuration and one for each queue.</summary>
    VectorForEachQueue,
    /// <summary>MSI-X: a vector for the configuration and one for the queues.</summary>
    SharedVector,
}

/// <summary>What a traffic script needs of a machine.</summary>
public sealed class TrafficRig
{
    /// <summary>A card on PCI, whose driver has receive buffers of the given size.</summary>
    public static TrafficRig OnPci(int bufferSize, bool legacy, EventWay way, PciMode mode = PciMode.Transitional)
    {
        var vectors = way is EventWay.VectorForEachQueue or EventWay.SharedVector ? 3 : 0;
        var machine = new PciMachine(new GuestRam(RamSize), queueSize: QueueSize, vectors: vectors, mode: mode);
        var legacyDriver = legacy ? new LegacyPciDriver(machine) : null;
        var pci = legacyDriver?.Pci ?? new VirtioPciDriver(machine);
        return new TrafficRig(way, (IVirtioDriver?)legacyDriver ?? pci, bufferSize)
        {
            Device = machine.Device,
            HasLine = () => machine.Lines[PciMachine.CardSlot],
            RunDeferred = machine.RunDeferred,
            Complaints = () => machine.Misuses.Concat(machine.ParkedReasons),
            messages = machine.Messages,
            wire = x => machine.Wire = x,
            mapVectors = () => MapVectors(pci, legacyDriver, way),
        };
    }

    /// <summary>A card on virtio-mmio.</summary>
    public static TrafficRig OnMmio(int bufferSize, int version, EventWay way)
    {
        var machine = new MmioMachine(new GuestRam(RamSize), queueSize: QueueSize, version: version);
        return new TrafficRig(way, new MmioDriver(machine), bufferSize)
        {
            Device = machine.Device,
            HasLine = () => machine.Line,
            RunDeferred = machine.RunDeferred,
            Complaints = () => machine.Misuses.Concat(machine.ParkedReasons),
            wire = x => machine.Wire = x,
        };
    }

    /// <summary>Brings the card up, anew if it runs.</summary>
    public void Start(FeatureSet wanted)
    {
        Driver.Start(wanted);
        if(way is EventWay.VectorForEachQueue or EventWay.SharedVector)
        {
            mapVectors!();
        }
        messages.Clear();
    }

    /// <summary>Takes what the driver is told since the last call. False if that is nothing.</summary>
    public bool TryTakeEvents(out bool queues, out bool config)
    {
        (queues, config) = way switch
        {
            EventWay.Line => TakeIsr(),
            EventWay.Polling => (true, true),
            _ => (messages.Any(x => x.Data != ConfigVector), messages.Any(x => x.Data == ConfigVector)),
        };
        messages.Clear();
        return queues || config;
    }

    /// <summary>The network driver.</summary>
    public NetDriver Driver { get; }

    /// <summary>The device: its end of the wire.</summary>
    public NetDevice Device { get; private init; } = null!;

    /// <summary>Where frames go that the device sends.</summary>
    public Action<byte[]> Wire { set => wire(value); }

    /// <summary>Lets the emulator's scheduler run.</summary>
    public Action RunDeferred { get; private init; } = null!;

    /// <summary>What the device had to say of its driver.</summary>
    public Func<IEnumerable<string>> Complaints { get; private init; } = null!;

    /// <summary>True if the driver looks by itself.</summary>
    public bool IsPolling => way == EventWay.Polling;

    private TrafficRig(EventWay way, IVirtioDriver transport, int bufferSize)
    {
        this.way = way;
        Driver = new NetDriver(transport, receiveBufferSize: bufferSize);
    }

    private (bool, bool) TakeIsr()
    {
        var isr = HasLine() ? Driver.Transport.ReadIsr() : 0;
        return ((isr & PciLayout.IsrQueue) != 0, (isr & PciLayout.IsrConfig) != 0);
    }

    private static void MapVectors(VirtioPciDriver pci, LegacyPciDriver? legacy, EventWay way)
    {
        var msix = new MsixDriver(pci) { Control = MsixDriver.Enable };
        for(var vector = 0; vector < msix.Vectors; vector++)
        {
            msix.Program(vector, Doorbell, (uint)vector);
        }
        if(legacy != null)
        {
            legacy.ConfigOffset = LegacyPciDriver.ConfigMsix;
        }
        WriteVector(pci, legacy, CommonCfg.ConfigMsixVector, LegacyPciDriver.ConfigVector, ConfigVector);
        foreach(var queue in new[] { NetLayout.ReceiveQueue, NetLayout.TransmitQueue })
        {
            WriteVector(pci, legacy, CommonCfg.QueueSelect, LegacyPciDriver.QueueSelect, (uint)queue);
            WriteVector(pci, legacy, CommonCfg.QueueMsixVector, LegacyPciDriver.QueueVector, way == EventWay.SharedVector ? 1 : 1 + (uint)queue);
        }
    }

    private static void WriteVector(VirtioPciDriver pci, LegacyPciDriver? legacy, int field, int register, uint value)
    {
        if(legacy != null)
        {
            legacy.Write(register, 2, value);
        }
        else
        {
            pci.Common(field, 2, value);
        }
    }

    private Func<bool> HasLine { get; init; } = null!;

    private List<(ulong Address, uint Data)> messages = new();
    private Action? mapVectors;
    private Action<Action<byte[]>> wire = null!;
    private readonly EventWay way;

    private const int RamSize = 8 << 20;
    private const int QueueSize = 16;
    private const uint ConfigVector = 0;
    private const ulong Doorbell = 0x0802_0040;
}
