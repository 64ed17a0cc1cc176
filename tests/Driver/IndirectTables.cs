// renode-virtio-net, MIT licence: see LICENSE.
// Memory for indirect tables. virtio v1.4-cs01: 2.7.5.3, 2.8.7.

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>One table for each chain that can be out, so that a driver that runs for long uses no more memory.</summary>
internal sealed class IndirectTables
{
    /// <summary>A table with room for so many descriptors; the chain's last one, if it is large enough.</summary>
    public ulong For(ushort id, int descriptors, DriverMemory memory)
    {
        if(!tables.TryGetValue(id, out var table) || table.Room < descriptors)
        {
            table = (memory.Allocate(RingLayout.DescriptorSize * descriptors), descriptors);
            tables[id] = table;
        }
        return table.Address;
    }

    private readonly Dictionary<ushort, (ulong Address, int Room)> tables = new();
}
