// What the checkout promises about the sources of the plugin.

using System.Text.RegularExpressions;
using NUnit.Framework;

namespace VirtioNet.Tests.Repository;

public sealed partial class SourceTests
{
    [Test]
    public void IncludeList_NamesEverySourceOnce()
    {
        var script = File.ReadAllLines(Path.Combine(Root, "scripts", "include-sources.resc"));
        var include = script.Single(x => x.StartsWith("include ", StringComparison.Ordinal));
        var listed = include.Split(' ').Skip(1).Select(x => x.Replace("$ORIGIN/../", ""));
        Assert.That(listed, Is.EquivalentTo(Sources()), "scripts/include-sources.resc must list the sources of the plugin");
    }

    [Test]
    public void Core_KnowsNoRenode()
    {
        var leaks = Sources().Where(x => !x.Contains("/Renode/"))
            .Where(x => RenodeNamespace().IsMatch(File.ReadAllText(Path.Combine(Root, x))));
        Assert.That(leaks, Is.Empty);
    }

    [Test]
    public void UnsafeCode_IsInOneFileForEachKindOfMemory()
    {
        var files = Sources().Where(x => UnsafeCode().IsMatch(File.ReadAllText(Path.Combine(Root, x))));
        Assert.That(files, Is.EquivalentTo(new[] { "src/Peripherals/VirtioNet/Renode/SystemBusMemory.cs", "src/Peripherals/VirtioNet/VhostUser/Native.cs" }));
    }

    [Test]
    [Rule("H-118")]
    public void Plugin_HasNoHostClockSleepOrThread()
    {
        // But for the thread of a back end: what it serves lives in real time.
        var files = Sources().Where(x => HostTime().IsMatch(File.ReadAllText(Path.Combine(Root, x))));
        Assert.That(files, Is.EqualTo(new[] { "src/Peripherals/VirtioNet/VhostUser/VhostUserBackend.cs" }));
    }

    [Test]
    public void NativeCalls_AreInOneFile()
    {
        var files = Sources().Where(x => File.ReadAllText(Path.Combine(Root, x)).Contains("[DllImport"));
        Assert.That(files, Is.EqualTo(new[] { "src/Peripherals/VirtioNet/VhostUser/Native.cs" }));
    }

    // From the folder of the test assembly up to the one with the plugin's project.
    private static readonly string Root = FindRoot(AppContext.BaseDirectory);

    private static string FindRoot(string folder)
    {
        return File.Exists(Path.Combine(folder, "VirtioNet.Plugin.csproj")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);
    }

    private static IEnumerable<string> Sources()
    {
        return Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(x => Path.GetRelativePath(Root, x));
    }

    [GeneratedRegex(@"^\s*using Antmicro\.", RegexOptions.Multiline)]
    private static partial Regex RenodeNamespace();

    [GeneratedRegex(@"\bunsafe\b(?! code)")]
    private static partial Regex UnsafeCode();

    [GeneratedRegex(@"\bDateTime\b|\bStopwatch\b|Thread\.Sleep|Task\.|new Thread|new Timer")]
    private static partial Regex HostTime();
}
