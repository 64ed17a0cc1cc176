#nullable enable
// A place in a packed descriptor ring. virtio v1.4-cs01: 2.8.1 "Driver and Device Ring Wrap Counters",
// 2.8.14 "Event Suppression Structure Format".

using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// A slot of the descriptor ring and the wrap counter with which it is reached, so that a place of this lap and
    /// the same place of the next one differ. Rings of any size, not only powers of two (H-38).
    /// </summary>
    public readonly struct RingPosition
    {
        /// <summary>Takes a slot, below the size of its ring, and a wrap counter.</summary>
        public RingPosition(int slot, bool wrapCounter) : this(slot, wrapCounter ? RingLayout.EventWrap : 0)
        {
        }

        /// <summary>Reads the field desc of an event suppression structure. Its slot may be one that no ring has (H-37).</summary>
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
        /// The position <paramref name="count"/> slots on, or back if it is negative, by one lap at most. The wrap
        /// counter flips with each passage of the ring's end.
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

        /// <summary>Slots from here on to the other position: 0 to twice the size, because each slot comes with both wrap counters.</summary>
        public int DistanceTo(RingPosition other, int size)
        {
            var distance = other.Slot - Slot + (WrapCounter == other.WrapCounter ? 0 : size);
            return distance < 0 ? distance + 2 * size : distance;
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

        // Both in one number, as in an event suppression structure: a position fits a register.
        private readonly int desc;
    }
}
