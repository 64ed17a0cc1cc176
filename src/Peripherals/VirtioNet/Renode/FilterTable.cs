// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver has set by commands, as the monitor shows it. virtio v1.4-cs01: 5.1.9.5 "Control Virtqueue".

using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Utilities;

using VirtioNet.Net;
using VirtioNet.Net.Control;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A row for each setting, by the spec's words.</summary>
    internal static class FilterTable
    {
        public static string[,] Make(NetDevice device)
        {
            var filter = device.Driver.Filter;
            return new Table().AddRow("Setting", "Value")
                .AddRow("Receive modes", filter.FiltersAddresses ? Listed(Commands.Where(x => (filter.Modes & x.Mode) != 0).Select(x => x.Name)) : "none set: every address")
                .AddRow("Address", $"{filter.Address}")
                .AddRow("Unicast", Listed(filter.Unicast))
                .AddRow("Multicast", Listed(filter.Multicast))
                .AddRow("VLANs", filter.Vlans == null ? "all" : Listed(filter.Vlans.Ids.Select(x => $"{x}")))
                .AddRow("Receive offloads", Listed(FeatureSelection.NamesOf(device.OffloadsOn)))
                .AddRow("Pairs of queues", $"{device.PairsInUse} of {device.QueuePairs}")
                .ToArray();
        }

        private static string Listed(AddressTable table)
        {
            return table.HasAll ? $"all: more than {AddressTable.MaxAddresses} were set" : Listed(table.Addresses.Select(x => $"{x}"));
        }

        private static string Listed(IEnumerable<string> words)
        {
            return words.Any() ? string.Join(" ", words) : "none";
        }

        private static readonly (ReceiveModes Mode, string Name)[] Commands =
        {
            (ReceiveModes.Promiscuous, "PROMISC"),
            (ReceiveModes.AllMulticast, "ALLMULTI"),
            (ReceiveModes.AllUnicast, "ALLUNI"),
            (ReceiveModes.NoMulticast, "NOMULTI"),
            (ReceiveModes.NoUnicast, "NOUNI"),
            (ReceiveModes.NoBroadcast, "NOBCAST"),
        };
    }
}
