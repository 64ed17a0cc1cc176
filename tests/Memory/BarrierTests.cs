// renode-virtio-net, MIT licence: see LICENSE.
// Which accesses to guest memory are ordered. A CPU may keep an order that the code does not ask for, as x86 mostly does, so
// running the code does not show whether it asks. These tests read the compiled code (IL) and look for its barriers.

using System.Reflection;
using System.Reflection.Emit;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Memory;

namespace VirtioNet.Tests.Memory;

public sealed class BarrierTests
{
    [Test]
    [Rule("H-27")]
    public void Fence_OfAnyMemory_IsAFullBarrier()
    {
        // Other calls are those of whoever measures coverage or mutants.
        var ordered = Calls(typeof(IGuestMemory), nameof(IGuestMemory.Fence)).Where(IsBarrier);

        Assert.That(ordered, Is.EqualTo(new[] { "Thread.MemoryBarrier" }));
        Assert.That((Action)((IGuestMemory)new GuestRam()).Fence, Throws.Nothing);
    }

    // If the field is in one host block, Volatile.Read orders it; if it is read in pieces, a full barrier after them does.
    [TestCase(typeof(GuestMemoryAccess), nameof(GuestMemoryAccess.TryReadUInt16), "GuestMemoryAccess.TryReadValue")]
    [TestCase(typeof(GuestArrayOrder), nameof(GuestArrayOrder.TryReadAcquire), "GuestArray`1.TryRead")]
    [Rule("H-27", "PACK-10", "SPLIT-18")]
    public void Read_WithAcquire_IsDoneBeforeLaterAccesses(Type type, string method, string pieces)
    {
        var ordered = Calls(type, method).Where(x => x == pieces || IsBarrier(x));

        Assert.That(ordered, Is.EqualTo(new[] { "Volatile.Read", pieces, "Thread.MemoryBarrier" }));
    }

    [TestCase(typeof(GuestMemoryAccess), nameof(GuestMemoryAccess.TryWriteUInt16), "GuestMemoryAccess.TryWriteValue")]
    [TestCase(typeof(GuestArrayOrder), nameof(GuestArrayOrder.TryWriteRelease), "GuestArray`1.TryWrite")]
    [Rule("PACK-03", "SPLIT-18", "SPLIT-19")]
    public void Write_WithRelease_IsDoneAfterEarlierAccesses(Type type, string method, string pieces)
    {
        var ordered = Calls(type, method).Where(x => x == pieces || IsBarrier(x));

        Assert.That(ordered, Is.EqualTo(new[] { "Volatile.Write", "Thread.MemoryBarrier", pieces }));
    }

    private static bool IsBarrier(string call) => call.StartsWith("Volatile.", StringComparison.Ordinal) || call.StartsWith("Thread.", StringComparison.Ordinal);

    // The methods that a method calls, in the order of its code.
    private static IEnumerable<string> Calls(Type type, string name)
    {
        var method = type.GetMethod(name)!;
        var code = method.GetMethodBody()!.GetILAsByteArray()!;
        for(var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? code[at] << 8 | code[at + 1] : code[at];
            var instruction = Instructions[(short)value];
            at += instruction.Size;
            if(instruction.OperandType == OperandType.InlineMethod)
            {
                var called = method.Module.ResolveMethod(BitConverter.ToInt32(code, at))!;
                yield return $"{called.DeclaringType!.Name}.{called.Name}";
            }
            at += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => throw new NotSupportedException("a switch"),
                _ => 4,
            };
        }
    }

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(x => (OpCode)x.GetValue(null)!).ToDictionary(x => x.Value);
}
