// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A probability or a correlation as people write it.

using System.Globalization;

namespace VirtioNet.Wire.Links
{
    /// <summary>0 to 100 percent.</summary>
    public readonly struct Percent
    {
        /// <summary>Takes 0 to 100.</summary>
        public Percent(double value)
        {
            Value = value;
        }

        /// <summary>True for that part of the draws, where a draw is evenly in 0 (included) to 1: never at 0 %, always at 100 %.</summary>
        public bool Takes(double draw)
        {
            return draw * 100 < Value;
        }

        /// <summary>As in "25%".</summary>
        public override string ToString()
        {
            return Value.ToString("0.#################", CultureInfo.InvariantCulture) + "%";
        }

        /// <summary>0 to 100.</summary>
        public double Value { get; }

        /// <summary>True for 0 %.</summary>
        public bool IsZero => Value == 0;
    }
}
