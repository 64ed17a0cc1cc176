// Arithmetic of places in a packed ring, and the event decision against an oracle that walks the ring slot by slot.

using NUnit.Framework;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

public sealed class RingPositionTests
{
    // Distances between all places of all small rings, against stepping.
    [Test]
    [Rule("PACK-12", "PACK-17", "H-26", "H-38")]
    public void Distance_EachPairOfPositions_AgreesWithStepping([Range(1, 40)] int size)
    {
        foreach(var from in Positions(size))
        {
            var position = from;
            for(var steps = 0; steps < 2 * size; steps++)
            {
                Assert.That(from.DistanceTo(position, size), Is.EqualTo(steps), $"{from} to {position}");
                if(steps <= size)
                {
                    Assert.That(from.Move(steps, size), Is.EqualTo(position));
                    Assert.That(position.Move(-steps, size), Is.EqualTo(from));
                }
                position = position.Slot + 1 == size ? new RingPosition(0, !position.WrapCounter) : new RingPosition(position.Slot + 1, position.WrapCounter);
            }
            Assert.That(position, Is.EqualTo(from), "two laps lead back");
            Assert.That(RingPosition.FromEvent(from.ToEvent()), Is.EqualTo(from));
        }
    }

    // Every event, also those beyond the ring, and every batch, from the start; the test below shows that the start
    // stands for all positions.
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(1000)]
    [TestCase(32767)]
    [TestCase(32768)]
    [Rule("PACK-17", "H-26", "H-37")]
    [Category("Exhaustive")]
    public void Passed_FromStart_AgreesWithStepping(int size)
    {
        var wrong = 0L;
        for(var desc = 0; desc < 0x10000; desc++)
        {
            var (slot, wrap) = (desc & 0x7FFF, desc >= 0x8000);
            var passed = false;
            for(var entries = 0; entries <= size; entries++)
            {
                wrong += Passed((ushort)desc, RingPosition.Start, entries, size) == passed ? 0 : 1;
                // The first lap has wrap counter 1.
                passed |= entries == slot && wrap;
            }
        }
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    [Rule("PACK-17", "H-26")]
    [Category("Exhaustive")]
    public void Passed_AnyPosition_DependsOnDistancesOnly()
    {
        var random = new Random(1);
        for(var i = 0; i < 1_000_000; i++)
        {
            var size = random.Next(1, 32769);
            var old = new RingPosition(random.Next(size), random.Next(2) == 0);
            var ahead = random.Next(2 * size);
            var entries = random.Next(size + 1);
            var wanted = ahead > size ? old.Move(size, size).Move(ahead - size, size) : old.Move(ahead, size);
            var start = ahead > size ? RingPosition.Start.Move(size, size).Move(ahead - size, size) : RingPosition.Start.Move(ahead, size);
            if(Passed(wanted.ToEvent(), old, entries, size) != Passed(start.ToEvent(), RingPosition.Start, entries, size))
            {
                Assert.Fail($"size {size}, slot {old.Slot}, {ahead} ahead, {entries} entries");
            }
        }
    }

    // What Publish decides by; PackedNotificationTests show that it does.
    private static bool Passed(ushort desc, RingPosition old, int entries, int size)
    {
        var wanted = RingPosition.FromEvent(desc);
        return wanted.Slot < size && entries > old.DistanceTo(wanted, size);
    }

    private static IEnumerable<RingPosition> Positions(int size)
    {
        return Enumerable.Range(0, 2 * size).Select(x => new RingPosition(x % size, x < size));
    }
}
