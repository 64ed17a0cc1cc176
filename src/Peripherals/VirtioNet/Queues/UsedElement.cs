// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How the device tells the driver that it has used a chain. virtio v1.4-cs01: 2.7.8 (struct virtq_used_elem), 2.8.4.

namespace VirtioNet.Queues
{
    /// <summary>One used element or used descriptor, before it is written to its ring.</summary>
    public readonly struct UsedElement
    {
        /// <summary>Takes the chain's id, how many ring entries the element completes, and how many bytes were written.</summary>
        public UsedElement(ushort id, ushort entries, uint length)
        {
            Id = id;
            Entries = entries;
            Length = length;
        }

        /// <summary>id: which chain was used; with IN_ORDER the last of those that the element completes.</summary>
        public ushort Id { get; }

        /// <summary>How many ring entries the element completes: the sum over all chains that it stands for.</summary>
        public ushort Entries { get; }

        /// <summary>len: how many bytes were written, from the first writable byte of the chain on.</summary>
        public uint Length { get; }
    }
}
