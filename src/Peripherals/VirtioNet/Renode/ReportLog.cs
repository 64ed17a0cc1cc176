// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Tells the user what the guest got wrong, without letting the guest flood the log (H-115).

using System;
using System.Collections.Generic;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;

using VirtioNet.Reports;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// Logs each broken rule the 1st, 2nd, 4th, 8th... time, with the count: a million reports leave twenty lines. It
    /// goes by counts and not by a clock, so that runs repeat.
    /// </summary>
    internal sealed class ReportLog : IReports
    {
        /// <summary>
        /// Logs for an element. Given a guard, it logs what is reported with the guard's lock held after the lock is free.
        /// </summary>
        public ReportLog(IEmulationElement owner, MachineGuard? guard = null)
        {
            this.owner = owner;
            this.guard = guard;
        }

        /// <inheritdoc/>
        public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
        {
            var count = Count(rule);
            if(IsTold(count))
            {
                Log(LogLevel.Warning, $"{(subject.Length == 0 ? "" : subject + ": ")}{rule.Sentence} (0x{where:X}, 0x{value:X}){SoFar(count)}");
            }
        }

        /// <inheritdoc/>
        public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
        {
            var count = Count(rule);
            if(IsTold(count))
            {
                Log(LogLevel.Warning, $"Frame of {length} bytes, EtherType 0x{etherType:X4}, dropped: {rule.Sentence}{(limit == 0 ? "" : $" (limit {limit})")}{SoFar(count)}");
            }
        }

        /// <inheritdoc/>
        public void Parked(string reason)
        {
            Log(LogLevel.Error, $"The device is parked until the driver resets it: {reason}");
        }

        /// <summary>Logs a line as it is.</summary>
        public void Log(LogLevel level, string line)
        {
            if(guard == null)
            {
                owner.Log(level, line);
            }
            else
            {
                guard.After(() => owner.Log(level, line));
            }
        }

        private long Count(Rule rule)
        {
            // The number of rules is fixed, so a guest cannot make this grow. By sentence, because a loaded snapshot has copies of the rules.
            lock(counts)
            {
                counts.TryGetValue(rule.Sentence, out var count);
                count++;
                counts[rule.Sentence] = count;
                return count;
            }
        }

        private static bool IsTold(long count)
        {
            return (count & (count - 1)) == 0;
        }

        private static string SoFar(long count)
        {
            return count == 1 ? "" : $" [{count} times so far]";
        }

        private readonly IEmulationElement owner;
        private readonly MachineGuard? guard;
        private readonly Dictionary<string, long> counts = new Dictionary<string, long>();
    }
}
