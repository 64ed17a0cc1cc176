// renode-virtio-net, MIT licence: see LICENSE.
// Memory for indirect tables. virtio v1.4-cs01: 2.7.5.3, 2.8.7.

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>One table for each id, used again when the id is: a driver that runs for long does not use up its RAM.</summary>
internal sealed class IndirectTables
{
    /// <summary>Address of a table with room for so many descriptors: the one that this id had last, if it is large enough.</summary>
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
