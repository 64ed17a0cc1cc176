// renode-virtio-net, MIT licence: see LICENSE.
// The machine that a driver runs on: what its loads, stores and port accesses reach.

namespace VirtioNet.Driver;

/// <summary>The CPU's view of a machine with memory-mapped registers: RAM and memory space.</summary>
public interface IMmioPlatform
{
    /// <summary>Reads from the memory space: 1, 2, 4 or 8 bytes.</summary>
    ulong Load(ulong address, int width);

    /// <summary>Writes to the memory space.</summary>
    void Store(ulong address, int width, ulong value);

    /// <summary>The machine's RAM.</summary>
    DriverMemory Memory { get; }
}

/// <summary>The CPU's view of a machine with a PCI bus, whose memory space it sees.</summary>
public interface IDriverPlatform : IMmioPlatform
{
    /// <summary>Reads a configuration register: 1, 2 or 4 bytes.</summary>
    uint ReadConfig(int register, int width, int slot, int function);

    /// <summary>Writes a configuration register.</summary>
    void WriteConfig(int register, int width, uint value, int slot, int function);

    /// <summary>Reads from the I/O space of the bus: 1, 2 or 4 bytes.</summary>
    ulong In(ulong port, int width);

    /// <summary>Writes to the I/O space of the bus.</summary>
    void Out(ulong port, int width, ulong value);
}
