// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A user's words one after the other, and what is said if one of them is wrong.

using System;
using System.Globalization;

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Reads words. The first that is wrong ends it: <see cref="Fault"/> quotes it. A value starts with a digit, so that one which
    /// may be left out and the next word can be told apart.
    /// </summary>
    internal sealed class LinkWords
    {
        public LinkWords(string text)
        {
            words = text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries);
        }

        /// <summary>The next word, in small letters; false after the last.</summary>
        public bool TryNext(out string word)
        {
            word = next < words.Length ? words[next].ToLowerInvariant() : "";
            next++;
            return word.Length > 0;
        }

        /// <summary>Takes the next word if it is this one.</summary>
        public bool TrySkip(string word)
        {
            var isIt = Peek().Equals(word, StringComparison.OrdinalIgnoreCase);
            next += isIt ? 1 : 0;
            return isIt;
        }

        /// <summary>Takes "none" or a lonely "0" after a word: what takes the thing away.</summary>
        public bool TryNone()
        {
            return TrySkip("none") || (HasValue && (Peek() == "0" || Peek() == "0%") && TrySkip(Peek()));
        }

        /// <summary>A time of at most so many seconds: a day, if nothing is said.</summary>
        public bool TryTime(string name, string example, out ulong nanoseconds, ulong mostSeconds = 86400)
        {
            var text = TakeValue();
            return LinkUnits.TryTime(text, out nanoseconds) && nanoseconds <= mostSeconds * NanosecondsOfSecond
                || Fail(name, text, $"a time of at most {mostSeconds}s, with its unit ns, us, ms or s", example);
        }

        /// <summary>A rate that is not 0.</summary>
        public bool TryRate(string name, string example, out ulong bitsPerSecond)
        {
            var text = TakeValue();
            return LinkUnits.TryRate(text, out bitsPerSecond) && bitsPerSecond >= MinRate && bitsPerSecond <= MaxRate
                || Fail(name, text, "1kbit to 10tbit each second, with the unit bit, kbit, mbit, gbit, or bps, kbps, mbps for bytes", example);
        }

        /// <summary>A size that is not 0.</summary>
        public bool TrySize(string name, string example, out ulong bytes)
        {
            var text = TakeValue();
            return LinkUnits.TrySize(text, out bytes) && bytes >= 1 && bytes <= MaxSize
                || Fail(name, text, "1 byte to 1gb, with the unit b, kb, mb or gb", example);
        }

        /// <summary>A percentage.</summary>
        public bool TryPercent(string name, string example, out Percent percent)
        {
            var text = TakeValue();
            return LinkUnits.TryPercent(text, out percent) || Fail(name, text, "0% to 100%", example);
        }

        /// <summary>A whole number.</summary>
        public bool TryNumber(string name, string example, int from, int to, out int number)
        {
            var text = TakeValue();
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= from && number <= to
                || Fail(name, text, $"a whole number, {from} to {to}", example);
        }

        /// <summary>Says what is wrong with a value, what is allowed and how to write it. Always false.</summary>
        public bool Fail(string name, string value, string allowed, string example)
        {
            return Fail(value.Length == 0 ? $"{name} lacks its value; it must be {allowed}: write \"{example}\""
                : $"{name} is \"{value}\"; it must be {allowed}: write \"{example}\"");
        }

        /// <summary>Says what is wrong. Always false.</summary>
        public bool Fail(string fault)
        {
            Fault = Fault.Length == 0 ? fault : Fault;
            return false;
        }

        /// <summary>The word as the user wrote it that comes next; empty after the last.</summary>
        public string Peek()
        {
            return next < words.Length ? words[next] : "";
        }

        /// <summary>True if a value comes next, right or wrong, and not another word.</summary>
        public bool HasValue => Peek().Length > 0 && (char.IsAsciiDigit(Peek()[0]) || ".+-".Contains(Peek()[0]));

        /// <summary>What is wrong; empty if nothing is.</summary>
        public string Fault { get; private set; } = "";

        /// <summary>The largest size, 1gb.</summary>
        public const ulong MaxSize = 1 << 30;

        private string TakeValue()
        {
            return next < words.Length ? words[next++] : "";
        }

        private readonly string[] words;
        private int next;

        private const ulong NanosecondsOfSecond = 1_000_000_000;
        private const ulong MinRate = 1000;
        private const ulong MaxRate = 10_000_000_000_000;
    }
}
