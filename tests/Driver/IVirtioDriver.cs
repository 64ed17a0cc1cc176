// renode-virtio-net, MIT licence: see LICENSE.
// A driver of a virtio device over any transport: PCI, legacy PCI or MMIO. virtio v1.4-cs01: 3.1.

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>The steps of device initialisation (3.1) on every transport, so that one network driver runs over all of them.</summary>
public interface IVirtioDriver
{
    /// <summary>Finds the registers of the device.</summary>
    void Probe();

    /// <summary>What the device offers to this driver.</summary>
    FeatureSet ReadOffered();

    /// <summary>Resets the device and negotiates. False if the device refuses the features.</summary>
    bool Negotiate(FeatureSet wanted);

    /// <summary>Allocates a queue in guest RAM and enables it. Size 0 stands for the size that the device proposes.</summary>
    IDriverRing SetupRing(int index, int size = 0);

    /// <summary>Rings a queue's doorbell.</summary>
    void Notify(int queue);

    /// <summary>Reads what has caused an interrupt, and acknowledges it: bits of the ISR status.</summary>
    byte ReadIsr();

    /// <summary>Reads the device configuration: 1, 2 or 4 bytes.</summary>
    ulong DeviceConfig(int offset, int width);

    /// <summary>device_status.</summary>
    DeviceStatus Status { get; set; }

    /// <summary>The features negotiated last.</summary>
    FeatureSet Features { get; }

    /// <summary>The machine's RAM.</summary>
    DriverMemory Memory { get; }
}
