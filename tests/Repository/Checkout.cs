// renode-virtio-net, MIT licence: see LICENSE.
// The files of the checkout that this assembly was compiled from.

using System.Runtime.CompilerServices;

namespace VirtioNet.Tests.Repository;

/// <summary>Paths here are relative to the root of the checkout, with slashes.</summary>
public static class Checkout
{
    public static string Full(string path)
    {
        return Path.Combine(Root, path);
    }

    /// <summary>Every file except those of git, of builds and of editors.</summary>
    public static IEnumerable<string> Files()
    {
        return FilesBelow(Root).Select(x => Path.GetRelativePath(Root, x)).Order(StringComparer.Ordinal);
    }

    /// <summary>Files of the kinds that hold source, scripts or documentation.</summary>
    public static IEnumerable<string> TextFiles()
    {
        return Files().Where(x => CommentSigns.ContainsKey(Path.GetExtension(x)) || x.EndsWith(".md", StringComparison.Ordinal));
    }

    /// <summary>What starts a comment in a source file or script, by the file's extension.</summary>
    public static readonly IReadOnlyDictionary<string, string> CommentSigns = new Dictionary<string, string>
    {
        [".c"] = "//", [".cs"] = "//", [".dts"] = "//", [".dtsi"] = "//", [".h"] = "//", [".repl"] = "//", [".S"] = "//",
        [".py"] = "#", [".resc"] = "#", [".resource"] = "#", [".robot"] = "#", [".sh"] = "#",
    };

    public static readonly string Root = FindRoot();

    private static IEnumerable<string> FilesBelow(string folder)
    {
        foreach(var below in Directory.GetDirectories(folder).Where(x => !NotOurs.Contains(Path.GetFileName(x))))
        {
            foreach(var file in FilesBelow(below))
            {
                yield return file;
            }
        }
        foreach(var file in Directory.GetFiles(folder))
        {
            yield return file;
        }
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
    }

    private static readonly string[] NotOurs = { ".git", ".vs", ".vscode", "bin", "build", "obj", "StrykerOutput", "TestResults" };
}
