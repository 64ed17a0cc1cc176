// Finds the rest of Renode's assemblies at run time: those that no project here names.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace VirtioNet.Tests.Renode;

internal static class RenodeAssemblies
{
    // The build has written down which Renode it used.
#pragma warning disable CA2255 // A test assembly may: there is no Main to do it in.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void FindThem()
    {
        var bin = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "renode-bin.txt")).Trim();
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Find(bin, name.Name + ".dll") is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            (Find(bin, name) ?? Find(bin, name + ".so") ?? Find(bin, "lib" + name + ".so")) is { } path ? NativeLibrary.Load(path) : IntPtr.Zero;
    }

    // Beside Renode, or in its folder of what depends on the platform.
    private static string? Find(string bin, string file)
    {
        var beside = Path.Combine(bin, file);
        if(File.Exists(beside))
        {
            return beside;
        }
        var runtimes = Path.Combine(bin, "runtimes", RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64");
        return Directory.Exists(runtimes)
            ? Directory.EnumerateFiles(runtimes, file, SearchOption.AllDirectories).FirstOrDefault()
            : null;
    }
}
