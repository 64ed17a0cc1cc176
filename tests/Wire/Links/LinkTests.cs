// renode-virtio-net, MIT licence: see LICENSE.
// What a link does to a packet and when it arrives, where nothing is random.

using NUnit.Framework;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Links.TestLink;

namespace VirtioNet.Tests.Wire.Links;

public sealed class LinkTests
{
    [Test]
    public void Link_WithoutSettings_PassesEveryPacketItselfAtOnce()
    {
        var sut = new Link(1, "net0 in");
        var outcomes = new List<LinkOutcome>();
        var packet = PacketOf(60);

        sut.Pass(packet, 7, outcomes);

        Assert.That(Text(outcomes), Is.EqualTo("None at 7"));
        Assert.That(outcomes[0].Packet, Is.SameAs(packet));
        Assert.That((sut.Name, sut.Settings), Is.EqualTo(("net0 in", LinkSettings.Default)));
    }

    [Test]
    public void Delay_WithoutJitter_IsTheSameForAll()
    {
        Assert.That(Text(new TestLink("delay 10us").SendMany(3, 5)), Is.EqualTo("None at 10000, None at 10005, None at 10010"));
    }

    [Test]
    public void Delay_WithAJitterLongerThanItself_IsNeverNegative()
    {
        var outcomes = new TestLink("delay 1us 10us").SendMany(1000);

        Assert.That(outcomes.Count(x => x.Time == 0), Is.GreaterThan(300).And.LessThan(600));
        Assert.That(outcomes.Max(x => x.Time), Is.LessThan(11_000));
    }

    [Test]
    public void Loss_OfNamedPackets_TakesExactlyThese()
    {
        var sut = new TestLink("");
        sut.SendMany(5);
        sut.Set("loss packets 3,1");

        Assert.That(Text(sut.SendMany(5)), Is.EqualTo("Loss at 0, None at 0, Loss at 0, None at 0, None at 0"));

        sut.Set("loss packets 1");
        Assert.That(Text(sut.SendMany(2)), Is.EqualTo("Loss at 0, None at 0"), "counted from when it is set");
    }

    [Test]
    public void Loss_OfNamedPackets_GoesOnCountingWhenSomethingElseIsSet()
    {
        var sut = new TestLink("loss packets 3");
        sut.SendMany(1);
        sut.Set("delay 1us");

        Assert.That(Text(sut.SendMany(3)), Is.EqualTo("None at 1000, Loss at 0, None at 1000"));
    }

    [TestCase("loss 100%", "Loss at 0")]
    // The first packet meets the good state.
    [TestCase("loss gemodel 100% 0%", "None at 0")]
    [TestCase("loss gemodel 0% 0% 0% 100%", "Loss at 0")]
    [TestCase("loss gemodel 0% 0% 100% 0%", "None at 0")]
    [TestCase("duplicate 100%", "None at 0, Duplicated at 0")]
    [TestCase("corrupt 100%", "Corrupted at 0")]
    // netem counts so: a lost packet that is duplicated leaves its copy.
    [TestCase("loss 100% duplicate 100%", "Loss at 0, Duplicated at 0")]
    [TestCase("corrupt 100% duplicate 100%", "Corrupted at 0, Duplicated, Corrupted at 0")]
    [TestCase("down", "Down at 0")]
    [TestCase("down loss 100% duplicate 100%", "Down at 0")]
    [TestCase("down up", "None at 0")]
    public void Packet_OnALinkThatIsCertain_MeetsItsFate(string words, string fate)
    {
        Assert.That(Text(new TestLink(words).SendMany(1)), Is.EqualTo(fate));
    }

    [Test]
    public void Corrupt_Packet_IsACopyWithOneBitTurned()
    {
        var sut = new TestLink("corrupt 100%");
        var packet = PacketOf(64);
        var outcomes = new List<LinkOutcome>();

        sut.Link.Pass(packet, 0, outcomes);
        sut.Link.Pass(PacketOf(0), 0, outcomes);

        var turned = outcomes[0].Packet.Bytes.ToArray().Sum(x => int.PopCount(x));
        Assert.That((turned, outcomes[0].Packet.Length), Is.EqualTo((1, 64)));
        Assert.That(packet.Bytes.ToArray(), Is.All.Zero);
        Assert.That(outcomes[1].Events, Is.EqualTo(LinkEvents.None), "without bytes there is nothing to turn");
    }

    [Test]
    public void Duplicate_Copy_IsTheSamePacketWithADelayOfItsOwn()
    {
        var outcomes = new TestLink("duplicate 100% delay 10us 5us").SendMany(1);

        Assert.That(outcomes[0].Packet, Is.SameAs(outcomes[1].Packet));
        Assert.That(outcomes[0].Time, Is.Not.EqualTo(outcomes[1].Time));
    }

    [Test]
    public void Reorder_WithAGap_LetsEveryFifthPacketPass()
    {
        var sut = new TestLink("delay 10us");
        sut.SendMany(3);
        sut.Set("reorder 100% gap 5");

        var outcomes = sut.SendMany(15);

        Assert.That(Enumerable.Range(1, 15).Where(x => outcomes[x - 1].Events == LinkEvents.Reordered), Is.EqualTo(new[] { 5, 10, 15 }));
        Assert.That(outcomes.Select(x => x.Time), Is.EqualTo(outcomes.Select(x => x.Events == LinkEvents.Reordered ? 0UL : 10_000)));
    }

    [Test]
    public void Reorder_Packet_PassesTheRateToo()
    {
        var sut = new TestLink("rate 8mbit reorder 100% gap 2");

        Assert.That(Text(sut.SendMany(4)), Is.EqualTo("None at 100000, Reordered at 0, None at 200000, Reordered at 0"));
    }

    // 100 bytes at 8 Mbit/s take 100 us.
    [TestCase("rate 8mbit", "None at 100000, None at 200000, None at 300000")]
    [TestCase("rate 8mbit delay 50us", "None at 150000, None at 250000, None at 350000")]
    [TestCase("rate 8mbit overhead 24", "None at 124000, None at 248000, None at 372000")]
    [TestCase("rate 8mbit overhead -14", "None at 86000, None at 172000, None at 258000")]
    [TestCase("rate 8mbit overhead -101", "None at 0, None at 0, None at 0")]
    // Three cells of 48 + 5 bytes.
    [TestCase("rate 8mbit 0 48 5", "None at 159000, None at 318000, None at 477000")]
    // Never faster than the rate: 800 bits at 3 Mbit/s take 266,666.67 ns.
    [TestCase("rate 3mbit", "None at 266667, None at 533334, None at 800001")]
    public void Rate_OfPacketsAtOnce_SendsOneAfterTheOther(string words, string times)
    {
        Assert.That(Text(new TestLink(words).SendMany(3)), Is.EqualTo(times));
    }

    [Test]
    public void Rate_OfAnIdleLink_DelaysByOnePacketOnly()
    {
        Assert.That(Text(new TestLink("rate 8mbit").SendMany(3, 150_000)), Is.EqualTo("None at 100000, None at 250000, None at 400000"));
    }

    [Test]
    public void Rate_ChangedWhilePacketsWait_LetsThemKeepTheirTimesAndTheOrder()
    {
        var sut = new TestLink("rate 8mbit");
        sut.SendMany(2);
        sut.Set("rate 80mbit");

        Assert.That(Text(sut.SendMany(1)), Is.EqualTo("None at 210000"));
    }

    [Test]
    public void Limit_OfPackets_DropsWhatFindsTheLinkFull()
    {
        var sut = new TestLink("rate 8mbit limit 2");

        Assert.That(Text(sut.SendMany(3)), Is.EqualTo("None at 100000, None at 200000, QueueFull at 0"));
        Assert.That(Text(sut.Send(99_999)), Is.EqualTo("QueueFull at 99999"));
        Assert.That(Text(sut.Send(100_000)), Is.EqualTo("None at 300000"), "one has left");
    }

    [Test]
    public void Limit_OfBytes_DropsWhatDoesNotFit()
    {
        var sut = new TestLink("delay 1us limit 250b");

        Assert.That(Text(sut.SendMany(3)), Is.EqualTo("None at 1000, None at 1000, QueueFull at 0"));
        Assert.That(Text(sut.Send(0, 50)), Is.EqualTo("None at 1000"), "exactly full");
        Assert.That(Text(sut.Send(1000, 250)), Is.EqualTo("None at 2000"));
    }

    [Test]
    public void Limit_IfNothingIsSaid_IsNetemsThousandPacketsAndNoMoreIsHeld()
    {
        var outcomes = new TestLink("delay 1s").SendMany(1500);

        Assert.That(outcomes.Count(x => x.Drop == DropReason.QueueFull), Is.EqualTo(500));
        Assert.That(new TestLink("").SendMany(1500).Count(x => x.Drop == DropReason.None), Is.EqualTo(1500), "what passes at once is not held");
    }

    [Test]
    public void Limit_OfPacketsThatLeaveInAnotherOrder_CountsThoseThatAreThere()
    {
        var sut = new TestLink("delay 1ms 1ms limit 100000");
        var leaves = sut.SendMany(2000).Select(x => x.Time).Order().ToArray();
        // As many as there were after the half has left, and one more.
        sut.Set("limit 1001");

        Assert.That(sut.Send(leaves[999])[0].Drop, Is.EqualTo(DropReason.None));
        Assert.That(sut.Send(leaves[999])[0].Drop, Is.EqualTo(DropReason.QueueFull));
    }

    [TestCase("limit 1gb")]
    [TestCase("limit 1000000")]
    public void Time_OfTheLastPacketOfTheFullestAndSlowestLink_IsATime(string limit)
    {
        var sut = new TestLink(limit + " delay 86400s 86400s distribution pareto rate 1kbit overhead 1024 cellsize 16 celloverhead 255 "
            + "tbf rate 1kbit burst 1gb limit 1gb slot distribution pareto 600s 600s packets 1");

        var outcomes = sut.SendMany(1_000_001, length: 1);

        Assert.That(outcomes[^2].Time, Is.GreaterThan(1_000_000_000_000_000));
        Assert.That(outcomes[^1].Drop, Is.EqualTo(DropReason.QueueFull));
        sut = new TestLink("limit 1000000 delay 86400s rate 1kbit overhead 1024 cellsize 16 celloverhead 255");
        Assert.That(sut.SendMany(1_000_000, length: Ethernet.MaxFrameSize)[^1].Time, Is.GreaterThan(8_000_000_000_000_000_000));
    }

    [Test]
    public void Mtu_OfALink_CountsWhatFollowsTheHeaderAndItsTags()
    {
        var sut = new TestLink("mtu 100");
        var tagged = new byte[118];
        tagged[12] = 0x81;

        Assert.That(Text(sut.Send(0, 114).Concat(sut.Send(0, 115))), Is.EqualTo("None at 0, TooLong at 0"));
        var outcomes = new List<LinkOutcome>();
        sut.Link.Pass(new Packet(tagged), 0, outcomes);
        Assert.That(Text(outcomes), Is.EqualTo("None at 0"));
    }

    [Test]
    public void Pass_OnALinkWithEverything_TakesNoMemoryButForChangedCopies()
    {
        var sut = new TestLink("delay 1ms 1ms 10% distribution normal loss gemodel 1% 10% duplicate 5% reorder 10% gap 3 rate 1gbit limit 200 tbf rate 1gbit burst 32kb limit 64kb slot 1us 2us packets 4 mtu 1500").Link;
        var packet = PacketOf(1000);
        var outcomes = new List<LinkOutcome>(16);
        var now = 0UL;
        // What is kept grows to its largest first.
        Send(5000, 0);
        Send(5000, 8000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(5000, 8000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(allocated, Is.Zero);

        void Send(int count, ulong interval)
        {
            for(var i = 0; i < count; i++)
            {
                now += interval;
                sut.Pass(packet, now, outcomes);
                outcomes.Clear();
            }
        }
    }
}
