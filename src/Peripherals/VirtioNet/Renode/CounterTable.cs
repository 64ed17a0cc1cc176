// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Counters as the monitor shows them.

using System;

using Antmicro.Renode.Utilities;

using VirtioNet.Net;
using VirtioNet.Outside;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A row for each counter, by its name.</summary>
    internal static class CounterTable
    {
        public static string[,] Make(NetCounters counters)
        {
            return Properties(counters).ToArray();
        }

        public static string[,] Make(PartnerCounters counters)
        {
            var table = Properties(counters);
            foreach(PartnerDrop reason in Enum.GetValues(typeof(PartnerDrop)))
            {
                table.AddRow($"Drop{reason}", $"{counters.Dropped(reason)}");
            }
            return table.ToArray();
        }

        private static Table Properties<TCounters>(TCounters counters)
        {
            var table = new Table().AddRow("Counter", "Value");
            foreach(var counter in typeof(TCounters).GetProperties())
            {
                table.AddRow(counter.Name, counter.GetValue(counters)!.ToString()!);
            }
            return table;
        }
    }
}
