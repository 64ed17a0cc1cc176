#nullable enable
// What a card sends while its lock is held, and what leaves when the lock is released (H-116).

using System.Collections.Generic;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// A queue that one thread at a time empties, with no lock held; it also takes what others add
    /// meanwhile, so that the order is kept, and what comes straight back cannot recurse (H-75).
    /// </summary>
    internal sealed class Outbox<T>
    {
        /// <summary>Adds an item at the end.</summary>
        public void Add(T item)
        {
            lock(items)
            {
                items.Enqueue(item);
            }
        }

        /// <summary>True if there is nothing to take.</summary>
        public bool IsEmpty
        {
            get
            {
                lock(items)
                {
                    return items.Count == 0;
                }
            }
        }

        /// <summary>True if there is something to take and nobody takes it; the caller then takes until there is none.</summary>
        public bool TryStart()
        {
            lock(items)
            {
                if(emptying || items.Count == 0)
                {
                    return false;
                }
                emptying = true;
                return true;
            }
        }

        /// <summary>Takes the next item; false ends what <see cref="TryStart"/> has started.</summary>
        public bool TryTake(out T item)
        {
            lock(items)
            {
                emptying = items.TryDequeue(out item!);
                return emptying;
            }
        }

        private bool emptying;

        private readonly Queue<T> items = new Queue<T>();
    }
}
