#nullable enable
// What the device tells the driver of a chain that it is done with. virtio v1.4-cs01: 2.7.8 (struct virtq_used_elem), 2.8.4.

namespace VirtioNet.Queues
{
    /// <summary>One used element or used descriptor, before it is written to its ring.</summary>
    public readonly struct UsedElement
    {
        /// <summary>Takes the chain's id, the bytes written to it, and how far the ring moves on by the element.</summary>
        public UsedElement(ushort id, ushort entries, uint length)
        {
            Id = id;
            Entries = entries;
            Length = length;
        }

        /// <summary>id.</summary>
        public ushort Id { get; }

        /// <summary>Entries of the ring that the element speaks for; with IN_ORDER those of several chains.</summary>
        public ushort Entries { get; }

        /// <summary>len: bytes written, from the first writable one on.</summary>
        public uint Length { get; }
    }
}
