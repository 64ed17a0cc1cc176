#nullable enable
// Tells the user what the guest got wrong, without letting the guest flood the log (H-115).

using System.Collections.Generic;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;

using VirtioNet;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// Logs each broken rule the 1st, 2nd, 4th, 8th... time, with the count: a storm of a million leaves
    /// twenty lines. Counts, and not a clock, so that runs repeat.
    /// </summary>
    internal sealed class GuestErrorLog : IGuestErrors
    {
        public GuestErrorLog(IEmulationElement owner)
        {
            this.owner = owner;
        }

        public void Misuse(string rule, ulong where, ulong value)
        {
            long count;
            // Rules are constant sentences, so a guest cannot make this grow.
            lock(counts)
            {
                counts.TryGetValue(rule, out count);
                count++;
                counts[rule] = count;
            }
            if((count & (count - 1)) == 0)
            {
                owner.Log(LogLevel.Warning, "{0} (0x{1:X}, 0x{2:X}){3}", rule, where, value, count == 1 ? "" : $" [{count} times so far]");
            }
        }

        public void Parked(string reason)
        {
            owner.Log(LogLevel.Error, "The device is parked until the driver resets it: {0}", reason);
        }

        private readonly IEmulationElement owner;
        private readonly Dictionary<string, long> counts = new Dictionary<string, long>();
    }
}
