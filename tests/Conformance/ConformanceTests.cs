// renode-virtio-net, MIT licence: see LICENSE.
// docs/conformance.md and its pages are right about the ids that there are, and about the tests that hold them.

using System.Text.RegularExpressions;
using NUnit.Framework;
using VirtioNet.Tests.Repository;

namespace VirtioNet.Tests.Conformance;

public sealed class ConformanceTests
{
    [OneTimeSetUp]
    public void Load()
    {
        carriers = RuleCarriers.FindAll();
        document = ConformanceDocument.Load(Docs);
        if(Environment.GetEnvironmentVariable("UPDATE_CONFORMANCE") == "1")
        {
            document = document.WithCarriers(carriers);
            document.Save(Docs);
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

    [Test]
    public void Ids_AnywhereInTheRepository_HaveTheirSentence()
    {
        var known = document.Ids.ToHashSet();
        var unknown = Checkout.TextFiles().SelectMany(x => IdSearch.In(File.ReadAllText(Checkout.Full(x))).Where(y => !known.Contains(y)).Select(y => $"{x}: {y}"));
        Assert.That(unknown.Distinct(), Is.Empty, "each id needs a row in docs/conformance.md or one of its pages");
    }

    [Test]
    public void Rows_OfEveryPage_SayTheirRuleInASentence()
    {
        // The words of the whole text are counted, because a hazard's last sentence may be "Parks." alone.
        var without = document.Rows.Where(x => !x.Sentence.EndsWith('.') || x.Text.Split(' ').Length < 5);
        Assert.That(without.Select(x => x.Line), Is.Empty);
    }

    [Test]
    public void Index_LinksToEveryPage()
    {
        var there = Directory.GetFiles(Path.Combine(Docs, "conformance")).Select(x => Path.GetRelativePath(Docs, x));
        Assert.That(document.Files, Is.EquivalentTo(there));
    }

    [Test]
    public void Index_CountsTheRows()
    {
        Assert.That(document.Index.Written, Is.EqualTo(document.Index.Counted), Hint);
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
    [TestCase("F", 31)]
    public void Group_InTheDocument_ListsEveryIdOnceInOrder(string group, int count)
    {
        // Some numbers are not used; the last MMIO rule is of the legacy interface and named so.
        var numbers = Enumerable.Range(1, 200).Where(x => group switch
        {
            "H" => x is < 76 or > 79,
            "F" => x is not (8 or 9 or (>= 23 and <= 29)),
            _ => true
        });
        var expected = numbers.Take(count).Select(x => group == "MMIO" && x == 16 ? "MMIOL-01" : $"{group}-{x:00}");
        Assert.That(document.Rows.Where(x => x.Group == group).Select(x => x.Id), Is.EqualTo(expected));
    }

    [Test]
    public void Document_AllGroups_HaveAllRules()
    {
        var virtio = document.Rows.Count(x => x.Group is not ("H" or "PCIH" or "F"));
        Assert.That((virtio, document.Rows.Count(x => x.Group == "H")), Is.EqualTo((523, 119)));
    }

    [Test]
    public void Document_BesideTheSharedLists_HasTheirIds()
    {
        var shared = Path.Combine(Checkout.Root, "..", "shared");
        Assume.That(File.Exists(Path.Combine(shared, "conformance.md")), "the lists are not part of the repository");
        var rows = SharedLists.SelectMany(x => File.ReadLines(Path.Combine(shared, x)))
            .Select(x => Regex.Match(x, @"^\| ([A-Z]+-\d+) \|").Groups[1].Value)
            .Where(x => x.Length > 0 && !x.StartsWith("E-", StringComparison.Ordinal));
        Assert.That(document.Rows.Where(x => x.Group is not ("PCIH" or "F")).Select(x => x.Id), Is.EqualTo(rows));
    }

    private ConformanceDocument document = null!;
    private SortedDictionary<string, SortedSet<string>> carriers = null!;

    private static readonly string Docs = Checkout.Full("docs");

    private static readonly string[] SharedLists = { "conformance.md", "hazards.md" };

    private const string Hint = "UPDATE_CONFORMANCE=1 writes the pages anew";
}
