// Arithmetic modulo 65536, and the event index decision against an oracle that walks the ring entry by entry.

using NUnit.Framework;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

public sealed class RingIndexTests
{
    // 2^32 pairs. From old = 0, which stands for all: see Passed_AnyOldIndex_DependsOnDistancesOnly.
    [Test]
    [Rule("SPLIT-16", "SPLIT-17", "H-26")]
    [Category("Exhaustive")]
    public void Passed_AllEventsAllBatches_AgreesWithStepping()
    {
        var wrong = 0L;
        for(var eventIndex = 0; eventIndex < 0x10000; eventIndex++)
        {
            // Walking from old to current passes each entry below current.
            var passed = false;
            for(var current = 0; current < 0x10000; current++)
            {
                wrong += Passed((ushort)eventIndex, 0, (ushort)current) == passed ? 0 : 1;
                passed |= current == eventIndex;
            }
        }
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    [Rule("SPLIT-16", "SPLIT-17", "H-26")]
    [Category("Exhaustive")]
    public void Passed_AnyOldIndex_DependsOnDistancesOnly()
    {
        var random = new Random(1);
        for(var i = 0; i < 1_000_000; i++)
        {
            var (eventIndex, old, current) = ((ushort)random.Next(65536), (ushort)random.Next(65536), (ushort)random.Next(65536));
            var expected = Passed(RingIndex.Distance(old, eventIndex), 0, RingIndex.Distance(old, current));
            if(Passed(eventIndex, old, current) != expected)
            {
                Assert.Fail($"event {eventIndex}, old {old}, new {current}: not {expected}");
            }
        }
    }

    [TestCase(0, 1, 1)]
    [TestCase(65535, 1, 0)]
    [TestCase(0, -1, 65535)]
    [TestCase(40000, 32768, 7232)]
    [Rule("SPLIT-30", "H-23")]
    public void Add_AcrossWrap_RunsFreeModulo65536(int from, int count, int to)
    {
        Assert.That(RingIndex.Add((ushort)from, count), Is.EqualTo(to));
        Assert.That(RingIndex.Distance((ushort)from, (ushort)to), Is.EqualTo(count & 0xFFFF));
    }

    // What Publish decides by; NotificationDecisionTests show that it does.
    private static bool Passed(ushort eventIndex, ushort old, ushort current)
    {
        return RingIndex.Distance(old, current) > RingIndex.Distance(old, eventIndex);
    }
}
