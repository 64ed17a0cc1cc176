// renode-virtio-net, MIT licence: see LICENSE.
// The documentation pages: their links lead to something, all can be reached, and what they name or show exists.

using System.Text.RegularExpressions;
using NUnit.Framework;

namespace VirtioNet.Tests.Repository;

public sealed partial class DocumentationTests
{
    [Test]
    public void Links_OfEveryPage_LeadToAFileAndItsHeading()
    {
        var broken = Pages().SelectMany(page => LinksOf(Read(page)).Where(x => !Leads(page, x)).Select(x => $"{page}: {x}"));
        Assert.That(broken, Is.Empty);
    }

    [Test]
    public void Pages_OfDocs_CanBeReachedFromTheFirst()
    {
        var reached = new HashSet<string>();
        Follow("README.md");
        Assert.That(Pages().Except(reached), Is.Empty);

        void Follow(string page)
        {
            if(!reached.Add(page))
            {
                return;
            }
            foreach(var target in LinksOf(Read(page)).Select(x => Target(page, x)).Where(x => x.EndsWith(".md", StringComparison.Ordinal)))
            {
                Follow(target);
            }
        }
    }

    [Test]
    public void Files_NamedByThePages_AreThere()
    {
        var missing = Pages().Where(x => x != "CHANGELOG.md").SelectMany(page => NamedFile().Matches(Read(page))
            .Select(x => x.Groups[1].Value).Where(x => !File.Exists(Checkout.Full(x))).Select(x => $"{page}: {x}"));
        Assert.That(missing.Distinct(), Is.Empty);
    }

    [Test]
    [Rule("F-35")]
    public void Readme_BoardOfOnesOwn_IsThatOfTheExampleWhichATestBoots()
    {
        var board = CodeBlocks(Read("README.md")).Single(x => x.Contains("PcieEcamHost"));
        Assert.That(Read("examples/own-board/own-board.repl"), Does.Contain(board));
        Assert.That(CodeBlocks(Read("docs/boards.md")).Select(x => Comment().Replace(x, "")), Has.Member(board));
    }

    [Test]
    public void Readme_FitsOnOneScreen()
    {
        Assert.That(File.ReadAllLines(Checkout.Full("README.md")), Has.Length.LessThanOrEqualTo(70));
    }

    [TestCase("## What Renode's network refuses", "what-renodes-network-refuses")]
    [TestCase("### `H-31`: 1.2, *split* rings", "h-31-12-split-rings")]
    public void Anchor_OfAHeading_IsGitHubs(string heading, string anchor)
    {
        Assert.That(Anchors(heading), Is.EqualTo(new[] { anchor }));
    }

    private static IEnumerable<string> Pages()
    {
        return Checkout.Files().Where(x => x.EndsWith(".md", StringComparison.Ordinal));
    }

    private static string Read(string path)
    {
        return File.ReadAllText(Checkout.Full(path));
    }

    // Relative links only: no test here can promise that other sites exist.
    private static IEnumerable<string> LinksOf(string text)
    {
        return Link().Matches(CodeBlock().Replace(text, "")).Select(x => x.Groups[1].Value).Where(x => !x.Contains("://", StringComparison.Ordinal));
    }

    private static string Target(string page, string link)
    {
        var file = link.Split('#')[0];
        var folder = Path.GetDirectoryName(Checkout.Full(page))!;
        return file.Length == 0 ? page : Path.GetRelativePath(Checkout.Root, Path.GetFullPath(Path.Combine(folder, file)));
    }

    private static bool Leads(string page, string link)
    {
        var target = Target(page, link);
        if(!link.Contains('#'))
        {
            return File.Exists(Checkout.Full(target)) || Directory.Exists(Checkout.Full(target));
        }
        return File.Exists(Checkout.Full(target)) && Anchors(Read(target)).Contains(link.Split('#')[1]);
    }

    // As GitHub makes them: lower case, spaces become hyphens, punctuation goes.
    private static IEnumerable<string> Anchors(string text)
    {
        return Heading().Matches(CodeBlock().Replace(text, "")).Select(x => Punctuation().Replace(x.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));
    }

    private static IEnumerable<string> CodeBlocks(string text)
    {
        return CodeBlock().Matches(text).Select(x => x.Groups[1].Value);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ +(.*?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"^```\w*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@" +//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    // Paths from the root of the checkout to a file with an extension. platforms/cpus is Renode's own folder.
    [GeneratedRegex(@"(?<![\w/$.-])((?:scripts|platforms(?!/cpus/)|robot-tests|tests|lab|bench|examples|docs)/[\w./-]*\w\.(?:sh|resc|repl|dts|py|cs|robot|md|c))\b")]
    private static partial Regex NamedFile();
}
