// Arithmetic modulo 65536.

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
    public void Add_AcrossWrap_RunsFreeModulo65536(int from, int count, int to)
    {
        Assert.That(RingIndex.Add((ushort)from, count), Is.EqualTo(to));
        Assert.That(RingIndex.Distance((ushort)from, (ushort)to), Is.EqualTo(count & 0xFFFF));
    }
}
