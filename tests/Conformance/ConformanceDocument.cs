// renode-virtio-net, MIT licence: see LICENSE.
// docs/conformance.md, which counts the rules of each group, and the pages of the groups that it links to.

using System.Text.RegularExpressions;

namespace VirtioNet.Tests.Conformance;

/// <summary>All pages. They do not change; <see cref="WithCarriers"/> makes others.</summary>
public sealed class ConformanceDocument
{
    private ConformanceDocument(string index, IReadOnlyList<(string File, ConformancePage Page)> pages, string errata)
    {
        this.index = index;
        this.pages = pages;
        this.errata = errata;
    }

    /// <summary>Reads the index in <paramref name="folder"/> and the pages that its table names, in that order.</summary>
    public static ConformanceDocument Load(string folder)
    {
        var index = File.ReadAllText(Path.Combine(folder, IndexFile));
        var pages = IndexRow.Matches(index).Select(x => x.Groups["file"].Value)
            .Select(x => (x, ConformancePage.Parse(File.ReadAllText(Path.Combine(folder, x)))));
        return new ConformanceDocument(index, pages.ToArray(), File.ReadAllText(Path.Combine(folder, ErrataFile)));
    }

    /// <summary>The document as it has to be if these tests carry these ids: states, names of tests, and counts.</summary>
    public ConformanceDocument WithCarriers(IReadOnlyDictionary<string, SortedSet<string>> carriers)
    {
        var changed = pages.Select(x => (x.File, Page: x.Page.WithCarriers(carriers))).ToArray();
        return new ConformanceDocument(WithCounts(index, changed), changed, errata);
    }

    /// <summary>Writes the index and the pages to their files in <paramref name="folder"/>.</summary>
    public void Save(string folder)
    {
        File.WriteAllText(Path.Combine(folder, IndexFile), index);
        foreach(var (file, page) in pages)
        {
            File.WriteAllText(Path.Combine(folder, file), page.Text);
        }
    }

    /// <summary>The rules of all pages in their order.</summary>
    public IEnumerable<ConformanceRow> Rows => pages.SelectMany(x => x.Page.Rows);

    /// <summary>Every id that has a sentence: rules, reactions (R0), invariants (I1) and errata (E-1).</summary>
    public IEnumerable<string> Ids => Rows.Select(x => x.Id).Concat(Definition.Matches(index + errata).Select(x => x.Groups[1].Value));

    /// <summary>Files of the pages, relative to the folder of the index.</summary>
    public IEnumerable<string> Files => pages.Select(x => x.File).Append(ErrataFile);

    /// <summary>The index with the counts that it has, and with those that it should have.</summary>
    public (string Written, string Counted) Index => (index, WithCounts(index, pages));

    private static string WithCounts(string index, IReadOnlyList<(string File, ConformancePage Page)> pages)
    {
        var rows = pages.ToDictionary(x => x.File, x => x.Page.Rows.ToArray());
        var counted = IndexRow.Replace(index, x => x.Groups["head"].Value + Counts(rows[x.Groups["file"].Value]));
        return TotalRow.Replace(counted, x => x.Groups["head"].Value + Counts(rows.Values.SelectMany(y => y).ToArray()));
    }

    private static string Counts(ConformanceRow[] rows)
    {
        return $" {rows.Length} | {string.Join(" | ", ConformanceState.All.Select(x => rows.Count(y => y.State == x)))} |";
    }

    private const string IndexFile = "conformance.md";
    private const string ErrataFile = "conformance/errata.md";

    private static readonly Regex IndexRow = new(@"^(?<head>\| \[\w+\]\((?<file>conformance/[\w-]+\.md)\) \|[^|]*\|)[ \d|]*\|$", RegexOptions.Multiline);
    private static readonly Regex TotalRow = new(@"^(?<head>\| all \| \|)[ \d|]*\|$", RegexOptions.Multiline);
    private static readonly Regex Definition = new(@"^\| ([IR]\d|E-\d+) \|(?: [^|]+ \|)+$", RegexOptions.Multiline);

    private readonly string index;
    private readonly IReadOnlyList<(string File, ConformancePage Page)> pages;
    private readonly string errata;
}
