// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How many frames a port may flood: broadcasts, multicasts, and those whose receiver is not known.

namespace VirtioNet.Wire.Switching
{
    /// <summary>Counts frames in each whole second of virtual time, as the storm control of common switches does.</summary>
    internal struct StormMeter
    {
        /// <summary>Takes frames that are to be flooded now. False if they are too many for this second; a limit of 0 is none.</summary>
        public bool TryTake(int frames, ulong time, ulong limit)
        {
            if(limit == 0)
            {
                return true;
            }
            if(time / Second != second)
            {
                second = time / Second;
                taken = 0;
            }
            if(taken + (ulong)frames > limit)
            {
                return false;
            }
            taken += (ulong)frames;
            return true;
        }

        private ulong second;
        private ulong taken;

        private const ulong Second = 1_000_000_000;
    }
}
