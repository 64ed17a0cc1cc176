// renode-virtio-net, MIT licence: see LICENSE.
// FrameChecker, which checks the frames of a throughput run, must see every kind of fault.

using NUnit.Framework;
using VirtioNet.Lab;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Lab;

public sealed class FrameCheckerTests
{
    [Test]
    public void Check_FramesInOrder_AreGood()
    {
        Assert.That(Judge(0, 1, 2, 3), Is.EqualTo((4L, 0L, 0L)));
    }

    [Test]
    public void Check_GapInNumbers_CountsWhatCame()
    {
        Assert.That(Judge(0, 1, 3), Is.EqualTo((3L, 0L, 0L)));
    }

    [Test]
    public void Check_FrameTwiceOrLate_IsOutOfOrder()
    {
        Assert.That(Judge(0, 2, 2, 1), Is.EqualTo((2L, 2L, 0L)));
    }

    [Test]
    public void Check_AnyByteChanged_IsCorrupted()
    {
        var made = new TestFrames(Left, Right, Size);
        var checker = new FrameChecker(new TestFrames(Left, Right, Size));
        for(var i = 0; i < Size; i++)
        {
            var frame = made.Make(5).ToArray();
            frame[i] ^= 0x80;
            checker.Check(frame);
        }
        checker.Check(made.Make(5)[..^1].ToArray());

        Assert.That((checker.Good, checker.Corrupted), Is.EqualTo((0L, (long)Size + 1)));
    }

    private static (long Good, long OutOfOrder, long Corrupted) Judge(params long[] sequence)
    {
        var made = new TestFrames(Left, Right, Size);
        var checker = new FrameChecker(new TestFrames(Left, Right, Size));
        foreach(var number in sequence)
        {
            checker.Check(made.Make(number).ToArray());
        }
        return (checker.Good, checker.OutOfOrder, checker.Corrupted);
    }

    private static readonly MacAddress Left = new(0x02_00_00_00_00_01);
    private static readonly MacAddress Right = new(0x02_00_00_00_00_02);
    private const int Size = 64;
}
