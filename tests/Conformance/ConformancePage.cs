// renode-virtio-net, MIT licence: see LICENSE.
// One page of docs/conformance/ as data: a table row for each rule of a group.

using System.Text.RegularExpressions;

namespace VirtioNet.Tests.Conformance;

/// <summary>The states that a rule can have.</summary>
public static class ConformanceState
{
    public const string Held = "held";
    public const string NotYet = "not yet";
    public const string NotApplicable = "n/a";
    public static readonly string[] All = { Held, NotYet, NotApplicable };
}

/// <summary>
/// A rule. Its text is one or several cells, of which the last is a sentence; the note names tests if the rule is
/// held, else it gives the reason.
/// </summary>
public sealed record ConformanceRow(string Group, string Id, string Text, string State, string Note)
{
    /// <summary>This row in state "held", with the names of these tests.</summary>
    public ConformanceRow HeldBy(IReadOnlyCollection<string> tests)
    {
        return this with { State = ConformanceState.Held, Note = $"<details><summary>{tests.Count}</summary>{string.Join(Separator, tests)}</details>" };
    }

    /// <summary>The tests that a held row names.</summary>
    public IReadOnlyList<string> Tests => State == ConformanceState.Held
        ? Folded.Match(Note).Groups["tests"].Value.Split(Separator, StringSplitOptions.RemoveEmptyEntries)
        : Array.Empty<string>();

    public string Sentence => Text.Split(" | ")[^1];

    public string Line => $"| {Id} | {Text} | {State} | {Note} |";

    // A reader unfolds the names: some rules have dozens.
    private static readonly Regex Folded = new(@"^<details><summary>\d+</summary>(?<tests>.*)</details>$");

    private const string Separator = "<br>";
}

/// <summary>A page. It does not change; <see cref="WithCarriers"/> makes another one.</summary>
public sealed class ConformancePage
{
    private ConformancePage(IReadOnlyList<(string Line, ConformanceRow? Row)> lines)
    {
        this.lines = lines;
    }

    /// <summary>Reads a page; its title names the group: "# SPLIT: ...". FormatException if a table row is no rule's.</summary>
    public static ConformancePage Parse(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        var group = Title.Match(lines[0]).Groups[1].Value;
        return new ConformancePage(lines.Select(x => (x, RowOf(group, x))).ToArray());
    }

    /// <summary>
    /// The page as it has to be if these tests carry these ids: a rule that has a test is held; one that was held and has no
    /// test any more is "not yet"; the others keep their state and reason.
    /// </summary>
    public ConformancePage WithCarriers(IReadOnlyDictionary<string, SortedSet<string>> carriers)
    {
        return new ConformancePage(lines.Select(x =>
        {
            if(x.Row == null)
            {
                return x;
            }
            var row = x.Row;
            if(carriers.TryGetValue(row.Id, out var tests))
            {
                row = row.HeldBy(tests);
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

    private static ConformanceRow? RowOf(string group, string line)
    {
        if(!line.StartsWith('|') || line.StartsWith("| id |", StringComparison.Ordinal) || line.StartsWith("|---", StringComparison.Ordinal))
        {
            return null;
        }
        var match = Row.Match(line);
        if(!match.Success)
        {
            throw new FormatException($"not a row: {line}");
        }
        var row = new ConformanceRow(group, match.Groups["id"].Value, match.Groups["text"].Value, match.Groups["state"].Value, match.Groups["note"].Value);
        return row.State != ConformanceState.Held || row.Tests.Count > 0 ? row : throw new FormatException($"held by no test: {line}");
    }

    private static readonly Regex Title = new(@"^# ([A-Z]+): ");

    private static readonly Regex Row = new($@"^\| (?<id>[A-Z]+-\d+) \| (?<text>\S.*) \| (?<state>{string.Join('|', ConformanceState.All)}) \| (?<note>\S.*) \|$");

    private readonly IReadOnlyList<(string Line, ConformanceRow? Row)> lines;
}
