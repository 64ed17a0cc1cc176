// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A position in a packed descriptor ring. virtio v1.4-cs01: 2.8.1 "Driver and Device Ring Wrap Counters",
// 2.8.14 "Event Suppression Structure Format".

using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// A slot of the descriptor ring, and the wrap counter of the lap in which it is reached, so that a slot in this lap and
    /// the same slot in the next one differ. The ring may have any size, not only a power of two (H-38).
    /// </summary>
    public readonly struct RingPosition
    {
        /// <summary>Takes a slot, below the size of its ring, and a wrap counter.</summary>
        public RingPosition(int slot, bool wrapCounter) : this(slot, wrapCounter ? RingLayout.EventWrap : 0)
        {
        }

        /// <summary>
        /// Reads the field desc of an event suppression structure. A driver can write a slot there that the ring does not have.
        /// </summary>
        public static RingPosition FromEvent(ushort desc)
        {
            return new RingPosition(desc, 0);
        }

        /// <summary>The position as the field desc of an event suppression structure.</summary>
        public ushort ToEvent()
        {
            return (ushort)desc;
        }

        /// <summary>
        /// The position <paramref name="count"/> slots further on, or further back if the count is negative: from -size to size.
        /// The wrap counter flips if the end of the ring is passed in either direction.
        /// </summary>
        public RingPosition Move(int count, int size)
        {
            var slot = Slot + count;
            var wrap = desc & RingLayout.EventWrap;
            if(slot >= size)
            {
                return new RingPosition(slot - size, wrap ^ RingLayout.EventWrap);
            }
            return slot < 0 ? new RingPosition(slot + size, wrap ^ RingLayout.EventWrap) : new RingPosition(slot, wrap);
        }

        /// <summary>
        /// How many slots lie from this position, going up, to the other one: from 0 to less than twice the size, because after two
        /// laps slot and wrap counter are the same again. Both slots must be below the size.
        /// </summary>
        public int DistanceTo(RingPosition other, int size)
        {
            var distance = other.Slot - Slot + (WrapCounter == other.WrapCounter ? 0 : size);
            return distance < 0 ? distance + 2 * size : distance;
        }

        /// <summary>
        /// True if this is one of the <paramref name="count"/> positions from <paramref name="first"/> on; false if the ring has
        /// no such slot (H-37). With RING_EVENT_FLAGS_DESC the driver is notified if the position that it names is one of those
        /// just used (2.8.10).
        /// </summary>
        public bool IsAmong(RingPosition first, int count, int size)
        {
            return Slot < size && first.DistanceTo(this, size) < count;
        }

        /// <summary>Index of the descriptor in its ring.</summary>
        public int Slot => desc & ~RingLayout.EventWrap;

        /// <summary>The ring wrap counter: true is 1.</summary>
        public bool WrapCounter => (desc & RingLayout.EventWrap) != 0;

        /// <summary>Where device and driver begin: slot 0, wrap counter 1.</summary>
        public static readonly RingPosition Start = new RingPosition(0, true);

        private RingPosition(int slot, int wrap)
        {
            desc = slot | wrap;
        }

        // Slot and wrap counter in one number, as in an event suppression structure, so that a position fits a register.
        private readonly int desc;
    }
}
