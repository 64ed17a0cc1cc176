// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a link does to the packets of one direction, in the words of tc-netem(8) and tc-tbf(8).

using System.Linq;

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// An immutable value. <see cref="Default"/> passes every packet unchanged and at once; <see cref="TryChange"/> makes any other
    /// of a user's words.
    /// </summary>
    public sealed class LinkSettings
    {
        internal LinkSettings()
        {
        }

        /// <summary>
        /// Changes what the words name, such as "delay 10ms 2ms loss 1%", and keeps all else. "none" or 0 takes a thing away. If
        /// anything is wrong, nothing is changed, and the fault quotes the word, says what is allowed, and how to write it.
        /// </summary>
        public static bool TryChange(LinkSettings before, string words, out LinkSettings after, out string fault)
        {
            var parser = new LinkParser(before, words);
            var isRead = parser.TryRead(out after);
            fault = parser.Fault;
            return isRead;
        }

        /// <summary>The words that make these settings of the default ones, in a fixed order; empty for the default ones.</summary>
        public override string ToString()
        {
            var words = new[]
            {
                Delay.ToString(),
                Loss?.ToString() ?? "",
                WithCorrelation("corrupt", Corrupt, CorruptCorrelation),
                WithCorrelation("duplicate", Duplicate, DuplicateCorrelation),
                WithCorrelation("reorder", Reorder, ReorderCorrelation) + (Reorder.IsZero || Gap == 1 ? "" : $" gap {Gap}"),
                Rate.ToString(),
                Limit.ToString(),
                Bucket.ToString(),
                Slots.ToString(),
                Mtu == 0 ? "" : $"mtu {Mtu}",
                IsDown ? "down" : "",
            };
            return string.Join(" ", words.Where(x => x.Length > 0));
        }

        /// <summary>Passes everything, unchanged and at once.</summary>
        public static readonly LinkSettings Default = new LinkSettings();

        /// <summary>How long packets are on their way.</summary>
        public LinkDelay Delay { get; init; }

        /// <summary>Which packets are lost; null if none is.</summary>
        public LossModel? Loss { get; init; }

        /// <summary>The part of packets of which one bit is turned over, each bit of the frame with the same probability.</summary>
        public Percent Corrupt { get; init; }

        /// <summary>How much that depends on the packet before.</summary>
        public Percent CorruptCorrelation { get; init; }

        /// <summary>The part of packets that arrives twice.</summary>
        public Percent Duplicate { get; init; }

        /// <summary>How much that depends on the packet before.</summary>
        public Percent DuplicateCorrelation { get; init; }

        /// <summary>The part of packets that passes those that wait; of the packets that <see cref="Gap"/> allows.</summary>
        public Percent Reorder { get; init; }

        /// <summary>How much that depends on the packet before.</summary>
        public Percent ReorderCorrelation { get; init; }

        /// <summary>After a packet that was let pass, Gap - 1 packets are not: 1 and up.</summary>
        public uint Gap { get; init; } = 1;

        /// <summary>How fast packets are sent.</summary>
        public LinkRate Rate { get; init; }

        /// <summary>How much the link holds.</summary>
        public LinkLimit Limit { get; init; } = new LinkLimit(LinkLimit.UsualPackets, 0);

        /// <summary>The token bucket before all this.</summary>
        public TokenBucket Bucket { get; init; }

        /// <summary>The slots after all this.</summary>
        public LinkSlots Slots { get; init; }

        /// <summary>The longest frame in bytes, not counting its Ethernet header and tags; 0 if there is no limit.</summary>
        public int Mtu { get; init; }

        /// <summary>True if nothing passes.</summary>
        public bool IsDown { get; init; }

        /// <summary>
        /// True if single frames are measured, drawn for or sent one after the other: large packets and checksums have to be finished
        /// before. Only a delay that is the same for all, and the limit of such a delay, leave packets whole.
        /// </summary>
        public bool NeedsFrames => Loss != null || Delay.Jitter != 0 || !Corrupt.IsZero || !Duplicate.IsZero || !Reorder.IsZero
            || !Rate.IsNone || !Bucket.IsNone || !Slots.IsNone || Mtu != 0;

        /// <summary>True if every packet passes unchanged and in no time, as if it were alone.</summary>
        public bool IsAtOnce => !NeedsFrames && Delay.IsZero && !IsDown;

        /// <summary>No packet is on its way for less time, in nanoseconds.</summary>
        public ulong LeastDelay => Reorder.IsZero ? Delay.Least : 0;

        private static string WithCorrelation(string word, Percent part, Percent correlation)
        {
            return part.IsZero ? "" : $"{word} {part}" + (correlation.IsZero ? "" : $" {correlation}");
        }
    }
}
