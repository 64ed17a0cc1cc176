// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The models of "loss" and their values.

using System.Collections.Generic;
using System.Globalization;

namespace VirtioNet.Wire.Links
{
    internal sealed partial class LinkParser
    {
        private bool TryLoss()
        {
            if(words.TrySkip("gemodel"))
            {
                return TryGilbertElliott();
            }
            if(words.TrySkip("state"))
            {
                return TryFourState();
            }
            if(words.TrySkip("packets"))
            {
                return TryListed();
            }
            loss = null;
            if(!words.TrySkip("random") && words.TryNone())
            {
                return true;
            }
            if(!words.HasValue)
            {
                return words.Fail("loss", words.Peek(), "a percentage, or \"random\", \"gemodel\", \"state\" or \"packets\" and their values, or \"none\"", "loss 1%");
            }
            var isRead = TryPart("loss", out var part);
            loss = part.Part.IsZero ? null : new RandomLoss(part.Part, part.Correlation);
            return isRead;
        }

        // p alone is the Bernoulli model: the packet after a lost one is lost with p, too.
        private bool TryGilbertElliott()
        {
            const string example = "loss gemodel 1% 10% 100% 0%";
            if(!words.TryPercent("p of gemodel", example, out var p))
            {
                return false;
            }
            var r = new Percent(100 - p.Value);
            var lossInBad = new Percent(100);
            Percent lossInGood = default;
            if((words.HasValue && !words.TryPercent("r of gemodel", example, out r))
                || (words.HasValue && !words.TryPercent("1-h of gemodel", example, out lossInBad))
                || (words.HasValue && !words.TryPercent("1-k of gemodel", example, out lossInGood)))
            {
                return false;
            }
            loss = new GilbertElliottLoss(p, r, lossInBad, lossInGood);
            return true;
        }

        private bool TryFourState()
        {
            const string example = "loss state 1% 30% 10% 50% 0.5%";
            if(!words.TryPercent("p13 of state", example, out var p13))
            {
                return false;
            }
            var p31 = new Percent(100 - p13.Value);
            var p23 = new Percent(100);
            Percent p32 = default;
            Percent p14 = default;
            if((words.HasValue && !words.TryPercent("p31 of state", example, out p31))
                || (words.HasValue && !words.TryPercent("p32 of state", example, out p32))
                || (words.HasValue && !words.TryPercent("p23 of state", example, out p23))
                || (words.HasValue && !words.TryPercent("p14 of state", example, out p14)))
            {
                return false;
            }
            if(p13.Value + p14.Value > 100 || p31.Value + p32.Value > 100)
            {
                return words.Fail($"state has p13 {p13} and p14 {p14}, p31 {p31} and p32 {p32}; each pair leaves one state and may add up to 100%: write \"{example}\"");
            }
            loss = new FourStateLoss(p13, p31, p32, p23, p14);
            return true;
        }

        private bool TryListed()
        {
            var text = words.Peek();
            var numbers = new List<ulong>();
            words.TryNext(out _);
            foreach(var part in text.Split(','))
            {
                if(!ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0 || numbers.Count == MaxListed)
                {
                    return words.Fail("packets of loss", text, $"at most {MaxListed} numbers with commas and no space between, counted from 1 for the next packet", "loss packets 3,7,12");
                }
                numbers.Add(number);
            }
            loss = new ListedLoss(numbers.ToArray());
            return true;
        }

        private const int MaxListed = 4096;
    }
}
