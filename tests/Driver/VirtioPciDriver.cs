// renode-virtio-net, MIT licence: see LICENSE.
// A virtio PCI driver: finds the function, places its BARs, walks its capabilities, negotiates.
// virtio v1.4-cs01: 3.1.1 "Driver Requirements: Device Initialization", 4.1.5 "PCI-specific Initialization".

using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Where a structure is, as a virtio capability says, and where in configuration space that capability is.</summary>
public readonly record struct CapabilityTarget(int Bar, uint Offset, uint Length, int Capability);

/// <summary>Drives a function the way a guest's virtio_pci does: only through configuration and bus accesses.</summary>
public sealed class VirtioPciDriver : IVirtioDriver
{
    public VirtioPciDriver(IDriverPlatform platform, int slot = PciMachine.CardSlot, int function = 0)
    {
        Platform = platform;
        this.slot = slot;
        this.function = function;
    }

    /// <summary>Sizes and places every BAR, enables decoding and bus mastering, and finds the structures.</summary>
    public void Probe(ulong memoryWindow = 0x1000_0000, uint ioWindow = 0x1000)
    {
        var next = memoryWindow;
        var nextPort = ioWindow;
        for(var bar = 0; bar < PciSpec.BarCount; bar++)
        {
            var register = PciSpec.Bar0 + 4 * bar;
            var type = Config(register, 4);
            WriteConfig(register, 4, uint.MaxValue);
            var mask = Config(register, 4);
            if(mask == 0)
            {
                continue;
            }
            if((type & PciSpec.BarIo) != 0)
            {
                WriteConfig(register, 4, nextPort);
                BarAddresses[bar] = nextPort;
                nextPort += ~(mask & ~PciSpec.BarIoTypeMask) + 1;
                continue;
            }
            var size = ~(mask & ~0xFU) + 1UL;
            next = (next + size - 1) & ~(size - 1);
            WriteConfig(register, 4, (uint)next);
            BarAddresses[bar] = next;
            next += size;
            if((type & PciSpec.BarMemory64) != 0)
            {
                bar++;
                WriteConfig(PciSpec.Bar0 + 4 * bar, 4, 0);
            }
        }
        WriteConfig(PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster);
        Structures = WalkCapabilities();
        if(Structures.TryGetValue(PciLayout.CapNotifyCfg, out var notify))
        {
            notifyMultiplier = Config(notify.Capability + PciLayout.CapExtra, 4);
        }
    }

    /// <inheritdoc/>
    void IVirtioDriver.Probe() => Probe();

    /// <summary>Resets the function through its PCI Express capability. It has to be probed again afterwards.</summary>
    public void FunctionLevelReset()
    {
        var at = (int)Config(PciSpec.CapabilitiesPointer, 1);
        while(Config(at, 1) != PciSpec.CapabilityExpress)
        {
            at = (int)Config(at + 1, 1);
            if(at == 0)
            {
                throw new InvalidOperationException("the function has no PCI Express capability");
            }
        }
        WriteConfig(at + 8, 2, Config(at + 8, 2) | 0x8000);
    }

    /// <summary>Initialises the device up to FEATURES_OK. False if the device refuses the features.</summary>
    public bool Negotiate(FeatureSet wanted)
    {
        Status = DeviceStatus.None;
        Status = DeviceStatus.Acknowledge;
        Status |= DeviceStatus.Driver;
        Features = wanted;
        for(var word = 0U; word < 4; word++)
        {
            Common(CommonCfg.DriverFeatureSelect, 4, word);
            Common(CommonCfg.DriverFeature, 4, wanted.Word(word));
        }
        Status |= DeviceStatus.FeaturesOk;
        return (Status & DeviceStatus.FeaturesOk) != 0;
    }

    /// <summary>What the device offers.</summary>
    public FeatureSet ReadOffered()
    {
        var offered = new FeatureSet();
        for(var word = 0U; word < 4; word++)
        {
            Common(CommonCfg.DeviceFeatureSelect, 4, word);
            offered = offered.WithWord(word, Common(CommonCfg.DeviceFeature, 4));
        }
        return offered;
    }

    /// <inheritdoc/>
    public IDriverRing SetupRing(int index, int size = 0)
    {
        Common(CommonCfg.QueueSelect, 2, (uint)index);
        if(size != 0)
        {
            Common(CommonCfg.QueueSize, 2, (uint)size);
        }
        var descriptors = (int)Common(CommonCfg.QueueSize, 2);
        IDriverRing ring = Features.Has(Feature.RingPacked)
            ? new PackedRing(Platform.Memory, index, descriptors, Features)
            : new SplitRing(Platform.Memory, index, descriptors, Features);
        WriteAddress(CommonCfg.QueueDesc, ring.DescriptorArea);
        WriteAddress(CommonCfg.QueueDriver, ring.DriverArea);
        WriteAddress(CommonCfg.QueueDevice, ring.DeviceArea);
        notifyOffsets[index] = Common(CommonCfg.QueueNotifyOff, 2) * notifyMultiplier;
        Common(CommonCfg.QueueEnable, 2, 1);
        return ring;
    }

    /// <summary><see cref="SetupRing"/> where RING_PACKED was not negotiated.</summary>
    public SplitRing SetupQueue(int index, int size = 0) => (SplitRing)SetupRing(index, size);

    /// <summary>Writes a 64-bit field as two halves.</summary>
    public void WriteAddress(int field, ulong value)
    {
        Common(field, 4, unchecked((uint)value));
        Common(field + 4, 4, (uint)(value >> 32));
    }

    /// <summary>Rings a queue's doorbell.</summary>
    public void Notify(int queue)
    {
        Notifications++;
        if(!notifyOffsets.TryGetValue(queue, out var offset))
        {
            Common(CommonCfg.QueueSelect, 2, (uint)queue);
            offset = Common(CommonCfg.QueueNotifyOff, 2) * notifyMultiplier;
        }
        Write(PciLayout.CapNotifyCfg, offset, 2, (uint)queue);
    }

    /// <summary>Reads a field of the common configuration.</summary>
    public uint Common(int field, int width) => (uint)Read(PciLayout.CapCommonCfg, (uint)field, width);

    /// <summary>Writes a field of the common configuration.</summary>
    public void Common(int field, int width, uint value) => Write(PciLayout.CapCommonCfg, (uint)field, width, value);

    /// <summary>Reads the device configuration.</summary>
    public ulong DeviceConfig(int offset, int width) => Read(PciLayout.CapDeviceCfg, (uint)offset, width);

    /// <summary>Reads the ISR status, which clears it.</summary>
    public byte ReadIsr() => (byte)Read(PciLayout.CapIsrCfg, 0, 1);

    public ulong Read(byte structure, uint offset, int width) => Platform.Load(Address(structure, offset), width);

    public void Write(byte structure, uint offset, int width, ulong value) => Platform.Store(Address(structure, offset), width, value);

    public uint Config(int register, int width) => Platform.ReadConfig(register, width, slot, function);

    public void WriteConfig(int register, int width, uint value) => Platform.WriteConfig(register, width, value, slot, function);

    /// <summary>The machine that the driver runs on; another one after a snapshot was loaded.</summary>
    public IDriverPlatform Platform { get; set; }

    /// <inheritdoc/>
    public DriverMemory Memory => Platform.Memory;

    /// <summary>device_status.</summary>
    public DeviceStatus Status
    {
        get => (DeviceStatus)Common(CommonCfg.DeviceStatus, 1);
        set => Common(CommonCfg.DeviceStatus, 1, (byte)value);
    }

    /// <summary>Doorbells rung so far.</summary>
    public long Notifications { get; private set; }

    /// <summary>The features negotiated last.</summary>
    public FeatureSet Features { get; private set; }

    /// <summary>Structures by cfg_type.</summary>
    public Dictionary<byte, CapabilityTarget> Structures { get; private set; } = new();

    /// <summary>Where <see cref="Probe"/> has placed the BARs.</summary>
    public ulong[] BarAddresses { get; } = new ulong[PciSpec.BarCount];

    private Dictionary<byte, CapabilityTarget> WalkCapabilities()
    {
        var found = new Dictionary<byte, CapabilityTarget>();
        for(var at = (int)Config(PciSpec.CapabilitiesPointer, 1); at != 0; at = (int)Config(at + 1, 1))
        {
            if(Config(at, 1) == PciSpec.CapabilityVendor)
            {
                found.TryAdd((byte)Config(at + PciLayout.CapCfgType, 1), new CapabilityTarget(
                    (int)Config(at + PciLayout.CapBar, 1),
                    Config(at + PciLayout.CapOffset, 4),
                    Config(at + PciLayout.CapLength, 4), at));
            }
        }
        return found;
    }

    private ulong Address(byte structure, uint offset)
    {
        var found = Structures[structure];
        return BarAddresses[found.Bar] + found.Offset + offset;
    }

    private uint notifyMultiplier;
    private readonly Dictionary<int, uint> notifyOffsets = new();
    private readonly int slot;
    private readonly int function;
}

/// <summary>Field offsets of struct virtio_pci_common_cfg, as a driver knows them.</summary>
public static class CommonCfg
{
    public const int DeviceFeatureSelect = 0x00;
    public const int DeviceFeature = 0x04;
    public const int DriverFeatureSelect = 0x08;
    public const int DriverFeature = 0x0C;
    public const int ConfigMsixVector = 0x10;
    public const int NumQueues = 0x12;
    public const int DeviceStatus = 0x14;
    public const int ConfigGeneration = 0x15;
    public const int QueueSelect = 0x16;
    public const int QueueSize = 0x18;
    public const int QueueMsixVector = 0x1A;
    public const int QueueEnable = 0x1C;
    public const int QueueNotifyOff = 0x1E;
    public const int QueueDesc = 0x20;
    public const int QueueDriver = 0x28;
    public const int QueueDevice = 0x30;
    public const int QueueNotifConfigData = 0x38;
    public const int QueueReset = 0x3A;
    public const int AdminQueueIndex = 0x3C;
    public const int AdminQueueNum = 0x3E;
}
