// renode-virtio-net, MIT licence: see LICENSE.
// What the core must not know: threads, locks, host time. Read out of the compiled assembly.

using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using NUnit.Framework;
using VirtioNet.Transport.Core;

namespace VirtioNet.Tests.Transport;

public sealed class CoreRulesTests
{
    [TestCase("System.DateTime")]
    [TestCase("System.DateTimeOffset")]
    [TestCase("System.TimeProvider")]
    [TestCase("System.Environment")]
    [TestCase("System.Random")]
    [TestCase("System.Diagnostics.Stopwatch")]
    [TestCase("System.Threading.Timer")]
    [TestCase("System.Threading.SpinWait")]
    [TestCase("System.Threading.Tasks.Task")]
    [Rule("H-118")]
    public void Core_UsesOf_HostTimeAndWaiting_AreNone(string type)
    {
        Assert.That(ReferencedTypes(), Has.None.EqualTo(type));
    }

    [TestCase("System.Threading.Mutex")]
    [TestCase("System.Threading.SpinLock")]
    [TestCase("System.Threading.SemaphoreSlim")]
    [TestCase("System.Threading.ReaderWriterLockSlim")]
    [TestCase("System.Threading.ThreadPool")]
    [Rule("H-116")]
    public void Core_UsesOf_LocksAndThreads_AreNone(string type)
    {
        Assert.That(ReferencedTypes(), Has.None.EqualTo(type));
    }

    // The outbox alone locks: a device puts packets into it while its owner's lock is held, and another thread may take them out.
    [Test]
    [Rule("H-116")]
    public void Core_UsesOf_Monitor_AreInTheOutboxOnly()
    {
        Assert.That(CallersOf("System.Threading.Monitor").Distinct(), Is.EqualTo(new[] { "VirtioNet.Wire.PacketOutbox" }));
    }

    [Test]
    [Rule("H-116", "H-118")]
    public void Core_UsesOf_Thread_AreBarriersOnly()
    {
        var used = References(x => x.MemberReferences.Select(x.GetMemberReference)
            .Where(m => m.Parent.Kind == HandleKind.TypeReference && Name(x, (TypeReferenceHandle)m.Parent) == "System.Threading.Thread")
            .Select(m => x.GetString(m.Name)));
        Assert.That(used, Is.EquivalentTo(Enumerable.Repeat("MemoryBarrier", 1)));
    }

    [Test]
    public void Core_AssembliesReferenced_AreOfDotNetOnly()
    {
        var used = References(x => x.AssemblyReferences.Select(a => x.GetString(x.GetAssemblyReference(a).Name)));
        Assert.That(used, Has.All.StartsWith("System"));
    }

    private static List<string> ReferencedTypes()
    {
        return References(x => x.TypeReferences.Select(t => Name(x, t)));
    }

    // Names of the types of which a method calls one of the given type: its code has the call opcode, then that method's token.
    private static List<string> CallersOf(string type)
    {
        using var file = File.OpenRead(typeof(VirtioTransport).Assembly.Location);
        using var image = new PEReader(file);
        var reader = image.GetMetadataReader();
        var calls = reader.MemberReferences
            .Where(x => reader.GetMemberReference(x).Parent is { Kind: HandleKind.TypeReference } parent && Name(reader, (TypeReferenceHandle)parent) == type)
            .Select(x => BitConverter.GetBytes(MetadataTokens.GetToken(x)).Prepend((byte)ILOpCode.Call).ToArray()).ToArray();
        return reader.MethodDefinitions.Select(reader.GetMethodDefinition)
            .Where(x => x.RelativeVirtualAddress != 0 && Array.Exists(calls, call => image.GetMethodBody(x.RelativeVirtualAddress).GetILBytes().AsSpan().IndexOf(call) >= 0))
            .Select(x => reader.GetTypeDefinition(x.GetDeclaringType()))
            .Select(x => $"{reader.GetString(x.Namespace)}.{reader.GetString(x.Name)}").ToList();
    }

    private static string Name(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
    }

    private static List<string> References(Func<MetadataReader, IEnumerable<string>> select)
    {
        using var file = File.OpenRead(typeof(VirtioTransport).Assembly.Location);
        using var image = new PEReader(file);
        return select(image.GetMetadataReader()).ToList();
    }
}
