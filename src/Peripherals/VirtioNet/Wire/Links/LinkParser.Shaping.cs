// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// "rate", "limit", "tbf" and "slot": how fast packets go, how many wait, and when they may go.

namespace VirtioNet.Wire.Links
{
    internal sealed partial class LinkParser
    {
        private bool TryRate()
        {
            rate = default;
            if(words.TryNone())
            {
                return true;
            }
            int overhead = 0, cellSize = 0, cellOverhead = 0;
            if(!words.TryRate("rate", "rate 10mbit", out var bits))
            {
                return false;
            }
            // tc has the three numbers in this order; here they may have their names, too.
            if((Has("overhead") && !words.TryNumber("overhead of rate", "rate 10mbit overhead 24", -MaxOverhead, MaxOverhead, out overhead))
                || (Has("cellsize") && !words.TryNumber("cellsize of rate", "rate 10mbit overhead 0 cellsize 48", MinCell, MaxCell, out cellSize))
                || (Has("celloverhead") && !words.TryNumber("celloverhead of rate", "rate 10mbit overhead 0 cellsize 48 celloverhead 5", 1 - MinCell, MaxCellOverhead, out cellOverhead)))
            {
                return false;
            }
            rate = new LinkRate(bits, overhead, cellSize, cellOverhead);
            return true;

            bool Has(string name) => words.TrySkip(name) || words.HasValue;
        }

        // A number without a unit is packets, one with a unit is bytes.
        private bool TryLimit()
        {
            const string example = "limit 1000 64kb";
            var packets = 0;
            var bytes = 0UL;
            do
            {
                var text = words.Peek();
                var isSize = text.Length > 0 && char.IsAsciiLetter(text[text.Length - 1]) && char.IsAsciiDigit(text[0]);
                if(isSize ? bytes != 0 || !words.TrySize("limit", example, out bytes)
                    : packets != 0 || !words.TryNumber("limit", example, 1, LinkLimit.MostPackets, out packets))
                {
                    return words.Fail("limit", text, "one number of packets, one size in bytes with its unit, or both", example);
                }
            }
            while(words.HasValue);
            limit = new LinkLimit(packets, bytes);
            return true;
        }

        private bool TryBucket()
        {
            const string example = "tbf rate 1mbit burst 32kb limit 64kb";
            bucket = default;
            if(words.TryNone())
            {
                return true;
            }
            ulong bits = 0, burst = 0, most = 0, latency = 0;
            while(true)
            {
                bool isRead;
                if(bits == 0 && words.TrySkip("rate"))
                {
                    isRead = words.TryRate("rate of tbf", example, out bits);
                }
                else if(burst == 0 && (words.TrySkip("burst") || words.TrySkip("buffer") || words.TrySkip("maxburst")))
                {
                    isRead = words.TrySize("burst of tbf", example, out burst);
                }
                else if(most == 0 && latency == 0 && words.TrySkip("limit"))
                {
                    isRead = words.TrySize("limit of tbf", example, out most);
                }
                else if(most == 0 && latency == 0 && words.TrySkip("latency"))
                {
                    isRead = words.TryTime("latency of tbf", "tbf rate 1mbit burst 32kb latency 50ms", out latency);
                }
                else
                {
                    break;
                }
                if(!isRead)
                {
                    return false;
                }
            }
            if(bits == 0 || burst == 0 || (most == 0 && latency == 0))
            {
                return words.Fail($"tbf needs its rate, its burst, and its limit or latency: write \"{example}\"");
            }
            // As tc-tbf(8) says: what the rate sends in that time, and the bucket.
            var queue = latency == 0 ? most : burst + decimal.Floor((decimal)bits * latency / 8_000_000_000);
            if(queue > LinkWords.MaxSize)
            {
                return words.Fail($"latency of tbf is {LinkUnits.Time(latency)}; at {LinkUnits.Rate(bits)} these are more bytes than the limit may be, 1gb: write a shorter one, or a limit");
            }
            most = (ulong)queue;
            bucket = new TokenBucket(bits, burst, most);
            return true;
        }

        private bool TrySlots()
        {
            slots = default;
            if(words.TryNone())
            {
                return true;
            }
            ulong shortest = 0, longest = 0;
            LinkDelay spread = default;
            if(words.TrySkip("distribution") ? !TrySpread(out spread) : !TryRange(out shortest, out longest))
            {
                return false;
            }
            var packets = 0;
            var bytes = 0UL;
            if((words.TrySkip("packets") && !words.TryNumber("packets of slot", "slot 10ms packets 16", 1, int.MaxValue, out packets))
                || (words.TrySkip("bytes") && !words.TrySize("bytes of slot", "slot 10ms bytes 64kb", out bytes)))
            {
                return false;
            }
            slots = new LinkSlots(shortest, longest, spread, packets, bytes);
            return true;
        }

        private bool TryRange(out ulong shortest, out ulong longest)
        {
            longest = 0;
            if(!words.TryTime("slot", "slot 10ms 20ms", out shortest, MaxSlotSeconds))
            {
                return false;
            }
            longest = shortest;
            if(words.HasValue && !words.TryTime("the longest wait of slot", "slot 10ms 20ms", out longest, MaxSlotSeconds))
            {
                return false;
            }
            return (longest >= shortest && longest != 0)
                || words.Fail($"slot is {LinkUnits.Time(shortest)} to {LinkUnits.Time(longest)}; the second time may not be less than the first, nor 0: write \"slot 10ms 20ms\"");
        }

        private bool TrySpread(out LinkDelay spread)
        {
            const string example = "slot distribution normal 10ms 2ms";
            spread = default;
            if(!TryDistributionName("distribution of slot", example, out var distribution)
                || !words.TryTime("slot", example, out var time, MaxSlotSeconds) || !words.TryTime("the jitter of slot", example, out var jitter, MaxSlotSeconds))
            {
                return false;
            }
            spread = new LinkDelay(time, jitter, default, distribution);
            return jitter != 0 || words.Fail("the jitter of slot", "0", "more than 0", example);
        }

        // With all these at their largest, as many packets as a link may hold leave within 2^64 nanoseconds.
        private const ulong MaxSlotSeconds = 600;
        private const int MaxOverhead = 1024;
        private const int MinCell = 16;
        private const int MaxCell = 65535;
        private const int MaxCellOverhead = 255;
    }
}
