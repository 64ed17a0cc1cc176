// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Counters as the monitor shows them.

using Antmicro.Renode.Utilities;

using VirtioNet.Net;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A row for each counter, by its name.</summary>
    internal static class CounterTable
    {
        public static string[,] Make(NetCounters counters)
        {
            var table = new Table().AddRow("Counter", "Value");
            foreach(var counter in typeof(NetCounters).GetProperties())
            {
                table.AddRow(counter.Name, counter.GetValue(counters)!.ToString()!);
            }
            return table.ToArray();
        }
    }
}
