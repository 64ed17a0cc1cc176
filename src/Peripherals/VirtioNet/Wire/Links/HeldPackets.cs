// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a link or a bucket holds: the packets that have been given a time to leave which has not come yet.

using System;

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Times to leave and lengths, the earliest first: a binary heap, since jitter lets packets leave in another order. Takes
    /// memory only while it grows.
    /// </summary>
    internal sealed class HeldPackets
    {
        /// <summary>Forgets what has left by now.</summary>
        public void Release(ulong now)
        {
            while(Count > 0 && items[0].Leaves <= now)
            {
                Bytes -= items[0].Length;
                Count--;
                Sink(items[Count]);
            }
        }

        /// <summary>Remembers a packet until its time.</summary>
        public void Add(ulong leaves, int length)
        {
            if(Count == items.Length)
            {
                Array.Resize(ref items, Math.Max(16, 2 * items.Length));
            }
            Bytes += length;
            var place = Count++;
            while(place > 0 && items[(place - 1) / 2].Leaves > leaves)
            {
                items[place] = items[(place - 1) / 2];
                place = (place - 1) / 2;
            }
            items[place] = new Item { Leaves = leaves, Length = length };
        }

        /// <summary>Packets held.</summary>
        public int Count { get; private set; }

        /// <summary>Bytes of the packets held.</summary>
        public long Bytes { get; private set; }

        // The first place is free: each smaller one below it moves up, until the item fits.
        private void Sink(Item item)
        {
            var place = 0;
            for(var below = 1; below < Count; below = 2 * place + 1)
            {
                if(below + 1 < Count && items[below + 1].Leaves < items[below].Leaves)
                {
                    below++;
                }
                if(items[below].Leaves >= item.Leaves)
                {
                    break;
                }
                items[place] = items[below];
                place = below;
            }
            items[place] = item;
        }

        private Item[] items = Array.Empty<Item>();

        private struct Item
        {
            public ulong Leaves;
            public int Length;
        }
    }
}
