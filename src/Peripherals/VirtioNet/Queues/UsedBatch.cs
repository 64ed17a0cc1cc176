// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The chains that the device has pushed and not yet published. virtio v1.4-cs01: 2.7.9 and 2.8.8 "In-order use of
// descriptors".

using System;

namespace VirtioNet.Queues
{
    /// <summary>
    /// Collects used elements until they are published together: one for each chain, or fewer with VIRTIO_F_IN_ORDER. Grows
    /// to the largest batch, and allocates nothing from then on.
    /// </summary>
    public sealed class UsedBatch
    {
        /// <summary>Makes an empty batch.</summary>
        public UsedBatch(bool inOrder)
        {
            this.inOrder = inOrder;
        }

        /// <summary>Adds a chain to which so many bytes were written.</summary>
        public void Add(in DescriptorChain chain, uint written)
        {
            Entries += chain.Entries;
            Chains++;
            if(inOrder && TryExtendLast(chain, written))
            {
                return;
            }
            if(count == elements.Length)
            {
                Array.Resize(ref elements, elements.Length * 2);
            }
            elements[count] = new UsedElement(chain.Id, chain.Entries, written);
            count++;
        }

        /// <summary>Empties the batch, after all of it was published.</summary>
        public void Clear()
        {
            count = 0;
            Entries = 0;
            Chains = 0;
            lastIsReadOnly = false;
        }

        /// <summary>The used elements, in the order in which the chains were added.</summary>
        public ReadOnlySpan<UsedElement> Elements => new ReadOnlySpan<UsedElement>(elements, 0, count);

        /// <summary>How many ring entries the batch takes: entries of a split queue's used ring, or slots of a packed ring.</summary>
        public int Entries { get; private set; }

        /// <summary>How many chains were added.</summary>
        public int Chains { get; private set; }

        // With IN_ORDER one used element may complete a run of chains. It has the id and the length of the last one; the driver
        // takes the others to be used completely. So a chain without writable bytes, which has no length to report, shares one
        // element with the chain after it. A chain with writable bytes ends its element, so that its length is reported.
        private bool TryExtendLast(in DescriptorChain chain, uint written)
        {
            var extends = lastIsReadOnly;
            lastIsReadOnly = chain.WritableLength == 0;
            if(extends)
            {
                ref var last = ref elements[count - 1];
                last = new UsedElement(chain.Id, (ushort)(last.Entries + chain.Entries), written);
            }
            return extends;
        }

        // The first `count` elements are in use.
        private UsedElement[] elements = new UsedElement[InitialElements];
        private int count;
        // With IN_ORDER: the last element is that of a chain without writable bytes.
        private bool lastIsReadOnly;

        private readonly bool inOrder;

        private const int InitialElements = 32;
    }
}
