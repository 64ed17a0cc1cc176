// renode-virtio-net, MIT licence: see LICENSE.
// Arithmetic modulo 65536, and the decision by which a split queue notifies. virtio v1.4-cs01: 2.7.6 to 2.7.8.

using NUnit.Framework;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

public sealed class RingIndexTests
{
    [TestCase(0, 1, 1)]
    [TestCase(65535, 1, 0)]
    [TestCase(0, -1, 65535)]
    [TestCase(40000, 32768, 7232)]
    [Rule("SPLIT-30", "H-23")]
    public void Add_AcrossWrap_CountsModulo65536(int from, int count, int to)
    {
        Assert.That(RingIndex.Add((ushort)from, count), Is.EqualTo(to));
        Assert.That(RingIndex.Distance((ushort)from, (ushort)to), Is.EqualTo(count & 0xFFFF));
    }

    // Compares IsAmong with the spec's own function: for every index that a driver can write to used_event, batches of several
    // lengths, also those that end just before and just after the index.
    [Test]
    [Rule("SPLIT-16", "SPLIT-17", "H-26")]
    [Category("Exhaustive")]
    public void IsAmong_EveryIndex_AgreesWithTheSpecsFunction([Values(0, 1, 12345, 32767, 32768, 65535)] int first)
    {
        for(var index = 0; index < 0x10000; index++)
        {
            var ahead = index - first & 0xFFFF;
            foreach(var count in new[] { 0, 1, 2, 255, 256, 32767, 32768, ahead - 1, ahead, ahead + 1, ahead + 2 })
            {
                // A batch has no more entries than the longest queue.
                if(count is >= 0 and <= 32768 && RingIndex.IsAmong((ushort)index, (ushort)first, count) != NeedEvent(index, first + count, first))
                {
                    Assert.Fail($"index {index}, {count} from {first} on");
                }
            }
        }
    }

    [Test]
    [Rule("SPLIT-16", "SPLIT-17", "H-23", "H-26")]
    public void IsAmong_ShortBatches_AgreesWithStepping([Values(0, 100, 32760, 65520, 65535)] int first, [Range(0, 20)] int count)
    {
        var batch = Enumerable.Range(0, count).Select(x => (ushort)(first + x & 0xFFFF)).ToHashSet();
        for(var distance = -40; distance <= 40; distance++)
        {
            var index = (ushort)(first + distance & 0xFFFF);
            Assert.That(RingIndex.IsAmong(index, (ushort)first, count), Is.EqualTo(batch.Contains(index)), $"{index}");
        }
    }

    // virtq_need_event of the spec's virtio-queue.h (2.7.11).
    private static bool NeedEvent(int eventIndex, int newIndex, int old)
    {
        return (ushort)(newIndex - eventIndex - 1 & 0xFFFF) < (ushort)(newIndex - old & 0xFFFF);
    }
}
