// renode-virtio-net, MIT licence: see LICENSE.
// A prebuilt plugin may be loaded by another Renode than the one that it was built with. Each type and member that it refers to must
// exist there: if a method has one optional parameter more, a DLL does not find it, and calling it ends the process.

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.Loader;
using NUnit.Framework;

namespace VirtioNet.Tests.Renode;

public sealed class ReferenceTests
{
    [TestCaseSource(nameof(Renodes))]
    [Rule("F-38")]
    public void Plugin_FindsAllThatItNames(string bin)
    {
        var renode = new RenodeContext(bin);
        var plugin = renode.LoadFromAssemblyPath(Checkout.Plugin);
        var missing = new List<string>();

        // The types of the plugin with all that they inherit and implement.
        Try(missing, () => plugin.GetTypes());
        var (types, members) = CountReferences();
        Assert.That(members, Is.GreaterThan(100));
        ForEach(HandleKind.TypeReference, types, x => plugin.ManifestModule.ResolveType(x));
        ForEach(HandleKind.MemberReference, members, x => plugin.ManifestModule.ResolveMember(x, AnyTypes, AnyTypes));

        Assert.That(missing, Is.Empty, bin);

        void ForEach(HandleKind kind, int count, Action<int> resolve)
        {
            for(var row = 1; row <= count; row++)
            {
                Try(missing, () => resolve(((int)kind << 24) | row));
            }
        }
    }

    // The Renode of this build, and those that RENODE_ROOTS names, a list such as PATH.
    private static IEnumerable<string> Renodes()
    {
        var roots = (Environment.GetEnvironmentVariable("RENODE_ROOTS") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return roots.Select(RenodeAssemblies.BinOf).Prepend(RenodeAssemblies.Bin).Distinct();
    }

    private static (int Types, int Members) CountReferences()
    {
        using var stream = File.OpenRead(Checkout.Plugin);
        using var file = new System.Reflection.PortableExecutable.PEReader(stream);
        var reader = file.GetMetadataReader();
        return (reader.GetTableRowCount(TableIndex.TypeRef), reader.GetTableRowCount(TableIndex.MemberRef));
    }

    private static void Try(List<string> missing, Action resolve)
    {
        try
        {
            resolve();
        }
        catch(ReflectionTypeLoadException e)
        {
            missing.AddRange(e.LoaderExceptions.Select(x => x!.Message));
        }
        catch(Exception e) when(e is MissingMemberException or TypeLoadException or FileNotFoundException)
        {
            missing.Add(e.Message);
        }
    }

    // Any types will do as arguments of the plugin's own generic types and methods.
    private static readonly Type[] AnyTypes = [typeof(int), typeof(int)];

    // One of several Renodes in this process: its assemblies are found before the ones that the tests use.
    private sealed class RenodeContext(string bin) : AssemblyLoadContext
    {
        protected override Assembly? Load(AssemblyName name)
        {
            var path = Path.Combine(bin, name.Name + ".dll");
            return File.Exists(path) && !IsFrameworks(name) ? LoadFromAssemblyPath(path) : null;
        }

        private static bool IsFrameworks(AssemblyName name) => name.Name!.StartsWith("System.", StringComparison.Ordinal);
    }
}
