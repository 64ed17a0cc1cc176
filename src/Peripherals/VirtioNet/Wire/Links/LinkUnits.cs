// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Times, rates and sizes as tc(8) writes them, "Units".

using System;
using System.Globalization;

namespace VirtioNet.Wire.Links
{
    /// <summary>Reads and writes numbers with units. What is written is read as the same number.</summary>
    internal static class LinkUnits
    {
        /// <summary>Nanoseconds of "10ms"; "0" needs no unit.</summary>
        public static bool TryTime(string text, out ulong nanoseconds)
        {
            return TryRead(text, TimeUnits, text == "0" ? 1UL : 0, out nanoseconds);
        }

        /// <summary>Bits each second of "10mbit"; without a unit they are bits.</summary>
        public static bool TryRate(string text, out ulong bitsPerSecond)
        {
            return TryRead(text, RateUnits, 1, out bitsPerSecond);
        }

        /// <summary>Bytes of "64kb"; without a unit they are bytes.</summary>
        public static bool TrySize(string text, out ulong bytes)
        {
            return TryRead(text, SizeUnits, 1, out bytes);
        }

        /// <summary>0 to 100 of "25%" or "25".</summary>
        public static bool TryPercent(string text, out Percent percent)
        {
            var isRead = double.TryParse(text.EndsWith('%') ? text.Substring(0, text.Length - 1) : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                && value >= 0 && value <= 100;
            percent = new Percent(isRead ? value : 0);
            return isRead;
        }

        /// <summary>A distribution by its name.</summary>
        public static bool TryDistribution(string text, out Distribution distribution)
        {
            var index = Array.FindIndex(DistributionNames, x => x.Equals(text, StringComparison.OrdinalIgnoreCase));
            distribution = (Distribution)Math.Max(0, index);
            return index >= 0;
        }

        /// <summary>As in "10ms".</summary>
        public static string Time(ulong nanoseconds)
        {
            return Write(nanoseconds, TimeUnits);
        }

        /// <summary>As in "10mbit".</summary>
        public static string Rate(ulong bitsPerSecond)
        {
            return Write(bitsPerSecond, RateUnits);
        }

        /// <summary>As in "64kb".</summary>
        public static string Size(ulong bytes)
        {
            return Write(bytes, SizeUnits);
        }

        /// <summary>As tc names it.</summary>
        public static string Name(Distribution distribution)
        {
            return DistributionNames[(int)distribution];
        }

        // A decimal number and a unit; without one the factor is as given, and 0 if there has to be one.
        private static bool TryRead(string text, (string Name, ulong Factor, bool IsUsual)[] units, ulong factorOfNone, out ulong value)
        {
            value = 0;
            var digits = 0;
            while(digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
            {
                digits++;
            }
            var unit = text.Substring(digits);
            var found = Array.Find(units, x => x.Name.Equals(unit, StringComparison.OrdinalIgnoreCase));
            var factor = unit.Length == 0 ? factorOfNone : found.Factor;
            if(factor == 0 || digits > MostDigits
                || !decimal.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || number > ulong.MaxValue / factor)
            {
                return false;
            }
            value = (ulong)decimal.Round(number * factor);
            // What is not nothing must not become nothing.
            return value != 0 || number == 0;
        }

        // With the largest of the usual units that leaves a whole number.
        private static string Write(ulong value, (string Name, ulong Factor, bool IsUsual)[] units)
        {
            var best = units[0];
            foreach(var unit in units)
            {
                if(unit.IsUsual && value != 0 && value % unit.Factor == 0)
                {
                    best = unit;
                }
            }
            return (value / best.Factor).ToString(CultureInfo.InvariantCulture) + best.Name;
        }

        // Usual units are in ascending order.
        private static readonly (string Name, ulong Factor, bool IsUsual)[] TimeUnits =
        {
            ("ns", 1, true), ("us", 1000, true), ("ms", 1_000_000, true), ("s", 1_000_000_000, true),
            ("nsec", 1, false), ("usec", 1000, false), ("msec", 1_000_000, false), ("sec", 1_000_000_000, false),
            ("nsecs", 1, false), ("usecs", 1000, false), ("msecs", 1_000_000, false), ("secs", 1_000_000_000, false),
        };

        // "bps" are bytes, as everywhere in tc.
        private static readonly (string Name, ulong Factor, bool IsUsual)[] RateUnits =
        {
            ("bit", 1, true), ("kbit", 1000, true), ("mbit", 1_000_000, true), ("gbit", 1_000_000_000, true), ("tbit", 1_000_000_000_000, true),
            ("kibit", 1 << 10, false), ("mibit", 1 << 20, false), ("gibit", 1 << 30, false), ("tibit", 1UL << 40, false),
            ("bps", 8, false), ("kbps", 8000, false), ("mbps", 8_000_000, false), ("gbps", 8_000_000_000, false), ("tbps", 8_000_000_000_000, false),
            ("kibps", 8UL << 10, false), ("mibps", 8UL << 20, false), ("gibps", 8UL << 30, false), ("tibps", 8UL << 40, false),
        };

        // Powers of 1024, also for bits.
        private static readonly (string Name, ulong Factor, bool IsUsual)[] SizeUnits =
        {
            ("b", 1, true), ("kb", 1 << 10, true), ("mb", 1 << 20, true), ("gb", 1 << 30, true),
            ("k", 1 << 10, false), ("m", 1 << 20, false), ("g", 1 << 30, false),
            ("kbit", (1 << 10) / 8, false), ("mbit", (1 << 20) / 8, false), ("gbit", (1 << 30) / 8, false),
        };

        private static readonly string[] DistributionNames = { "uniform", "normal", "pareto", "paretonormal" };

        private const int MostDigits = 24;
    }
}
