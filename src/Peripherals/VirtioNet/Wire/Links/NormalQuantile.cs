// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The inverse of the standard normal distribution, by a table as tc's.

using System;

namespace VirtioNet.Wire.Links
{
    /// <summary>
    /// Which value of a standard normal distribution a part u of all values lies below. The table holds the part below each
    /// 1/256 from -4 to 4, integrated by Simpson's rule; between its entries a straight line is right to 0.00001. Nothing is
    /// used that could differ between hosts.
    /// </summary>
    internal static class NormalQuantile
    {
        /// <summary>For 0 to 1; -4 to 4.</summary>
        public static double At(double u)
        {
            // Lower half and upper half are mirrored: the table has the upper one.
            return u < 0.5 ? -Upper(1 - u) : Upper(u);
        }

        private static double Upper(double u)
        {
            var index = Array.BinarySearch(Below, u);
            if(index >= 0)
            {
                return (double)index / StepsPerUnit;
            }
            var next = ~index;
            if(next == Below.Length)
            {
                return Limit;
            }
            return (next - 1 + (u - Below[next - 1]) / (Below[next] - Below[next - 1])) / StepsPerUnit;
        }

        private static double[] Integrate()
        {
            // exp(-x * x / 2) at each half step h: from one to the next it shrinks by exp(-h * h / 2), which shrinks itself
            // by exp(-h * h) each time.
            const double h = 0.5 / StepsPerUnit;
            var density = 1.0;
            var factor = ExpOfSmall(-h * h / 2);
            var factorOfFactor = ExpOfSmall(-h * h);
            var below = new double[Limit * StepsPerUnit + 1];
            below[0] = 0.5;
            for(var i = 1; i < below.Length; i++)
            {
                var left = density;
                Advance();
                var middle = density;
                Advance();
                below[i] = below[i - 1] + (left + 4 * middle + density) / 6 / StepsPerUnit * DensityAtZero;
            }
            return below;

            void Advance()
            {
                density *= factor;
                factor *= factorOfFactor;
            }
        }

        // The first terms of its series; the next one is below the last bit.
        private static double ExpOfSmall(double x)
        {
            return 1 + x * (1 + x / 2 * (1 + x / 3));
        }

        private const int StepsPerUnit = 256;
        private const int Limit = 4;
        // 1 / sqrt(2 * pi).
        private const double DensityAtZero = 0.3989422804014327;

        private static readonly double[] Below = Integrate();
    }
}
