// renode-virtio-net, MIT licence: see LICENSE.
// A driver's view of MSI-X: finds the capability, programs and masks vectors. PCI Local Bus 3.0: 6.8.2.

using VirtioNet.Pci;

namespace VirtioNet.Driver;

/// <summary>Drives the MSI-X capability of a probed function.</summary>
public sealed class MsixDriver
{
    /// <summary>Finds the capability, the table and the pending bits. Throws if there is no capability.</summary>
    public MsixDriver(VirtioPciDriver pci)
    {
        this.pci = pci;
        capability = (int)pci.Config(PciSpec.CapabilitiesPointer, 1);
        while(pci.Config(capability, 1) != PciSpec.CapabilityMsix)
        {
            capability = (int)pci.Config(capability + 1, 1);
            if(capability == 0)
            {
                throw new InvalidOperationException("the function has no MSI-X capability");
            }
        }
        table = Place(capability + 4);
        pending = Place(capability + 8);
    }

    /// <summary>Gives a vector its message and unmasks it.</summary>
    public void Program(int vector, ulong address, uint data)
    {
        pci.Platform.Store(Entry(vector), 4, unchecked((uint)address));
        pci.Platform.Store(Entry(vector) + 4, 4, (uint)(address >> 32));
        pci.Platform.Store(Entry(vector) + 8, 4, data);
        Mask(vector, false);
    }

    public void Mask(int vector, bool masked) => pci.Platform.Store(Entry(vector) + 12, 4, masked ? 1U : 0U);

    public bool IsPending(int vector) => (pci.Platform.Load(pending + (uint)(vector / 64 * 8), 8) >> (vector % 64) & 1) != 0;

    /// <summary>Address of a table entry.</summary>
    public ulong Entry(int vector) => table + (uint)(16 * vector);

    /// <summary>Message control.</summary>
    public uint Control
    {
        get => pci.Config(capability + 2, 2);
        set => pci.WriteConfig(capability + 2, 2, value);
    }

    /// <summary>Vectors that the function says it has.</summary>
    public int Vectors => (int)(Control & 0x7FF) + 1;

    public const uint Enable = 0x8000;
    public const uint FunctionMask = 0x4000;

    private ulong Place(int register)
    {
        var value = pci.Config(register, 4);
        return pci.BarAddresses[value & 7] + (value & ~7U);
    }

    private readonly VirtioPciDriver pci;
    private readonly int capability;
    private readonly ulong table;
    private readonly ulong pending;
}
