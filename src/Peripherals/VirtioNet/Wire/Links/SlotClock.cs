// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// When slots open, and what is left of the next one.

namespace VirtioNet.Wire.Links
{
    /// <summary>The slot that is on its way, if any. Plain data.</summary>
    internal struct SlotClock
    {
        public SlotClock(ulong seed, string link)
        {
            draws = new RandomStream(seed, link, "slot");
            opens = 0;
            slot = 0;
            packets = 0;
            bytes = 0;
        }

        /// <summary>When a packet leaves that is due at a time.</summary>
        public ulong Pass(in LinkSlots slots, ulong due, int length)
        {
            if(slots.IsNone)
            {
                return due;
            }
            if(slot == 0 || opens < due)
            {
                // No slot is on its way: this packet asks for one.
                Ask(slots, due);
            }
            else if((slots.Packets != 0 && packets >= slots.Packets) || (slots.Bytes != 0 && bytes >= slots.Bytes))
            {
                Ask(slots, opens);
            }
            packets++;
            bytes += (ulong)length;
            return opens;
        }

        private void Ask(in LinkSlots slots, ulong time)
        {
            opens = time + slots.WaitAt(draws.Next(slot, default));
            slot++;
            packets = 0;
            bytes = 0;
        }

        private RandomStream draws;
        private ulong opens;
        private ulong slot;
        private int packets;
        private ulong bytes;
    }
}
