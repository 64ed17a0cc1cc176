// renode-virtio-net, MIT licence: see LICENSE.
// The checker itself: what it reads, what it finds, what it writes.

using NUnit.Framework;

namespace VirtioNet.Tests.Conformance;

public sealed class ConformanceDocumentTests
{
    [Test]
    public void Page_ParsedAndWritten_IsUnchanged()
    {
        Assert.That(ConformancePage.Parse(Page).Text, Is.EqualTo(Page));
    }

    [Test]
    public void Page_Parsed_HasRowsWithTheirSentencesAndTests()
    {
        var row = ConformancePage.Parse(Page).Rows.First();
        Assert.That((row.Group, row.Id, row.Sentence, row.State), Is.EqualTo(("AA", "AA-01", "Do the first.", "held")));
        Assert.That(row.Tests, Is.EqualTo(new[] { "Room.Old.Gone", "Room.Old.There" }));
    }

    [Test]
    public void Page_WithCarriers_NamesThemAndKeepsOtherReasons()
    {
        var carriers = new Dictionary<string, SortedSet<string>> { ["AA-02"] = new() { "Room.B.Two", "Room.A.One" } };
        var rows = ConformancePage.Parse(Page).WithCarriers(carriers).Rows.Select(x => x.Line);
        Assert.That(string.Join('\n', rows), Is.EqualTo(
            "| AA-01 | 2.1 | MUST | Do the first. | not yet | later |\n"
            + "| AA-02 | 2.2 | DEF | Do the second. | held | <details><summary>2</summary>Room.A.One<br>Room.B.Two</details> |\n"
            + "| AA-03 | Do the third. | n/a | not offered |"));
    }

    [TestCase("| AA-04 | Do it. | done | yes |")]
    [TestCase("| AA-04 | held | yes |")]
    [TestCase("| AA-04 | Do it. | not yet |  |")]
    [TestCase("| AA-04 | Do it. | held | Room.A.One |")]
    [TestCase("| AA-4 Do it. | held | x |")]
    public void Page_WithARowThatIsNone_IsRefused(string row)
    {
        Action act = () => ConformancePage.Parse(Page + row + "\n");
        Assert.Throws<FormatException>(act);
    }

    [Test]
    public void Document_SavedWithCarriers_HasTheirCountsAndNothingElseChanged()
    {
        var folder = Directory.CreateTempSubdirectory("conformance").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "conformance"));
            File.WriteAllText(Path.Combine(folder, "conformance.md"), "# T\n\n| [AA](conformance/aa.md) | About it | 0 | 0 | 0 | 0 |\n| all | | 9 | 9 | 9 | 9 |\n\n| I1 | It holds. |\n");
            File.WriteAllText(Path.Combine(folder, "conformance/aa.md"), Page);
            File.WriteAllText(Path.Combine(folder, "conformance/errata.md"), "| E-1 | 2.1 | It says this. | It is that. |\n");
            var carriers = new Dictionary<string, SortedSet<string>> { ["AA-01"] = new() { "Room.A.One" }, ["AA-02"] = new() { "Room.A.One" } };
            ConformanceDocument.Load(folder).WithCarriers(carriers).Save(folder);
            Assert.That(File.ReadAllText(Path.Combine(folder, "conformance.md")),
                Is.EqualTo("# T\n\n| [AA](conformance/aa.md) | About it | 3 | 2 | 0 | 1 |\n| all | | 3 | 2 | 0 | 1 |\n\n| I1 | It holds. |\n"));
            Assert.That(ConformanceDocument.Load(folder).Ids, Is.EqualTo(new[] { "AA-01", "AA-02", "AA-03", "I1", "E-1" }));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [TestCase("see H-31, MMIOL-01 and PCIH-05 (R3); SHA-256, H-, AA-01", "H-31 MMIOL-01 PCIH-05 R3")]
    [TestCase("1E-10 R33 XI1", "")]
    public void Ids_InAText_AreThoseOfTheGroups(string text, string ids)
    {
        Assert.That(string.Join(' ', IdSearch.In(text)), Is.EqualTo(ids));
    }

    [TestCase("H-01, H-02 and H-31.", true)]
    [TestCase("Hazards H-15; I3", true)]
    [TestCase("At most one (H-56).", false)]
    [TestCase("One for each queue.", false)]
    public void Ids_OfAText_AreAllThatItSaysOrNot(string text, bool all)
    {
        Assert.That(IdSearch.AreAllOf(text), Is.EqualTo(all));
    }

    [Test]
    public void Carriers_InSource_BelongToTheNextMethodOrClass()
    {
        const string source = """
            [Rule("AA-01")]
            public sealed class First
            {
                [Test]
                [Rule("AA-02", "AA-03")]
                [Rule("AA-04",
                    "AA-05")]
                public void Method_Does_Something(int x)
                {
                }

                [Test]
                public async Task Other_Does_Something()
            """;
        Assert.That(string.Join(' ', RuleCarriers.InSource(source).Select(x => $"{x.Id}={x.Test}")), Is.EqualTo(
            "AA-01=Renode.First AA-02=Renode.First.Method_Does_Something AA-03=Renode.First.Method_Does_Something"
            + " AA-04=Renode.First.Method_Does_Something AA-05=Renode.First.Method_Does_Something"));
    }

    [Test]
    public void Carriers_InARobotSuite_AreTagsOfCasesAndOfTheWholeSuite()
    {
        var suite = """
            *** Settings ***
            Test Tags    rule:AA-09
            *** Test Cases ***
            Should Do One
                [Tags]    rule:AA-01    slow
                ...       rule:AA-02
                Log    rule:AA-08
            # Not a case
            Should Do Two
                Log    x
            *** Keywords ***
            Word
                [Tags]    rule:AA-07
            """.Split('\n');
        Assert.That(string.Join(", ", RuleCarriers.InRobotSuite("a.robot", suite).Select(x => $"{x.Id}={x.Test}")), Is.EqualTo(
            "AA-09=a.robot: Should Do One, AA-01=a.robot: Should Do One, AA-02=a.robot: Should Do One, AA-09=a.robot: Should Do Two"));
    }

    private const string Page = "# AA: some\n\n| id | virtio | level | what | state | tests or reason |\n|---|---|---|---|---|---|\n"
        + "| AA-01 | 2.1 | MUST | Do the first. | held | <details><summary>2</summary>Room.Old.Gone<br>Room.Old.There</details> |\n"
        + "| AA-02 | 2.2 | DEF | Do the second. | not yet | issue 3 |\n\n## More\n\n| AA-03 | Do the third. | n/a | not offered |\n";
}
