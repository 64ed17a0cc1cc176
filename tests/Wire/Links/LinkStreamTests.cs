// renode-virtio-net, MIT licence: see LICENSE.
// Where the draws come from: seed, name, purpose and number of the packet, and nothing else.

using NUnit.Framework;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Links.TestLink;

namespace VirtioNet.Tests.Wire.Links;

public sealed class LinkStreamTests
{
    [Test]
    public void Link_OfTheSameSeedAndName_DoesTheSame()
    {
        Assert.That(Fates(new TestLink(Everything)), Is.EqualTo(Fates(new TestLink(Everything))));
    }

    [TestCase(2UL, "net0 in")]
    [TestCase(1UL, "net0 out")]
    [TestCase(1UL, "net1 in")]
    public void Link_OfAnotherSeedOrName_DoesSomethingElse(ulong seed, string name)
    {
        var own = new TestLink("loss 50%").Losses(10_000);
        var other = new TestLink("loss 50%", seed, name).Losses(10_000);

        // Independent ones agree in half of all cases.
        Statistics.AssertPart(own.Zip(other, (x, y) => x == y).Count(x => x) / 10_000.0, 0.5, 10_000, "agreement");
    }

    // What one word draws, others do not shift, though packets are lost, copied and changed in between.
    [TestCase("loss 30%")]
    [TestCase("loss gemodel 10% 20% 90% 5%")]
    [TestCase("duplicate 30%")]
    [TestCase("corrupt 30%")]
    [TestCase("mtu 99")]
    [TestCase("down")]
    public void Word_SetBesidesADelay_DoesNotShiftItsDraws(string word)
    {
        var alone = new TestLink("delay 1s 1ms 50% limit 1000000");
        var sut = new TestLink("delay 1s 1ms 50% limit 1000000 " + word);
        Send(alone, sut, 500);
        sut.Set("duplicate none corrupt none loss none up mtu none");

        var times = Send(alone, sut, 500);

        Assert.That(times.Sut, Is.EqualTo(times.Alone));

        static (ulong[] Alone, ulong[] Sut) Send(TestLink alone, TestLink sut, int count)
        {
            return (Times(alone, count), Times(sut, count));
        }

        static ulong[] Times(TestLink link, int count)
        {
            return link.SendMany(count).Where(x => x.Events != LinkEvents.Duplicated).Select(x => x.Time).ToArray();
        }
    }

    [Test]
    public void Packets_ThatAreNotLost_HaveTheDelaysThatTheyHaveWithoutLoss()
    {
        var alone = new TestLink("delay 1s 1ms 50% limit 1000000").SendMany(1000);

        var outcomes = new TestLink("delay 1s 1ms 50% limit 1000000 loss 30% 20% duplicate 0%").SendMany(1000);

        var left = Enumerable.Range(0, 1000).Where(x => outcomes[x].Drop == DropReason.None).ToArray();
        Assert.That(left, Has.Length.InRange(500, 900));
        Assert.That(left.Select(x => outcomes[x].Time), Is.EqualTo(left.Select(x => alone[x].Time)));
    }

    [Test]
    public void Loss_SetBesidesEverything_LosesTheSamePackets()
    {
        var alone = new TestLink("loss 10% 20%").Losses(1000);

        var outcomes = new TestLink("loss 10% 20% delay 1s 1ms 50% corrupt 20% limit 1000000").SendMany(1000);

        Assert.That(outcomes.Select(x => x.Drop == DropReason.Loss), Is.EqualTo(alone));
    }

    [TestCase("loss 50%", "delay 1s 1ms")]
    [TestCase("corrupt 50%", "loss 50%")]
    [TestCase("delay 1s reorder 50%", "loss 50%")]
    public void Purposes_OfALink_DrawIndependently(string one, string other)
    {
        const int count = 100_000;
        var first = new TestLink(one + " limit 1000000").SendMany(count);
        var second = new TestLink(other + " limit 1000000").SendMany(count);

        var agreement = Enumerable.Range(0, count).Count(x => IsHit(first[x]) == IsHit(second[x]));

        Statistics.AssertPart(agreement / (double)count, 0.5, count, "agreement");

        static bool IsHit(LinkOutcome outcome) => outcome.Drop != DropReason.None || outcome.Events != LinkEvents.None || outcome.Time > 1_000_000_000;
    }

    // The generator's own numbers, which its authors publish: the first for the start 1234567.
    [Test]
    public void Generator_IsSplitMix64AsPublished()
    {
        var type = typeof(Link).Assembly.GetType("VirtioNet.Wire.Links.SplitMix64")!;
        var numbers = Enumerable.Range(0, 3).Select(x => type.GetMethod("At")!.Invoke(null, new object[] { 1234567UL, (ulong)x }));

        Assert.That(numbers, Is.EqualTo(new[] { 6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL }));
    }

    // A copy of every field, as a snapshot makes it, goes on as if nothing had been.
    [Test]
    public void Link_CopiedFieldByField_GoesOnTheSameWay()
    {
        var sut = new TestLink(Everything);
        sut.SendMany(5000, 10_000, 1000);
        var copy = FieldCopy.Of(sut);

        Assert.That(Fates(copy), Is.EqualTo(Fates(sut)));
    }

    private static string Fates(TestLink link)
    {
        return Text(link.SendMany(5000, 10_000, 1000));
    }

    private const string Everything = "delay 1ms 1ms 10% distribution paretonormal loss gemodel 5% 20% 90% 1% duplicate 5% 10% corrupt 5% 10% reorder 10% 10% gap 3 "
        + "rate 900mbit limit 100 tbf rate 1gbit burst 3kb limit 64kb slot 1us 20us packets 4 mtu 1500";
}
