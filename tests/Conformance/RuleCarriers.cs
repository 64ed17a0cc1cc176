// renode-virtio-net, MIT licence: see LICENSE.
// Which tests carry which ids: attributes of this assembly, attributes in the sources of tests/Renode
// (which need an emulator to be built), and tags of the robot suites.

using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using VirtioNet.Tests.Repository;

namespace VirtioNet.Tests.Conformance;

/// <summary>Finds the carriers of ids, by id. A test is named Room.Class.Method, a robot case by file and name.</summary>
public static class RuleCarriers
{
    /// <summary>All carriers in the repository.</summary>
    public static SortedDictionary<string, SortedSet<string>> FindAll()
    {
        var found = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var all = InAssembly(typeof(RuleCarriers).Assembly)
            .Concat(Files("tests/Renode", "*.cs").SelectMany(x => InSource(File.ReadAllText(x))))
            .Concat(Files("robot-tests", "*.robot").SelectMany(x => InRobotSuite(Path.GetFileName(x), File.ReadAllLines(x))));
        foreach(var (id, test) in all)
        {
            if(!found.TryGetValue(id, out var tests))
            {
                found[id] = tests = new SortedSet<string>(StringComparer.Ordinal);
            }
            tests.Add(test);
        }
        return found;
    }

    /// <summary>Tests that are neither ignored nor explicit. Ids of a class are carried by the class, not by each test.</summary>
    public static IEnumerable<(string Id, string Test)> InAssembly(Assembly assembly)
    {
        foreach(var type in assembly.GetTypes())
        {
            var name = $"{type.Namespace?.Split('.')[^1]}.{type.Name}";
            var tests = type.GetMethods().Where(IsTest).ToArray();
            foreach(var id in tests.Length > 0 ? Ids(type) : Array.Empty<string>())
            {
                yield return (id, name);
            }
            foreach(var test in tests)
            {
                foreach(var id in Ids(test))
                {
                    yield return (id, $"{name}.{test.Name}");
                }
            }
        }
    }

    /// <summary>Attributes in C# source: each belongs to the next method or class.</summary>
    public static IEnumerable<(string Id, string Test)> InSource(string source)
    {
        var type = "";
        var pending = new List<string>();
        foreach(Match match in SourceItem.Matches(source))
        {
            if(match.Groups["ids"].Success)
            {
                pending.AddRange(Regex.Matches(match.Groups["ids"].Value, "\"([^\"]+)\"").Select(x => x.Groups[1].Value));
                continue;
            }
            var isType = match.Groups["type"].Success;
            type = isType ? match.Groups["type"].Value : type;
            var name = isType ? $"Renode.{type}" : $"Renode.{type}.{match.Groups["method"].Value}";
            foreach(var id in pending)
            {
                yield return (id, name);
            }
            pending.Clear();
        }
    }

    /// <summary>Tags of a suite's cases; "Test Tags" in its settings are tags of every case.</summary>
    public static IEnumerable<(string Id, string Test)> InRobotSuite(string file, IEnumerable<string> lines)
    {
        var section = "";
        var test = "";
        var inTags = false;
        var common = new List<string>();
        foreach(var line in lines)
        {
            if(line.StartsWith("***", StringComparison.Ordinal))
            {
                section = line.Trim('*', ' ');
                continue;
            }
            var cells = Regex.Split(line.Trim(), @"\s{2,}|\t+");
            if(section == "Test Cases" && line.Length > 0 && !char.IsWhiteSpace(line[0]) && line[0] != '#')
            {
                test = line.TrimEnd();
                foreach(var id in common)
                {
                    yield return (id, $"{file}: {test}");
                }
            }
            inTags = cells[0] is "[Tags]" or "Test Tags" or "Force Tags" || inTags && cells[0] == "...";
            foreach(var id in cells.Where(x => inTags && x.StartsWith(RobotTag, StringComparison.Ordinal)).Select(x => x[RobotTag.Length..]))
            {
                if(section == "Settings")
                {
                    common.Add(id);
                }
                else if(section == "Test Cases")
                {
                    yield return (id, $"{file}: {test}");
                }
            }
        }
    }

    private static string[] Ids(MemberInfo member)
    {
        return member.GetCustomAttributes<RuleAttribute>().SelectMany(x => x.Ids).ToArray();
    }

    // A test that is ignored, or runs only when somebody asks for it, holds nothing.
    private static bool IsTest(MethodInfo method)
    {
        var attributes = method.GetCustomAttributes().ToArray();
        return attributes.Any(x => x is ITestBuilder or ISimpleTestBuilder) && !attributes.Any(x => x is IgnoreAttribute or ExplicitAttribute);
    }

    private static IEnumerable<string> Files(string folder, string pattern)
    {
        var path = Checkout.Full(folder);
        return Directory.Exists(path) ? Directory.GetFiles(path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal) : Array.Empty<string>();
    }

    private const string RobotTag = "rule:";

    private static readonly Regex SourceItem = new(
        @"\[Rule\((?<ids>[^)]*)\)\]|\bclass\s+(?<type>\w+)|\bpublic\s+(?:async\s+)?(?:void|Task)\s+(?<method>\w+)\s*\(");
}
