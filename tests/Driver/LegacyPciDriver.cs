// renode-virtio-net, MIT licence: see LICENSE.
// A driver of virtio 0.9.5 over PCI: registers in I/O BAR0, each queue in pages that follow one another.
// virtio v1.4-cs01: 4.1.4.10, 4.1.5.1.3 (legacy notes), 3.1.2.

using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Drives a function through its legacy registers only.</summary>
public sealed class LegacyPciDriver : IVirtioDriver
{
    public LegacyPciDriver(IDriverPlatform platform, int slot = PciMachine.CardSlot, int function = 0)
    {
        Pci = new VirtioPciDriver(platform, slot, function);
    }

    /// <inheritdoc/>
    public void Probe()
    {
        Pci.Probe();
    }

    /// <inheritdoc/>
    public FeatureSet ReadOffered()
    {
        return new FeatureSet(Read(DeviceFeatures, 4), 0);
    }

    /// <inheritdoc/>
    public bool Negotiate(FeatureSet wanted)
    {
        Status = DeviceStatus.None;
        Status = DeviceStatus.Acknowledge;
        Status |= DeviceStatus.Driver;
        Features = wanted.LegacyPart;
        Write(DriverFeatures, 4, Features.Word(0));
        return true;
    }

    /// <summary>
    /// Allocates a queue in pages that follow one another, and writes their page number. The device gives the size: the
    /// parameter is ignored.
    /// </summary>
    public SplitRing SetupQueue(int index, int size = 0)
    {
        Write(QueueSelect, 2, (uint)index);
        var ring = SplitRing.Contiguous(Memory, index, (int)Read(QueueSize, 2), Features);
        Write(QueueAddress, 4, (uint)(ring.DescriptorArea / PageSize));
        return ring;
    }

    /// <inheritdoc/>
    IDriverRing IVirtioDriver.SetupRing(int index, int size) => SetupQueue(index, size);

    /// <summary>Rings a queue's doorbell.</summary>
    public void Notify(int queue)
    {
        Write(QueueNotify, 2, (uint)queue);
    }

    /// <inheritdoc/>
    public ulong DeviceConfig(int offset, int width) => Read(ConfigOffset + offset, width);

    public uint Read(int register, int width) => (uint)Pci.Platform.In(Pci.BarAddresses[0] + (uint)register, width);

    public void Write(int register, int width, uint value) => Pci.Platform.Out(Pci.BarAddresses[0] + (uint)register, width, value);

    /// <summary>Reads the ISR status, which clears it.</summary>
    public byte ReadIsr() => (byte)Read(IsrStatus, 1);

    /// <summary>device_status.</summary>
    public DeviceStatus Status
    {
        get => (DeviceStatus)Read(DeviceStatusRegister, 1);
        set => Write(DeviceStatusRegister, 1, (byte)value);
    }

    /// <inheritdoc/>
    public FeatureSet Features { get; private set; }

    /// <inheritdoc/>
    public DriverMemory Memory => Pci.Platform.Memory;

    /// <summary>
    /// Offset of the device configuration in BAR0: <see cref="Config"/>, or <see cref="ConfigMsix"/> while MSI-X is enabled.
    /// </summary>
    public int ConfigOffset { get; set; } = Config;

    /// <summary>The driver of the PCI function: its configuration space and BARs.</summary>
    public VirtioPciDriver Pci { get; }

    public const int DeviceFeatures = 0x00;
    public const int DriverFeatures = 0x04;
    public const int QueueAddress = 0x08;
    public const int QueueSize = 0x0C;
    public const int QueueSelect = 0x0E;
    public const int QueueNotify = 0x10;
    public const int DeviceStatusRegister = 0x12;
    public const int IsrStatus = 0x13;
    public const int ConfigVector = 0x14;
    public const int QueueVector = 0x16;
    /// <summary>Device configuration without and with MSI-X enabled.</summary>
    public const int Config = 0x14;
    public const int ConfigMsix = 0x18;
    public const int PageSize = 4096;
}
