// docs/conformance.md says the truth: about the ids that there are, and about the tests that hold them.

using System.Text.RegularExpressions;
using NUnit.Framework;

namespace VirtioNet.Tests.Conformance;

public sealed class ConformanceTests
{
    [OneTimeSetUp]
    public void Load()
    {
        var path = Path.Combine(RuleCarriers.Root(), "docs", "conformance.md");
        carriers = RuleCarriers.FindAll();
        document = ConformanceDocument.Parse(File.ReadAllText(path));
        if(Environment.GetEnvironmentVariable("UPDATE_CONFORMANCE") == "1")
        {
            document = document.WithCarriers(carriers);
            File.WriteAllText(path, document.Text);
        }
    }

    [Test]
    public void HeldIds_InTheDocument_AreCarriedByTests()
    {
        var held = document.Rows.Where(x => x.State == ConformanceState.Held).Select(x => x.Id);
        Assert.That(held.Where(x => !carriers.ContainsKey(x)), Is.Empty, Hint);
    }

    [Test]
    public void CarriedIds_InTheTests_AreHeldInTheDocument()
    {
        var held = document.Rows.Where(x => x.State == ConformanceState.Held).Select(x => x.Id).ToHashSet();
        Assert.That(carriers.Where(x => !held.Contains(x.Key)).Select(x => $"{x.Key}: {string.Join(", ", x.Value)}"), Is.Empty, Hint);
    }

    [Test]
    public void TestsNamed_InTheDocument_AreThoseThatCarryTheId()
    {
        var wrong = document.Rows.Where(x => x.Tests.Count > 0 && carriers.ContainsKey(x.Id) && !x.Tests.SequenceEqual(carriers[x.Id])).Select(x => x.Id);
        Assert.That(wrong, Is.Empty, Hint);
    }

    [Test]
    public void Attributes_OnWhatIsNoTest_AreNone()
    {
        var held = RuleCarriers.InAssembly(GetType().Assembly).Select(x => x.Id).ToHashSet();
        var methods = GetType().Assembly.GetTypes().SelectMany(x => x.GetMethods().Append<System.Reflection.MemberInfo>(x));
        var marked = methods.SelectMany(x => x.GetCustomAttributes(typeof(RuleAttribute), false).Cast<RuleAttribute>()).SelectMany(x => x.Ids);
        Assert.That(marked.Where(x => !held.Contains(x)), Is.Empty);
    }

    [TestCase("BASE", 33)]
    [TestCase("FEAT", 16)]
    [TestCase("SPLIT", 33)]
    [TestCase("PACK", 20)]
    [TestCase("SHM", 1)]
    [TestCase("PCI", 77)]
    [TestCase("LEG", 11)]
    [TestCase("MMIO", 16)]
    [TestCase("NET", 151)]
    [TestCase("NETDEP", 27)]
    [TestCase("NETL", 11)]
    [TestCase("NETFF", 22)]
    [TestCase("NETIPSEC", 10)]
    [TestCase("ADM", 95)]
    [TestCase("H", 119)]
    [TestCase("PCIH", 10)]
    public void Group_InTheDocument_ListsEveryIdOnceInOrder(string group, int count)
    {
        // The hazards have no 76 to 79; the last MMIO rule is of the legacy interface and named so.
        var numbers = Enumerable.Range(1, 200).Where(x => group != "H" || x is < 76 or > 79);
        var expected = numbers.Take(count).Select(x => group == "MMIO" && x == 16 ? "MMIOL-01" : $"{group}-{x:00}");
        Assert.That(document.Rows.Where(x => x.Group == group).Select(x => x.Id), Is.EqualTo(expected));
    }

    [Test]
    public void Document_AllGroups_HaveAllRules()
    {
        var virtio = document.Rows.Count(x => x.Group is not "H" and not "PCIH");
        Assert.That((virtio, document.Rows.Count(x => x.Group == "H")), Is.EqualTo((523, 119)));
    }

    [Test]
    public void Document_BesideTheSharedLists_HasTheirIds()
    {
        var shared = Path.Combine(RuleCarriers.Root(), "..", "shared");
        Assume.That(File.Exists(Path.Combine(shared, "conformance.md")), "the lists are not part of the repository");
        var rows = SharedLists.SelectMany(x => File.ReadLines(Path.Combine(shared, x)))
            .Select(x => Regex.Match(x, @"^\| ([A-Z]+-\d+) \|").Groups[1].Value)
            .Where(x => x.Length > 0 && !x.StartsWith("E-", StringComparison.Ordinal));
        Assert.That(document.Rows.Where(x => x.Group != "PCIH").Select(x => x.Id), Is.EqualTo(rows));
    }

    [Test]
    public void Document_Counted_SaysHowFarTheProjectIs()
    {
        var states = document.Rows.GroupBy(x => x.Group).Select(x => (x.Key, Counts: ConformanceState.All.Select(s => x.Count(r => r.State == s)).ToArray())).ToArray();
        TestContext.Progress.WriteLine($"{"conformance",-12}{"held",8}{"not yet",8}{"n/a",8}");
        foreach(var (group, counts) in states)
        {
            TestContext.Progress.WriteLine($"{group,-12}{counts[0],8}{counts[1],8}{counts[2],8}");
        }
        var totals = Enumerable.Range(0, 3).Select(i => states.Sum(x => x.Counts[i])).ToArray();
        TestContext.Progress.WriteLine($"{"all",-12}{totals[0],8}{totals[1],8}{totals[2],8}");
        Assert.That(totals.Sum(), Is.EqualTo(523 + 119 + 10));
    }

    private ConformanceDocument document = null!;
    private SortedDictionary<string, SortedSet<string>> carriers = null!;

    private static readonly string[] SharedLists = { "conformance.md", "hazards.md" };

    private const string Hint = "UPDATE_CONFORMANCE=1 writes the document anew";
}
