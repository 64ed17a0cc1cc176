// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How a jitter is spread. The shapes are those of iproute2's tables (netem/normal.c, pareto.c, paretonormal.c), here as
// formulas: the inverse of the cumulative distribution, at a draw u that is even in 0 to 1.

using System;

namespace VirtioNet.Wire.Links
{
    /// <summary>tc-netem's distributions.</summary>
    public enum Distribution : byte
    {
        /// <summary>Evenly from -1 to 1 jitters.</summary>
        Uniform = 0,
        /// <summary>The normal distribution: the jitter is its standard deviation.</summary>
        Normal,
        /// <summary>Pareto's, with exponent 3: a steep start and a long tail.</summary>
        Pareto,
        /// <summary>A quarter of Normal plus three quarters of Pareto at the same draw.</summary>
        ParetoNormal,
    }

    /// <summary>
    /// Offsets in units of the jitter. Only operations that IEEE 754 defines to the last bit are used, none of the host's
    /// mathematics library, so that every host computes the same.
    /// </summary>
    internal static class DistributionShape
    {
        /// <summary>The offset at a draw.</summary>
        public static double Offset(Distribution distribution, double u)
        {
            return distribution switch
            {
                Distribution.Normal => Normal(u),
                Distribution.Pareto => Pareto(u),
                Distribution.ParetoNormal => Normal(u) / 4 + Pareto(u) * 3 / 4,
                _ => 2 * u - 1,
            };
        }

        private static double Normal(double u)
        {
            return Math.Clamp(NormalQuantile.At(u), -Largest, Largest);
        }

        // Pareto's distribution has the inverse (1 - u)^(-1/3). Its mean of 3/2 is taken off, and 4/3 is iproute2's scale.
        private static double Pareto(double u)
        {
            return Math.Min((1 / CubeRoot(1 - u) - 1.5) * 4 / 3, Largest);
        }

        // Newton's method, for values up to 1: twelve steps from 1 down reach the last bit. Smaller values than the one below
        // need no better root, because Largest cuts off what becomes of them.
        private static double CubeRoot(double value)
        {
            value = Math.Max(value, SmallestForPareto);
            var root = 1.0;
            for(var i = 0; i < 12; i++)
            {
                root = (2 * root + value / (root * root)) / 3;
            }
            return root;
        }

        // iproute2's tables have 16 bits for values in 1/8192.
        private const double Largest = 4;
        // Where the Pareto distribution reaches Largest: 1 / 4.5^3 is 0.01097.
        private const double SmallestForPareto = 0.01;
    }
}
