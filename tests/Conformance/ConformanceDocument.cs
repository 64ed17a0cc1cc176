// docs/conformance.md as data: one row an id, in groups.

using System.Text.RegularExpressions;

namespace VirtioNet.Tests.Conformance;

/// <summary>How an id stands.</summary>
public static class ConformanceState
{
    public const string Held = "held";
    public const string NotYet = "not yet";
    public const string NotApplicable = "n/a";
    public static readonly string[] All = { Held, NotYet, NotApplicable };
}

/// <summary>A row: the note names tests if the id is held, else it gives the reason.</summary>
public sealed record ConformanceRow(string Group, string Id, string State, string Note)
{
    /// <summary>The tests that a held row names.</summary>
    public IReadOnlyList<string> Tests => State == ConformanceState.Held ? Note.Split(Separator) : Array.Empty<string>();

    public string Line => $"| {Id} | {State} | {Note} |";

    public const string Separator = "<br>";
}

/// <summary>The page. It does not change; <see cref="WithCarriers"/> makes another one.</summary>
public sealed class ConformanceDocument
{
    private ConformanceDocument(IReadOnlyList<(string Line, ConformanceRow? Row)> lines)
    {
        this.lines = lines;
    }

    /// <summary>Reads the page. A line that looks like a row of a table but is none is an error.</summary>
    public static ConformanceDocument Parse(string text)
    {
        var lines = new List<(string, ConformanceRow?)>();
        var group = "";
        foreach(var line in text.TrimEnd('\n').Split('\n'))
        {
            if(line.StartsWith("## ", StringComparison.Ordinal))
            {
                group = line[3..].Split(' ')[0];
            }
            var match = Row.Match(line);
            if(!match.Success && line.StartsWith('|') && line != "| id | state | tests or reason |" && line != "|---|---|---|")
            {
                throw new FormatException($"not a row: {line}");
            }
            lines.Add((line, match.Success ? new ConformanceRow(group, match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value) : null));
        }
        return new ConformanceDocument(lines);
    }

    /// <summary>
    /// The page that these tests deserve: what they carry is held by them; what nobody carries any more
    /// is not yet held; other reasons stay.
    /// </summary>
    public ConformanceDocument WithCarriers(IReadOnlyDictionary<string, SortedSet<string>> carriers)
    {
        return new ConformanceDocument(lines.Select(x =>
        {
            if(x.Row == null)
            {
                return x;
            }
            var row = x.Row;
            if(carriers.TryGetValue(row.Id, out var tests))
            {
                row = row with { State = ConformanceState.Held, Note = string.Join(ConformanceRow.Separator, tests) };
            }
            else if(row.State == ConformanceState.Held)
            {
                row = row with { State = ConformanceState.NotYet, Note = "later" };
            }
            return (row.Line, row);
        }).ToArray());
    }

    /// <summary>The rows in their order.</summary>
    public IEnumerable<ConformanceRow> Rows => lines.Where(x => x.Row != null).Select(x => x.Row!);

    /// <summary>The page as it is in the file.</summary>
    public string Text => string.Join('\n', lines.Select(x => x.Line)) + "\n";

    private static readonly Regex Row = new($@"^\| ([A-Z]+-\d+) \| ({string.Join('|', ConformanceState.All)}) \| (\S.*) \|$");

    private readonly IReadOnlyList<(string Line, ConformanceRow? Row)> lines;
}
