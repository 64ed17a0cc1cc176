// renode-virtio-net, MIT licence: see LICENSE.
// What every command prints first and last.

using System.Globalization;
using Spectre.Console;

namespace VirtioNet.Lab;

/// <summary>Prints lines, tables and numbers in the lab's format.</summary>
internal static class Report
{
    public static void Start(IAnsiConsole console, LabNetwork network)
    {
        Line(console, "Path: registers -> rings -> frames -> switch -> frames -> rings. No emulator.");
        foreach(var node in network.Nodes)
        {
            Line(console, $"Node {node.Name}: {node.Mac}, {node.Address}, features {node.Features}, queues of {node.QueueSize}");
        }
        Line(console, "");
    }

    /// <summary>Prints what devices complained of and where the capture is, and disposes of the network. True without complaints.</summary>
    public static bool End(IAnsiConsole console, ILabNetwork network)
    {
        var complaints = network.Complaints.ToList();
        foreach(var complaint in complaints.Distinct())
        {
            Line(console, $"FAILED {complaint}");
        }
        foreach(var remark in network.Remarks)
        {
            Line(console, $"Note: {remark}");
        }
        network.Dispose();
        if(network.CapturePath == null)
        {
            Line(console, "No capture; add --capture FILE.pcap to look at the frames in Wireshark.");
        }
        else
        {
            var (written, seen) = network.Captured;
            var path = Path.GetFullPath(network.CapturePath);
            Line(console, written < seen ? $"Capture: {path}, the first {Count(written)} of {Count(seen)} frames" : $"Capture: {path}, {Count(written)} frames");
            Line(console, $"Open it: wireshark '{network.CapturePath}', or tshark -r '{network.CapturePath}'");
        }
        return complaints.Count == 0;
    }

    /// <summary>
    /// Writes a line as it is. Spectre.Console would break it at the width of the terminal, which harms files, pipes and paths
    /// to be copied.
    /// </summary>
    public static void Line(IAnsiConsole console, string text)
    {
        console.Profile.Out.Writer.WriteLine(text);
    }

    public static Table Table(params string[] columns)
    {
        var table = new Table();
        for(var i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(new Text(columns[i]));
            table.AddColumn(i == 0 ? column : column.RightAligned());
        }
        return table;
    }

    public static void Row(Table table, params string[] cells)
    {
        table.AddRow(cells.Select(cell => new Text(cell)));
    }

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Decimal(double value, int digits = 1) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);
}
