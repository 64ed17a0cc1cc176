// renode-virtio-net, MIT licence: see LICENSE.
// What the checkout promises about the sources of the plugin.

using System.Text.RegularExpressions;
using NUnit.Framework;

namespace VirtioNet.Tests.Repository;

public sealed partial class SourceTests
{
    [Test]
    public void Core_KnowsNoRenode()
    {
        var leaks = Sources().Where(x => !x.Contains("/Renode/"))
            .Where(x => RenodeNamespace().IsMatch(File.ReadAllText(Path.Combine(Root, x))));
        Assert.That(leaks, Is.Empty);
    }

    [Test]
    public void Arrows_OfTheRooms_AreThoseOfTheTable()
    {
        var table = ReadRooms();
        var wrong = new List<string>();
        foreach(var source in Sources())
        {
            var room = RoomOf(Path.GetRelativePath(Plugin, Path.GetDirectoryName(source)!).Replace(Path.DirectorySeparatorChar, '.'), table.Keys);
            foreach(var used in UsedNamespaces().Matches(File.ReadAllText(Path.Combine(Root, source))).Select(x => x.Groups[1].Value))
            {
                var target = RoomOf(used, table.Keys);
                if(target != room && !table[room].Contains(target))
                {
                    wrong.Add($"{source}: {room} may not use {target}");
                }
            }
        }
        Assert.That(wrong, Is.Empty, "src/Peripherals/VirtioNet/README.md has the table");
        Assert.That(table, Has.Count.GreaterThan(8));
    }

    [Test]
    public void UnsafeCode_IsInOneFileForEachKindOfMemory()
    {
        var files = Sources().Where(x => UnsafeCode().IsMatch(File.ReadAllText(Path.Combine(Root, x))));
        Assert.That(files, Is.EquivalentTo(new[] { "src/Peripherals/VirtioNet/Renode/SystemBusMemory.cs", "src/Peripherals/VirtioNet/Outside/Native.cs" }));
    }

    [Test]
    [Rule("H-118")]
    public void Plugin_HasNoHostClockSleepOrThread()
    {
        // Except the thread of a vhost-user back end: it serves processes that run in real time.
        var files = Sources().Where(x => HostTime().IsMatch(File.ReadAllText(Path.Combine(Root, x))));
        Assert.That(files, Is.EqualTo(new[] { "src/Peripherals/VirtioNet/Outside/PortThread.cs" }));
    }

    [Test]
    public void NativeCalls_AreInOneFile()
    {
        var files = Sources().Where(x => File.ReadAllText(Path.Combine(Root, x)).Contains("[DllImport"));
        Assert.That(files, Is.EqualTo(new[] { "src/Peripherals/VirtioNet/Outside/Native.cs" }));
    }

    // From the folder of the test assembly up to the one with the plugin's project.
    private static readonly string Root = FindRoot(AppContext.BaseDirectory);

    private const string Plugin = "src/Peripherals/VirtioNet";

    private static string FindRoot(string folder)
    {
        return File.Exists(Path.Combine(folder, "VirtioNet.Plugin.csproj")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);
    }

    // The room that a folder or a namespace belongs to, both written with dots: the longest name that it starts with.
    private static string RoomOf(string name, IEnumerable<string> rooms)
    {
        return rooms.Where(x => name == x || name.StartsWith(x + ".", StringComparison.Ordinal)).MaxBy(x => x.Length)
            ?? throw new InvalidOperationException($"{name} is in no room of src/Peripherals/VirtioNet/README.md");
    }

    // What each room may use, as the table of the README says.
    private static Dictionary<string, HashSet<string>> ReadRooms()
    {
        var rows = File.ReadLines(Path.Combine(Root, Plugin, "README.md")).Where(x => x.StartsWith("| `", StringComparison.Ordinal))
            .Select(x => x.Split('|')).Select(x => (Room: RoomName(x[1].Trim(' ', '`')), May: x[3].Trim())).ToArray();
        return rows.ToDictionary(x => x.Room, x =>
        {
            var named = x.May.Replace("all but ", "").Split(", ").Select(RoomName);
            return x.May == "nothing" ? new HashSet<string>()
                : x.May.StartsWith("all", StringComparison.Ordinal) ? rows.Select(y => y.Room).Except(named).ToHashSet()
                : named.ToHashSet();
        });

        static string RoomName(string folder) => folder.TrimEnd('/').Replace('/', '.');
    }

    private static IEnumerable<string> Sources()
    {
        return Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(x => Path.GetRelativePath(Root, x));
    }

    [GeneratedRegex(@"^\s*using Antmicro\.", RegexOptions.Multiline)]
    private static partial Regex RenodeNamespace();

    [GeneratedRegex(@"^\s*using VirtioNet\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsedNamespaces();

    [GeneratedRegex(@"\bunsafe\b(?! code)")]
    private static partial Regex UnsafeCode();

    [GeneratedRegex(@"\bDateTime\b|\bStopwatch\b|Thread\.Sleep|Task\.|new Thread|new Timer")]
    private static partial Regex HostTime();
}
