// The checker itself: what it reads, what it finds, what it writes.

using NUnit.Framework;

namespace VirtioNet.Tests.Conformance;

public sealed class ConformanceDocumentTests
{
    [Test]
    public void Document_ParsedAndWritten_IsUnchanged()
    {
        Assert.That(ConformanceDocument.Parse(Page).Text, Is.EqualTo(Page));
    }

    [Test]
    public void Document_WithCarriers_NamesThemAndKeepsOtherReasons()
    {
        var carriers = new Dictionary<string, SortedSet<string>> { ["AA-02"] = new() { "Room.B.Two", "Room.A.One" } };
        var rows = ConformanceDocument.Parse(Page).WithCarriers(carriers).Rows.Select(x => x.Line);
        Assert.That(string.Join('\n', rows), Is.EqualTo("| AA-01 | not yet | later |\n| AA-02 | held | Room.A.One<br>Room.B.Two |\n| BB-01 | n/a | not offered |"));
    }

    [TestCase("| AA-03 | done | yes |")]
    [TestCase("| AA-03 | held |  |")]
    [TestCase("| AA-3 held | x |")]
    public void Document_WithARowThatIsNone_IsRefused(string row)
    {
        Action act = () => ConformanceDocument.Parse(Page + row + "\n");
        Assert.Throws<FormatException>(act);
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

    private const string Page = "# Title\n\n## AA - Some\n\n| id | state | tests or reason |\n|---|---|---|\n"
        + "| AA-01 | held | Room.Old.Gone |\n| AA-02 | not yet | issue 3 |\n\n## BB - Others\n\n| BB-01 | n/a | not offered |\n";
}
