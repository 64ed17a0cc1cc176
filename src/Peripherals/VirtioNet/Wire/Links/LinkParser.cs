// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The words of a link: what may follow each, and what fits together.

namespace VirtioNet.Wire.Links
{
    /// <summary>Changes settings by words; see <see cref="LinkSettings.TryChange"/>.</summary>
    internal sealed partial class LinkParser
    {
        public LinkParser(LinkSettings before, string text)
        {
            this.before = before;
            words = new LinkWords(text);
            delay = before.Delay;
            loss = before.Loss;
            corrupt = (before.Corrupt, before.CorruptCorrelation);
            duplicate = (before.Duplicate, before.DuplicateCorrelation);
            reorder = (before.Reorder, before.ReorderCorrelation);
            gap = before.Gap;
            rate = before.Rate;
            limit = before.Limit;
            bucket = before.Bucket;
            slots = before.Slots;
            mtu = before.Mtu;
            isDown = before.IsDown;
        }

        /// <summary>The changed settings; those before if <see cref="Fault"/> says why not.</summary>
        public bool TryRead(out LinkSettings after)
        {
            after = before;
            while(words.TryNext(out var word))
            {
                if(!TryWord(word))
                {
                    return false;
                }
            }
            if(!FitsTogether())
            {
                return false;
            }
            after = new LinkSettings
            {
                Delay = delay,
                Loss = loss,
                Corrupt = corrupt.Part,
                CorruptCorrelation = corrupt.Correlation,
                Duplicate = duplicate.Part,
                DuplicateCorrelation = duplicate.Correlation,
                Reorder = reorder.Part,
                ReorderCorrelation = reorder.Correlation,
                Gap = gap,
                Rate = rate,
                Limit = limit,
                Bucket = bucket,
                Slots = slots,
                Mtu = mtu,
                IsDown = isDown,
            };
            return true;
        }

        /// <summary>What is wrong; empty if nothing is.</summary>
        public string Fault => words.Fault;

        private bool TryWord(string word)
        {
            switch(word)
            {
            case "delay":
                return TryDelay();
            case "distribution":
                return TryDistribution();
            case "loss":
                return TryLoss();
            case "corrupt":
                return TryPart(word, out corrupt);
            case "duplicate":
                return TryPart(word, out duplicate);
            case "reorder":
                gap = 1;
                return TryPart(word, out reorder) && (!words.TrySkip("gap") || TryGap());
            case "rate":
                return TryRate();
            case "limit":
                return TryLimit();
            case "tbf":
                return TryBucket();
            case "slot":
                return TrySlots();
            case "mtu":
                mtu = 0;
                return words.TryNone() || words.TryNumber("mtu", "mtu 1500", MinMtu, Ethernet.MaxPayload, out mtu);
            case "down":
            case "up":
                isDown = word == "down";
                return true;
            default:
                return words.Fail($"\"{word}\" is no word of a link; the words are {AllWords}");
            }
        }

        private bool TryDelay()
        {
            var distribution = delay.Distribution;
            var jitter = 0UL;
            Percent correlation = default;
            if(!words.TrySkip("none"))
            {
                if(!words.TryTime("delay", "delay 10ms", out var time)
                    || (words.HasValue && !words.TryTime("the jitter of delay", "delay 10ms 2ms", out jitter))
                    || (words.HasValue && !words.TryPercent("the correlation of delay", "delay 10ms 2ms 25%", out correlation)))
                {
                    return false;
                }
                delay = new LinkDelay(time, jitter, jitter == 0 ? default : correlation, jitter == 0 ? default : distribution);
                return true;
            }
            delay = default;
            return true;
        }

        private bool TryDistribution()
        {
            if(!TryDistributionName("distribution", "delay 10ms 2ms distribution normal", out var distribution))
            {
                return false;
            }
            if(delay.Jitter == 0 && distribution != Distribution.Uniform)
            {
                var name = LinkUnits.Name(distribution);
                return words.Fail($"distribution {name} needs a jitter, which it spreads: write \"delay 10ms 2ms distribution {name}\"");
            }
            delay = new LinkDelay(delay.Time, delay.Jitter, delay.Correlation, distribution);
            return true;
        }

        private bool TryDistributionName(string name, string example, out Distribution distribution)
        {
            var text = words.Peek();
            words.TryNext(out _);
            return LinkUnits.TryDistribution(text, out distribution) || words.Fail(name, text, "uniform, normal, pareto or paretonormal", example);
        }

        private bool TryPart(string word, out (Percent Part, Percent Correlation) part)
        {
            part = default;
            if(words.TrySkip("none"))
            {
                return true;
            }
            return words.TryPercent(word, $"{word} 1%", out part.Part)
                && (!words.HasValue || words.TryPercent($"the correlation of {word}", $"{word} 1% 25%", out part.Correlation));
        }

        private bool TryGap()
        {
            var isRead = words.TryNumber("gap of reorder", "reorder 25% 50% gap 5", 1, int.MaxValue, out var number);
            gap = (uint)(isRead ? number : 1);
            return isRead;
        }

        private bool FitsTogether()
        {
            return reorder.Part.IsZero || !delay.IsZero || !rate.IsNone
                || words.Fail($"reorder {reorder.Part} needs a delay or a rate, so that there is something to pass: write \"delay 10ms reorder 25%\", or \"reorder none\"");
        }

        private readonly LinkSettings before;
        private readonly LinkWords words;
        private LinkDelay delay;
        private LossModel? loss;
        private (Percent Part, Percent Correlation) corrupt;
        private (Percent Part, Percent Correlation) duplicate;
        private (Percent Part, Percent Correlation) reorder;
        private uint gap;
        private LinkRate rate;
        private LinkLimit limit;
        private TokenBucket bucket;
        private LinkSlots slots;
        private int mtu;
        private bool isDown;

        private const string AllWords = "delay, distribution, loss, corrupt, duplicate, reorder, rate, limit, tbf, slot, mtu, down and up";
        private const int MinMtu = 68;
    }
}
