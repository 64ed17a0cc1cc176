// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A network as tables: rows of texts, the first row with the headings.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>What a monitor shows of a network.</summary>
    public static class NetworkTables
    {
        /// <summary>A row for each port, with its settings.</summary>
        public static IReadOnlyList<string[]> Ports(VirtualNetwork network)
        {
            var rows = Start("Port", "Link in", "Link out", "VLAN", "Group", "Mirrored to", "Storm limit", "Addresses");
            foreach(var port in network.Ports)
            {
                rows.Add(new[]
                {
                    port.Name, Words(port.In), Words(port.Out), port.Vlan.ToString(), port.Group, port.MirroredTo?.Name ?? Nothing,
                    port.StormLimit == 0 ? Nothing : Number(port.StormLimit), Number((ulong)port.AddressCount),
                });
            }
            return rows;
        }

        /// <summary>A row for each learned address.</summary>
        public static IReadOnlyList<string[]> Addresses(VirtualNetwork network)
        {
            var rows = Start("VLAN", "Address", "Port", "Seen at");
            foreach(var row in network.Addresses)
            {
                rows.Add(new[] { row.Vlan == 0 ? Nothing : Number((ulong)row.Vlan), row.Address.ToString(), row.Port.Name, Seconds(row.Seen) });
            }
            return rows;
        }

        /// <summary>Two rows for each port: what its device has sent, and what was delivered to it.</summary>
        public static IReadOnlyList<string[]> Counters(VirtualNetwork network)
        {
            var rows = Start("Port", "Direction", "Packets", "Frames", "Bytes", "Dropped", "Duplicated", "Corrupted", "Reordered");
            foreach(var (port, direction, counters) in Directions(network))
            {
                rows.Add(new[]
                {
                    port.Name, direction, Number(counters.Packets), Number(counters.Frames), Number(counters.Bytes), Number(counters.Dropped),
                    Number(counters.Duplicated), Number(counters.Corrupted), Number(counters.Reordered),
                });
            }
            return rows;
        }

        /// <summary>A row for each port, direction and reason for which frames were dropped.</summary>
        public static IReadOnlyList<string[]> Drops(VirtualNetwork network)
        {
            var rows = Start("Port", "Direction", "Reason", "Frames");
            foreach(var (port, direction, counters) in Directions(network))
            {
                foreach(var reason in ReasonsOf(counters))
                {
                    rows.Add(new[] { port.Name, direction, reason.ToString(), Number(counters.DroppedBy(reason)) });
                }
            }
            return rows;
        }

        /// <summary>The words of a link's settings.</summary>
        internal static string Words(Link link)
        {
            var words = link.Settings.ToString()!;
            return words.Length == 0 ? Nothing : words;
        }

        /// <summary>The counters in a few words, such as "12 frames, 3 dropped (Loss 2, QueueFull 1)".</summary>
        internal static string Summary(TrafficCounters counters)
        {
            var text = Number(counters.Frames) + (counters.Frames == 1 ? " frame" : " frames");
            var reasons = new List<string>();
            foreach(var reason in ReasonsOf(counters))
            {
                reasons.Add(reason + " " + Number(counters.DroppedBy(reason)));
            }
            return reasons.Count == 0 ? text : text + ", " + Number(counters.Dropped) + " dropped (" + string.Join(", ", reasons) + ")";
        }

        private static List<string[]> Start(params string[] headings)
        {
            return new List<string[]> { headings };
        }

        private static IEnumerable<(NetworkPort Port, string Direction, TrafficCounters Counters)> Directions(VirtualNetwork network)
        {
            return network.Ports.SelectMany(x => new[] { (x, "in", x.Sent), (x, "out", x.Received) });
        }

        private static IEnumerable<DropReason> ReasonsOf(TrafficCounters counters)
        {
            return Enum.GetValues(typeof(DropReason)).Cast<DropReason>().Where(x => counters.DroppedBy(x) != 0);
        }

        private static string Number(ulong value)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        // Virtual seconds, exact.
        private static string Seconds(ulong nanoseconds)
        {
            return (nanoseconds / 1_000_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture) + " s";
        }

        private const string Nothing = "-";
    }
}
