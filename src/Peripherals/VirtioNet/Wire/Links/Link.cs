// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One direction of a link: what becomes of each packet, and when. The models are those of tc-netem(8), after a token
// bucket as tc-tbf(8) has it. All is decided when a packet comes, so that no timer is needed.
//
//   down? ─ mtu? ─ duplicate ─ loss ─ corrupt ─ bucket ─ limit ─ delay and rate, or past them (reorder) ─ slot

using System;
using System.Collections.Generic;

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Settings, which can be changed at any time, and what the link remembers, which is plain data. Two links with the same seed,
    /// name and settings do the same to the same packets; what other links there are does not matter.
    /// </summary>
    public sealed class Link
    {
        /// <summary>A link that passes everything. The name is that of a direction, such as "net0 in".</summary>
        public Link(ulong seed, string name)
        {
            Name = name;
            loss.Draws = new RandomStream(seed, name, "loss");
            duplicate = new RandomStream(seed, name, "duplicate");
            originals = new PacketStreams(seed, name, "");
            copies = new PacketStreams(seed, name, " of copies");
            slots = new SlotClock(seed, name);
        }

        /// <summary>
        /// The short way of <see cref="Pass"/>, with the same outcome, over a link on which nothing is set. False, and nothing has
        /// happened, if it may not be taken.
        /// </summary>
        public bool TryPassAtOnce(Packet packet, ulong time, out LinkOutcome outcome)
        {
            outcome = new LinkOutcome(time, time, packet, LinkEvents.None, DropReason.None);
            // Some of what is held may have left by now; so if there is room beside it, there is room.
            if(!isAtOnce || bucket.IsBusy(time) || !settings.Limit.HasRoom(held, packet.Length))
            {
                return false;
            }
            packets++;
            return true;
        }

        /// <summary>
        /// Adds what comes of a packet to the list: an arrival or a drop, and a second one if it is duplicated. No time is before the
        /// packet's own. Times are in nanoseconds, and packets are passed in the order of their times; arrivals may come out in
        /// another order. Where <see cref="LinkSettings.NeedsFrames"/> says so, the packet has to be finished.
        /// </summary>
        public void Pass(Packet packet, ulong time, List<LinkOutcome> outcomes)
        {
            // Every packet draws for everything, so that what happens to it shifts no draw of another.
            var number = packets++;
            var own = originals.Next(settings, number);
            var copy = settings.Duplicate.IsZero ? default : copies.Next(settings, number);
            var isDuplicated = !settings.Duplicate.IsZero && settings.Duplicate.Takes(duplicate.Next(number, settings.DuplicateCorrelation));
            var isLost = settings.Loss != null && settings.Loss.Loses(ref loss, number);
            if(settings.IsDown || IsTooLong(packet))
            {
                outcomes.Add(new LinkOutcome(time, time, packet, LinkEvents.None, settings.IsDown ? DropReason.Down : DropReason.TooLong));
                return;
            }
            if(isLost)
            {
                outcomes.Add(new LinkOutcome(time, time, packet, LinkEvents.None, DropReason.Loss));
            }
            else
            {
                Carry(packet, time, own, LinkEvents.None, outcomes);
            }
            // As with netem, a copy may arrive though the packet itself is lost.
            if(isDuplicated)
            {
                Carry(packet, time, copy, LinkEvents.Duplicated, outcomes);
            }
        }

        /// <summary>The name that it was made with.</summary>
        public string Name { get; }

        /// <summary>
        /// What it does. A change begins with the next packet: those on their way keep their times, and what the link remembers stays.
        /// A loss model that is set anew begins in its first state, a gap that is set anew at its start.
        /// </summary>
        public LinkSettings Settings
        {
            get => settings;
            set
            {
                if(!ReferenceEquals(value.Loss, settings.Loss))
                {
                    loss.Chain = 0;
                    loss.Seen = 0;
                }
                if(value.Gap != settings.Gap || settings.Reorder.IsZero)
                {
                    sinceReordered = 0;
                }
                settings = value;
                isAtOnce = value.IsAtOnce;
            }
        }

        private void Carry(Packet packet, ulong time, in PacketDraws draws, LinkEvents events, List<LinkOutcome> outcomes)
        {
            if(draws.IsCorrupted && packet.Length > 0)
            {
                packet = Corrupted(packet, draws.Place);
                events |= LinkEvents.Corrupted;
            }
            var drop = bucket.Pass(settings.Bucket, time, packet.Length, out var go);
            held.Release(go);
            if(drop == DropReason.None && !settings.Limit.HasRoom(held, packet.Length))
            {
                drop = DropReason.QueueFull;
            }
            if(drop != DropReason.None)
            {
                outcomes.Add(new LinkOutcome(time, go, packet, events, drop));
                return;
            }
            var leaves = slots.Pass(settings.Slots, Due(go, packet.Length, draws, ref events), packet.Length);
            if(leaves > go)
            {
                held.Add(leaves, packet.Length);
            }
            outcomes.Add(new LinkOutcome(time, leaves, packet, events, DropReason.None));
        }

        // As netem: "reorder" lets a packet go at once, past delay and rate. A rate sends when the delay is over and the
        // packet before has been sent; so with a rate, jitter does not change the order.
        private ulong Due(ulong go, int length, in PacketDraws draws, ref LinkEvents events)
        {
            sinceReordered++;
            if(draws.MayPass && sinceReordered >= settings.Gap)
            {
                sinceReordered = 0;
                events |= LinkEvents.Reordered;
                return go;
            }
            var due = go + settings.Delay.At(draws.Delay);
            if(settings.Rate.IsNone)
            {
                return due;
            }
            sent = Math.Max(sent, due) + settings.Rate.TimeOf(length);
            return sent;
        }

        private bool IsTooLong(Packet packet)
        {
            return settings.Mtu != 0 && packet.Length > settings.Mtu + Ethernet.HeaderLength(packet.Bytes);
        }

        private static Packet Corrupted(Packet packet, ulong place)
        {
            var bytes = packet.Bytes.ToArray();
            var bit = place % (8 * (ulong)bytes.Length);
            bytes[bit / 8] ^= (byte)(1 << (int)(bit % 8));
            return new Packet(bytes, packet.Offload);
        }

        private readonly BucketQueue bucket = new BucketQueue();
        private readonly HeldPackets held = new HeldPackets();
        private LinkSettings settings = LinkSettings.Default;
        private bool isAtOnce = LinkSettings.Default.IsAtOnce;
        private PacketStreams originals;
        private PacketStreams copies;
        private RandomStream duplicate;
        private LossState loss;
        private SlotClock slots;
        private ulong packets;
        private ulong sent;
        private ulong sinceReordered;
    }
}
