// renode-virtio-net, MIT licence: see LICENSE.
// Token bucket and slots: what leaves when, in cases that can be counted by hand and against the promise as a whole.

using NUnit.Framework;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Links.TestLink;

namespace VirtioNet.Tests.Wire.Links;

public sealed class ShapingTests
{
    // 100 bytes at 8 Mbit/s take 100 us.
    [Test]
    public void Bucket_ThatIsFull_LetsABurstPassAtOnceAndTheRestAtItsRate()
    {
        var sut = new TestLink("tbf rate 8mbit burst 250b limit 10kb");

        Assert.That(Text(sut.SendMany(5)), Is.EqualTo("None at 0, None at 0, None at 50000, None at 150000, None at 250000"));
        Assert.That(Text(sut.Send(500_000)), Is.EqualTo("None at 500000"), "full again");
    }

    [Test]
    public void Bucket_AfterALongIdleTime_HoldsNoMoreThanABurst()
    {
        var sut = new TestLink("tbf rate 8mbit burst 200b limit 10kb");

        Assert.That(Text(Enumerable.Range(0, 4).SelectMany(_ => sut.Send(10_000_000_000))),
            Is.EqualTo("None at 10000000000, None at 10000000000, None at 10000100000, None at 10000200000"));
    }

    [Test]
    public void Bucket_Queue_DropsWhatIsBeyondItsLimitOrCanNeverPass()
    {
        var sut = new TestLink("tbf rate 8mbit burst 100b limit 200b");

        Assert.That(Text(sut.SendMany(4)), Is.EqualTo("None at 0, None at 100000, None at 200000, QueueFull at 0"));
        Assert.That(Text(sut.Send(0, 101)), Is.EqualTo("OverBurst at 0"));
        Assert.That(Text(sut.Send(100_000)), Is.EqualTo("None at 300000"), "one has left");
    }

    [TestCase("tbf rate 800mbit burst 100b limit 10kb")]
    [TestCase("tbf none")]
    public void Bucket_ChangedWhilePacketsWait_LetsNoneOvertakeThem(string change)
    {
        var sut = new TestLink("tbf rate 8mbit burst 100b limit 10kb");
        sut.SendMany(3);
        sut.Set(change);

        Assert.That(sut.Send(0)[0].Time, Is.GreaterThanOrEqualTo(200_000));
    }

    [Test]
    public void Bucket_BeforeADelay_AddsToIt()
    {
        Assert.That(Text(new TestLink("tbf rate 8mbit burst 100b limit 10kb delay 7us").SendMany(2)), Is.EqualTo("None at 7000, None at 107000"));
    }

    // In no span of time more leaves than the burst and what the rate sends in it, and it is never idle while packets wait.
    [Test]
    public void Bucket_UnderRandomTraffic_KeepsItsPromise()
    {
        const double burst = 4096;
        const double bytesPerNanosecond = 1e6 / 8 / 1e9;
        var sut = new TestLink("tbf rate 1mbit burst 4kb limit 100kb");
        var random = new Random(Seeds.Next("BUCKET_SEED"));
        var now = 0UL;
        var sent = new List<(ulong Came, LinkOutcome Outcome)>();
        for(var i = 0; i < 2000; i++)
        {
            now += (ulong)random.Next(0, 8_000_000);
            sent.AddRange(sut.Send(now, random.Next(60, 1515)).Select(x => (now, x)));
        }
        var passed = sent.Where(x => x.Outcome.Drop == DropReason.None).ToArray();
        Assert.That(passed, Has.Length.GreaterThan(1500));
        for(var first = 0; first < passed.Length; first++)
        {
            var bytes = 0.0;
            for(var last = first; last < Math.Min(first + 300, passed.Length); last++)
            {
                bytes += passed[last].Outcome.Packet.Length;
                var span = passed[last].Outcome.Time - passed[first].Outcome.Time;
                Assert.That(bytes, Is.LessThanOrEqualTo(burst + span * bytesPerNanosecond + 0.001));
            }
        }
        // A packet that waited left when the bucket, filled at the rate from its last empty moment, held just enough.
        var tokens = burst;
        for(var i = 0; i < passed.Length; i++)
        {
            var span = passed[i].Outcome.Time - (i == 0 ? 0 : passed[i - 1].Outcome.Time);
            tokens = Math.Min(burst, tokens + span * bytesPerNanosecond) - passed[i].Outcome.Packet.Length;
            Assert.That(tokens, Is.GreaterThan(-0.001));
            Assert.That(passed[i].Outcome.Time == passed[i].Came || tokens < 0.5, Is.True, $"packet {i} waited though there was enough");
        }
    }

    [Test]
    public void Slot_OfOneWait_CollectsWhatIsDueUntilItOpens()
    {
        var sut = new TestLink("slot 10us");

        Assert.That(Text(sut.SendMany(4, 4000)), Is.EqualTo("None at 10000, None at 10000, None at 10000, None at 22000"));
        Assert.That(Text(sut.Send(22_000)), Is.EqualTo("None at 22000"), "due when it opens");
        Assert.That(Text(sut.Send(100_000)), Is.EqualTo("None at 110000"));
    }

    [TestCase("slot 10us packets 2", "None at 10000, None at 10000, None at 20000, None at 20000, None at 30000")]
    [TestCase("slot 10us bytes 150b", "None at 10000, None at 10000, None at 20000, None at 20000, None at 30000")]
    [TestCase("slot 10us bytes 200b", "None at 10000, None at 10000, None at 20000, None at 20000, None at 30000")]
    [TestCase("slot 10us packets 3 bytes 100b", "None at 10000, None at 20000, None at 30000, None at 40000, None at 50000")]
    [TestCase("slot 10us delay 5us", "None at 15000, None at 15000, None at 15000, None at 15000, None at 15000")]
    public void Slot_ThatIsUsedUp_LeavesTheRestToTheNext(string words, string times)
    {
        Assert.That(Text(new TestLink(words).SendMany(5)), Is.EqualTo(times));
    }

    [Test]
    public void Slot_OfARangeOfWaits_DrawsThemEvenly()
    {
        const int count = 100_000;
        var waits = new TestLink("slot 10us 20us packets 1").SendMany(count, 30_000).Select((x, i) => (double)x.Time - i * 30_000.0).ToArray();

        Assert.That(waits, Is.All.InRange(10_000, 20_000));
        // Variance of an even distribution: width squared by 12. The bound is five standard deviations of the mean.
        Assert.That(waits.Average(), Is.EqualTo(15_000).Within(5 * 10_000 / Math.Sqrt(12.0 * count)));
        Assert.That(waits.Count(x => x < 12_500), Is.EqualTo(count / 4).Within(5 * Math.Sqrt(count * 3 / 16.0)));
    }

    [Test]
    public void Slot_OfADistribution_HasItsMeanAndWidth()
    {
        const int count = 100_000;
        var waits = new TestLink("slot distribution normal 10us 1us packets 1").SendMany(count, 30_000).Select((x, i) => (double)x.Time - i * 30_000.0).ToArray();

        Statistics.AssertMean(waits.Average(), 10_000, 1e6, count, "mean");
        // The jitter is the standard deviation: so many are within one.
        Statistics.AssertPart(waits.Count(x => x is > 9_000 and <= 11_000) / (double)count, 2 * Statistics.NormalBelow(1) - 1, count, "within one jitter");
    }

    [Test]
    public void Slot_QueuedPackets_CountForTheLimit()
    {
        Assert.That(Text(new TestLink("slot 10us limit 1").SendMany(2)), Is.EqualTo("None at 10000, QueueFull at 0"));
    }
}
