// renode-virtio-net, MIT licence: see LICENSE.
// A driver of virtio over MMIO, of both versions. virtio v1.4-cs01: 4.2.3 "MMIO-specific Initialization And Device
// Operation", 4.2.4 "Legacy interface".

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Drives a device the way a guest's virtio_mmio does: only through 32-bit registers and the configuration.</summary>
public sealed class MmioDriver : IVirtioDriver
{
    /// <summary>
    /// Drives the device at an address. With the legacy interface, pages have the given size, and used rings the given
    /// alignment, in bytes.
    /// </summary>
    public MmioDriver(IMmioPlatform platform, ulong baseAddress = MmioMachine.CardBase, int pageSize = 4096, int align = 4096)
    {
        Platform = platform;
        this.baseAddress = baseAddress;
        this.pageSize = pageSize;
        this.align = align;
    }

    /// <summary>Checks that a device is there, and reads its version. A legacy driver tells the size of its pages.</summary>
    public void Probe()
    {
        if(Read(MmioReg.MagicValue) != MmioLayout.Magic || Read(MmioReg.DeviceID) == 0)
        {
            throw new InvalidOperationException($"no virtio device is at 0x{baseAddress:X}");
        }
        IsLegacy = Read(MmioReg.Version) == MmioLayout.LegacyVersion;
        if(IsLegacy)
        {
            // Once, as Linux does: it outlives the resets that follow.
            Write(MmioReg.GuestPageSize, (uint)pageSize);
        }
    }

    /// <inheritdoc/>
    public FeatureSet ReadOffered()
    {
        var offered = new FeatureSet();
        for(var word = 0U; word < 4; word++)
        {
            Write(MmioReg.DeviceFeaturesSel, word);
            offered = offered.WithWord(word, Read(MmioReg.DeviceFeatures));
        }
        return offered;
    }

    /// <inheritdoc/>
    public bool Negotiate(FeatureSet wanted)
    {
        Status = DeviceStatus.None;
        Status = DeviceStatus.Acknowledge;
        Status |= DeviceStatus.Driver;
        Features = IsLegacy ? wanted.LegacyPart : wanted;
        // The last word first, as Linux writes them.
        for(var word = 3U; word <= 3; word = unchecked(word - 1))
        {
            Write(MmioReg.DriverFeaturesSel, word);
            Write(MmioReg.DriverFeatures, Features.Word(word));
        }
        if(IsLegacy)
        {
            return true;
        }
        Status |= DeviceStatus.FeaturesOk;
        return (Status & DeviceStatus.FeaturesOk) != 0;
    }

    /// <summary><see cref="SetupRing"/> where RING_PACKED was not negotiated.</summary>
    public SplitRing SetupQueue(int index, int size = 0) => (SplitRing)SetupRing(index, size);

    /// <inheritdoc/>
    public IDriverRing SetupRing(int index, int size = 0)
    {
        Write(MmioReg.QueueSel, (uint)index);
        if(Read(IsLegacy ? MmioReg.QueuePFN : MmioReg.QueueReady) != 0)
        {
            throw new InvalidOperationException($"queue {index} is in use");
        }
        size = size != 0 ? size : (int)Read(MmioReg.QueueSizeMax);
        Write(MmioReg.QueueSize, (uint)size);
        if(IsLegacy)
        {
            var pages = SplitRing.Contiguous(Memory, index, size, Features, align, pageSize);
            Write(MmioReg.QueueAlign, (uint)align);
            Write(MmioReg.QueuePFN, (uint)(pages.DescriptorArea / (uint)pageSize));
            return pages;
        }
        IDriverRing ring = Features.Has(Feature.RingPacked)
            ? new PackedRing(Memory, index, size, Features)
            : new SplitRing(Memory, index, size, Features);
        WriteAddress(MmioReg.QueueDesc, ring.DescriptorArea);
        WriteAddress(MmioReg.QueueDriver, ring.DriverArea);
        WriteAddress(MmioReg.QueueDevice, ring.DeviceArea);
        Write(MmioReg.QueueReady, 1);
        return ring;
    }

    /// <inheritdoc/>
    public void Notify(int queue) => Write(MmioReg.QueueNotify, (uint)queue);

    /// <summary>Reads InterruptStatus, and acknowledges what it says.</summary>
    public byte ReadIsr()
    {
        var pending = Read(MmioReg.InterruptStatus);
        Write(MmioReg.InterruptACK, pending);
        return (byte)pending;
    }

    /// <inheritdoc/>
    public ulong DeviceConfig(int offset, int width) => Load(MmioReg.Config + offset, width);

    /// <summary>Writes a 64-bit field as two halves.</summary>
    public void WriteAddress(int register, ulong value)
    {
        Write(register, unchecked((uint)value));
        Write(register + 4, (uint)(value >> 32));
    }

    public uint Read(int register) => (uint)Load(register, 4);

    public void Write(int register, uint value) => Store(register, 4, value);

    public ulong Load(int offset, int width) => Platform.Load(baseAddress + (uint)offset, width);

    public void Store(int offset, int width, ulong value) => Platform.Store(baseAddress + (uint)offset, width, value);

    /// <summary>The machine that the driver runs on; another one after a snapshot was loaded.</summary>
    public IMmioPlatform Platform { get; set; }

    /// <inheritdoc/>
    public DriverMemory Memory => Platform.Memory;

    /// <inheritdoc/>
    public DeviceStatus Status
    {
        get => (DeviceStatus)Read(MmioReg.Status);
        set => Write(MmioReg.Status, (byte)value);
    }

    /// <inheritdoc/>
    public FeatureSet Features { get; private set; }

    /// <summary>True for version 1.</summary>
    public bool IsLegacy { get; private set; }

    private readonly ulong baseAddress;
    private readonly int pageSize;
    private readonly int align;
}

/// <summary>Register offsets of both versions, as a driver knows them.</summary>
public static class MmioReg
{
    public const int MagicValue = 0x000;
    public const int Version = 0x004;
    public const int DeviceID = 0x008;
    public const int VendorID = 0x00C;
    public const int DeviceFeatures = 0x010;
    public const int DeviceFeaturesSel = 0x014;
    public const int DriverFeatures = 0x020;
    public const int DriverFeaturesSel = 0x024;
    public const int GuestPageSize = 0x028;
    public const int QueueSel = 0x030;
    public const int QueueSizeMax = 0x034;
    public const int QueueSize = 0x038;
    public const int QueueAlign = 0x03C;
    public const int QueuePFN = 0x040;
    public const int QueueReady = 0x044;
    public const int QueueNotify = 0x050;
    public const int InterruptStatus = 0x060;
    public const int InterruptACK = 0x064;
    public const int Status = 0x070;
    public const int QueueDesc = 0x080;
    public const int QueueDriver = 0x090;
    public const int QueueDevice = 0x0A0;
    public const int SHMSel = 0x0AC;
    public const int SHMLen = 0x0B0;
    public const int SHMBase = 0x0B8;
    public const int QueueReset = 0x0C0;
    public const int ConfigGeneration = 0x0FC;
    public const int Config = 0x100;
}
