// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How fast virtual time goes, beside real time.

using System.Globalization;

using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Virtual seconds in a real one, over the last half second or so that the emulation has run.</summary>
    internal sealed class Pace
    {
        /// <summary>The pace of this source of time.</summary>
        public Pace(TimeSourceBase timeSource)
        {
            this.timeSource = timeSource;
        }

        /// <summary>Notes the time now and then. Called at each synchronisation.</summary>
        public void Note()
        {
            var real = timeSource.ElapsedHostTime;
            if(real < latest.Real || real - latest.Real >= Span)
            {
                (before, latest) = (latest, (real, timeSource.ElapsedVirtualTime));
            }
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return latest.Real <= before.Real || latest.Virtual < before.Virtual
                ? "not known before the emulation has run for some time"
                : $"{((latest.Virtual - before.Virtual).TotalSeconds / (latest.Real - before.Real).TotalSeconds).ToString("0.00", CultureInfo.InvariantCulture)} virtual seconds in a real one";
        }

        private (TimeInterval Real, TimeInterval Virtual) before;
        private (TimeInterval Real, TimeInterval Virtual) latest;

        private readonly TimeSourceBase timeSource;

        private static readonly TimeInterval Span = TimeInterval.FromMilliseconds(500);
    }
}
