// renode-virtio-net, MIT licence: see LICENSE.
// Comments say their rule: an id may follow a sentence, and never stands alone.

using System.Text.RegularExpressions;
using NUnit.Framework;
using VirtioNet.Tests.Conformance;

namespace VirtioNet.Tests.Repository;

public sealed partial class CommentTests
{
    [Test]
    public void Comments_InTheRepository_AreNeverIdsAlone()
    {
        var riddles = Checkout.TextFiles().Where(x => Checkout.CommentSigns.ContainsKey(Path.GetExtension(x)))
            .SelectMany(path => CommentsIn(File.ReadAllText(Checkout.Full(path)), Checkout.CommentSigns[Path.GetExtension(path)])
                .Where(x => IdSearch.AreAllOf(x.Text)).Select(x => $"{path}:{x.Line}: {x.Text}"));
        Assert.That(string.Join('\n', riddles), Is.Empty, "say the rule in a sentence; docs/conformance.md has them all");
    }

    [TestCase("//", "// H-31.\nfoo();", "H-31.")]
    [TestCase("//", "    /// <summary>R3, H-01</summary>", "R3, H-01")]
    [TestCase("//", "foo(\"//\", 4 / 2); // NETDEP-09\nbar();", "NETDEP-09")]
    [TestCase("#", "# H-31 and\n# H-32", "H-31 and H-32")]
    public void Comment_OfIdsAlone_IsFound(string sign, string source, string text)
    {
        var riddle = CommentsIn(source, sign).Single(x => IdSearch.AreAllOf(x.Text));
        Assert.That((riddle.Line, riddle.Text), Is.EqualTo((1, text)));
    }

    [TestCase("//", "// A list may not run into its own tail:\n// H-31.")]
    [TestCase("//", "[Rule(\"H-31\")]")]
    [TestCase("//", "foo(\"// H-31\");")]
    [TestCase("#", "Log    // H-31")]
    public void Text_ThatSaysMoreOrIsNoComment_IsNotFound(string sign, string source)
    {
        Assert.That(CommentsIn(source, sign).Where(x => IdSearch.AreAllOf(x.Text)), Is.Empty);
    }

    // Lines of comment that follow one another are one. Not found: what stands between /* and */, which few files use.
    private static IEnumerable<(int Line, string Text)> CommentsIn(string source, string sign)
    {
        var pattern = sign == "#" ? ScriptComment() : CodeComment();
        var matches = source.Split('\n').Select(x => pattern.Match(x)).ToArray();
        for(var i = 0; i < matches.Length; i++)
        {
            var start = i;
            var text = Text(matches[i]);
            while(IsWhole(i) && IsWhole(i + 1))
            {
                i++;
                text += " " + Text(matches[i]);
            }
            if(matches[start].Success)
            {
                yield return (start + 1, text);
            }
        }

        bool IsWhole(int line) => line < matches.Length && matches[line].Success && matches[line].Groups["code"].Length == 0;

        static string Text(Match match) => Tag().Replace(match.Groups["text"].Value, "").Trim();
    }

    // Before the sign there may be code, with strings in it: a sign within one is no comment.
    [GeneratedRegex(@"^\s*(?<code>(?:[^""'/]|""(?:\\.|[^""\\])*""|'(?:\\.|[^'\\])*'|/(?!/))*)//+(?<text>.*)$")]
    private static partial Regex CodeComment();

    [GeneratedRegex(@"^\s*(?<code>(?:[^""'#]|""[^""]*""|'[^']*')*)#(?<text>.*)$")]
    private static partial Regex ScriptComment();

    [GeneratedRegex(@"</?[a-z][^>]*>")]
    private static partial Regex Tag();
}
