// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A picture of a network: as SVG, which every browser shows, and as DOT, for those who lay it out with Graphviz.
//
//   +---------+   settings and counters of the way out    +--------+
//   | network | ----------------------------------------> | port   |
//   |         | <---------------------------------------- | VLAN   |
//   |         |   settings and counters of the way in     | ...    |
//   +---------+                                           +--------+      one row for each port

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Draws what <see cref="NetworkTables"/> lists. The same network gives the same text.</summary>
    public static class NetworkPicture
    {
        /// <summary>The picture in Graphviz's language.</summary>
        public static string ToDot(VirtualNetwork network)
        {
            var text = new StringBuilder();
            text.Append("digraph ").Append(Quote(network.Name)).Append(" {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n");
            text.Append("  network [label=").Append(Quote(string.Join("\n", TextsOf(network)))).Append(", style=bold];\n");
            foreach(var port in network.Ports)
            {
                var node = "port" + Number(port.Number);
                text.Append("  ").Append(node).Append(" [label=").Append(Quote(string.Join("\n", TextsOf(network, port)))).Append("];\n");
                AppendEdge(text, "network", node, port.Out, port.Received);
                AppendEdge(text, node, "network", port.In, port.Sent);
                if(port.MirroredTo != null)
                {
                    text.Append("  ").Append(node).Append(" -> port").Append(Number(port.MirroredTo.Number)).Append(" [label=\"mirror\", style=dashed, constraint=false];\n");
                }
            }
            return text.Append("}\n").ToString();
        }

        /// <summary>The picture as a file of its own.</summary>
        public static string ToSvg(VirtualNetwork network)
        {
            var rows = network.Ports.Select(x => TextsOf(network, x)).ToList();
            var words = network.Ports.SelectMany(x => new[] { TextOf(x.Out, x.Received), TextOf(x.In, x.Sent) }).ToList();
            var networkWidth = WidthOf(TextsOf(network));
            var linkWidth = Math.Max(MinLink, WidthOf(words));
            var portWidth = WidthOf(rows.SelectMany(x => x));
            // Each row is as high as its port's texts.
            var heights = rows.Select(x => Math.Max(MinRow, x.Count * Line + 2 * Margin)).ToList();
            var height = Math.Max(MinRow, heights.Sum(x => x + Margin) - Margin);
            var (left, right) = (Margin + networkWidth, Margin + networkWidth + linkWidth);
            var text = new StringBuilder();
            text.Append(FormattableString.Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{right + portWidth + Margin}\" height=\"{height + 2 * Margin}\" font-family=\"monospace\" font-size=\"12\">\n"));
            text.Append("<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>\n");
            AppendBox(text, Margin, Margin, networkWidth, height, TextsOf(network));
            var top = Margin;
            for(var i = 0; i < rows.Count; i++)
            {
                var port = network.Ports[i];
                AppendBox(text, right, top, portWidth, heights[i], rows[i]);
                AppendLine(text, left, right, top + Line + 4, port.Out, port.Received);
                AppendLine(text, right, left, top + 2 * Line + 10, port.In, port.Sent);
                top += heights[i] + Margin;
            }
            return text.Append("</svg>\n").ToString();
        }

        private static void AppendEdge(StringBuilder text, string from, string to, Link link, TrafficCounters counters)
        {
            text.Append("  ").Append(from).Append(" -> ").Append(to).Append(" [label=").Append(Quote(TextOf(link, counters))).Append(IsDown(link) ? ", color=red, style=dashed" : "").Append("];\n");
        }

        private static void AppendBox(StringBuilder text, int x, int y, int width, int height, List<string> lines)
        {
            text.Append(FormattableString.Invariant($"<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"#f4f6f8\" stroke=\"#345\"/>\n"));
            for(var i = 0; i < lines.Count; i++)
            {
                text.Append(FormattableString.Invariant($"<text x=\"{x + Margin}\" y=\"{y + Margin + (i + 1) * Line - 4}\"{(i == 0 ? " font-weight=\"bold\"" : "")}>{Escape(lines[i])}</text>\n"));
            }
        }

        private static void AppendLine(StringBuilder text, int from, int to, int y, Link link, TrafficCounters counters)
        {
            var look = IsDown(link) ? "stroke=\"#c00\" stroke-dasharray=\"4 4\"" : "stroke=\"#345\"";
            text.Append(FormattableString.Invariant($"<line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" {look} marker-end=\"url(#arrow)\"/>\n"));
            text.Append(FormattableString.Invariant($"<text x=\"{Math.Min(from, to) + Margin}\" y=\"{y - 4}\">{Escape(TextOf(link, counters))}</text>\n"));
        }

        private static List<string> TextsOf(VirtualNetwork network)
        {
            var texts = new List<string> { network.Name, Number(network.Ports.Count) + " ports", Number(network.Addresses.Count) + " addresses" };
            texts.AddRange(network.Groups.Separated.Select(x => x.One + " | " + x.Other));
            return texts;
        }

        private static List<string> TextsOf(VirtualNetwork network, NetworkPort port)
        {
            var texts = new List<string> { port.Name };
            AddUnless(texts, "group ", port.Group, port.Name);
            AddUnless(texts, "VLAN ", port.Vlan.ToString(), PortVlan.None.ToString());
            AddUnless(texts, "mirrored to ", port.MirroredTo?.Name ?? "", "");
            AddUnless(texts, "storm limit ", port.StormLimit.ToString(CultureInfo.InvariantCulture), "0");
            var addresses = network.Addresses.Where(x => x.Port == port).ToList();
            texts.AddRange(addresses.Take(MaxAddresses).Select(x => x.Address.ToString()));
            if(addresses.Count > MaxAddresses)
            {
                texts.Add("and " + Number(addresses.Count - MaxAddresses) + " more");
            }
            return texts;
        }

        private static void AddUnless(List<string> texts, string what, string value, string usual)
        {
            if(!string.Equals(value, usual, StringComparison.Ordinal))
            {
                texts.Add(what + value);
            }
        }

        private static string TextOf(Link link, TrafficCounters counters)
        {
            var words = link.Settings.ToString();
            return (words.Length == 0 ? "" : words + ": ") + NetworkTables.Summary(counters);
        }

        private static bool IsDown(Link link)
        {
            return Array.IndexOf(NetworkTables.Words(link).Split(' '), "down") >= 0;
        }

        private static int WidthOf(IEnumerable<string> texts)
        {
            return texts.Select(x => x.Length).DefaultIfEmpty(0).Max() * Character + 2 * Margin;
        }

        // A string in DOT ends at a quotation mark; a backslash begins an escape.
        private static string Quote(string text)
        {
            return "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
        }

        // No name may have what XML does not allow.
        private static string Escape(string text)
        {
            return new string(text.Select(x => char.IsControl(x) || char.IsSurrogate(x) ? '?' : x).ToArray()).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
        }

        private static string Number(int value)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        private const int Margin = 12;
        private const int Line = 18;
        private const int Character = 8;
        private const int MinRow = 66;
        private const int MinLink = 240;
        // In the box of a port.
        private const int MaxAddresses = 3;
    }
}
