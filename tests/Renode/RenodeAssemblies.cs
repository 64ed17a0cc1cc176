// renode-virtio-net, MIT licence: see LICENSE.
// Finds at run time those of Renode's assemblies that the projects here do not name.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace VirtioNet.Tests.Renode;

internal static class RenodeAssemblies
{
    /// <summary>The folder of Infrastructure.dll in a Renode: of a package, of a source build, of a Debian package.</summary>
    public static string BinOf(string root)
    {
        string[] layouts = ["bin", "output/bin/Release", ""];
        return layouts.Select(x => Path.Combine(root, x)).FirstOrDefault(x => File.Exists(Path.Combine(x, "Infrastructure.dll")))
            ?? throw new DirectoryNotFoundException($"There is no Infrastructure.dll of a Renode in {root}");
    }

    /// <summary>The Renode that the tests were built with; the build has written its folder to renode-bin.txt.</summary>
    public static string Bin { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "renode-bin.txt")).Trim();

#pragma warning disable CA2255 // A test assembly may: there is no Main to do it in.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void FindThem()
    {
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Find(name.Name + ".dll") is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            (Find(name) ?? Find(name + ".so") ?? Find("lib" + name + ".so")) is { } path ? NativeLibrary.Load(path) : IntPtr.Zero;
        LinkCores();
    }

    // From the release after 1.16.1 on, Renode looks for its CPU cores beside Infrastructure.dll, and the tests use a copy of that.
    private static void LinkCores()
    {
        const string folder = "platform-lib";
        var link = Path.Combine(AppContext.BaseDirectory, folder);
        var cores = Path.Combine(Bin, folder);
        if(new FileInfo(link).LinkTarget != null)
        {
            File.Delete(link);
        }
        if(Directory.Exists(cores) && !Directory.Exists(link))
        {
            File.CreateSymbolicLink(link, cores);
        }
    }

    // Beside Renode, or in its folder of what depends on the platform.
    private static string? Find(string file)
    {
        var beside = Path.Combine(Bin, file);
        if(File.Exists(beside))
        {
            return beside;
        }
        var runtimes = Path.Combine(Bin, "runtimes", RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64");
        return Directory.Exists(runtimes)
            ? Directory.EnumerateFiles(runtimes, file, SearchOption.AllDirectories).FirstOrDefault()
            : null;
    }
}
