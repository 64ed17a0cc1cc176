// renode-virtio-net, MIT licence: see LICENSE.
// Arithmetic of positions in a packed ring, and the decision by which a packed queue notifies. virtio v1.4-cs01: 2.8.1, 2.8.10.

using NUnit.Framework;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class RingPositionTests
{
    // Distances between all positions of all small rings.
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
                position = Next(position, size);
            }
            Assert.That(position, Is.EqualTo(from), "two laps lead back");
            Assert.That(RingPosition.FromEvent(from.ToEvent()), Is.EqualTo(from));
        }
    }

    // Every batch from every position of a small ring, against every position that a driver can name, also of slots that the
    // ring does not have.
    [Test]
    [Rule("PACK-17", "H-26", "H-37")]
    public void IsAmong_SmallRings_AgreesWithStepping([Range(1, 9)] int size)
    {
        var named = Positions(size).Concat(new[] { size, size + 1, 2 * size, 0x7FFF }.SelectMany(x => new[] { new RingPosition(x, false), new RingPosition(x, true) })).ToArray();
        foreach(var first in Positions(size))
        {
            var batch = new HashSet<RingPosition>();
            var position = first;
            for(var count = 0; count <= size; count++)
            {
                foreach(var wanted in named)
                {
                    Assert.That(wanted.IsAmong(first, count, size), Is.EqualTo(batch.Contains(wanted)),
                        $"slot {wanted.Slot} {wanted.WrapCounter}, {count} from {first.Slot} {first.WrapCounter} on");
                }
                batch.Add(position);
                position = Next(position, size);
            }
        }
    }

    // Every value that a driver can write to desc, with batches of several lengths, also those that end just before and after it.
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(1000)]
    [TestCase(32767)]
    [TestCase(32768)]
    [Rule("PACK-17", "H-26", "H-37", "H-38")]
    [Category("Exhaustive")]
    public void IsAmong_EveryDesc_CountsOverTwoLaps(int size)
    {
        foreach(var start in new[] { 0, size / 2, size - 1, size, size + size / 3, 2 * size - 1 })
        {
            var first = new RingPosition(start % size, start < size);
            for(var desc = 0; desc < 0x10000; desc++)
            {
                var slot = desc % RingLayout.EventWrap;
                // Numbered through the lap with wrap counter 1 and the next one with 0.
                var ahead = (slot + (desc < RingLayout.EventWrap ? size : 0) - start + 2 * size) % (2 * size);
                foreach(var count in new[] { 0, 1, size - 1, size, ahead - 1, ahead, ahead + 1 })
                {
                    if(count >= 0 && count <= size && RingPosition.FromEvent((ushort)desc).IsAmong(first, count, size) != (slot < size && ahead < count))
                    {
                        Assert.Fail($"desc 0x{desc:X4}, {count} from {first.Slot} {first.WrapCounter} on");
                    }
                }
            }
        }
    }

    private static RingPosition Next(RingPosition position, int size)
    {
        return position.Slot + 1 == size ? new RingPosition(0, !position.WrapCounter) : new RingPosition(position.Slot + 1, position.WrapCounter);
    }

    private static IEnumerable<RingPosition> Positions(int size)
    {
        return Enumerable.Range(0, 2 * size).Select(x => new RingPosition(x % size, x < size));
    }
}
