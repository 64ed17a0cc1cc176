#nullable enable
// Tells the user what the guest got wrong, without letting the guest flood the log (H-115).

using System.Collections.Generic;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;

using VirtioNet.Reports;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// Logs each broken rule the 1st, 2nd, 4th, 8th... time, with the count: a storm of a million leaves
    /// twenty lines. Counts, and not a clock, so that runs repeat.
    /// </summary>
    internal sealed class ReportLog : IReports
    {
        public ReportLog(IEmulationElement owner)
        {
            this.owner = owner;
        }

        public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
        {
            long count;
            // There are only so many rules, so a guest cannot make this grow.
            lock(counts)
            {
                counts.TryGetValue(rule, out count);
                count++;
                counts[rule] = count;
            }
            if((count & (count - 1)) == 0)
            {
                owner.Log(LogLevel.Warning, "{0}{1} (0x{2:X}, 0x{3:X}){4}", subject.Length == 0 ? "" : subject + ": ", rule.Sentence, where, value, count == 1 ? "" : $" [{count} times so far]");
            }
        }

        public void Parked(string reason)
        {
            owner.Log(LogLevel.Error, "The device is parked until the driver resets it: {0}", reason);
        }

        private readonly IEmulationElement owner;
        private readonly Dictionary<Rule, long> counts = new Dictionary<Rule, long>();
    }
}
