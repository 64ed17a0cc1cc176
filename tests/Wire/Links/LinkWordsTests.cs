// renode-virtio-net, MIT licence: see LICENSE.
// The words of a link: what each is read as, what it leaves alone, and what is said of a wrong one.

using NUnit.Framework;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Links.TestLink;

namespace VirtioNet.Tests.Wire.Links;

public sealed class LinkWordsTests
{
    // Words, and the same as they are written back.
    [TestCase("", "")]
    [TestCase("delay 10ms", "delay 10ms")]
    [TestCase("delay 10ms 2ms 25% distribution normal", "delay 10ms 2ms 25% distribution normal")]
    [TestCase("delay 1500us 0.5msec 0", "delay 1500us 500us")]
    [TestCase("delay 0.001s 1usecs distribution paretonormal", "delay 1ms 1us distribution paretonormal")]
    [TestCase("delay 10ms 2ms distribution uniform", "delay 10ms 2ms")]
    [TestCase("delay 0", "")]
    [TestCase("delay none", "")]
    [TestCase("loss 1%", "loss 1%")]
    [TestCase("loss random 0.1% 25%", "loss 0.1% 25%")]
    [TestCase("loss 0.29", "loss 0.29%")]
    [TestCase("loss none", "")]
    [TestCase("loss 0%", "")]
    [TestCase("loss gemodel 1% 10% 90% 0.5%", "loss gemodel 1% 10% 90% 0.5%")]
    [TestCase("loss gemodel 1% 10%", "loss gemodel 1% 10% 100% 0%")]
    [TestCase("loss gemodel 5%", "loss gemodel 5% 95% 100% 0%")]
    [TestCase("loss state 1% 30% 10% 50% 0.5%", "loss state 1% 30% 10% 50% 0.5%")]
    [TestCase("loss state 5%", "loss state 5% 95% 0% 100% 0%")]
    [TestCase("loss packets 12,3,7", "loss packets 3,7,12")]
    [TestCase("corrupt 0.1% 5%", "corrupt 0.1% 5%")]
    [TestCase("duplicate 1%", "duplicate 1%")]
    [TestCase("delay 1s reorder 25% 50% gap 5", "delay 1s reorder 25% 50% gap 5")]
    [TestCase("delay 1s reorder 25% gap 1", "delay 1s reorder 25%")]
    [TestCase("rate 10mbit", "rate 10mbit")]
    [TestCase("rate 1.5gbit 24", "rate 1500mbit overhead 24")]
    [TestCase("rate 5kbit 20 100 5", "rate 5kbit overhead 20 cellsize 100 celloverhead 5")]
    [TestCase("rate 10000000", "rate 10mbit")]
    [TestCase("rate 1mbps overhead -14", "rate 8mbit overhead -14")]
    [TestCase("rate 1kibit", "rate 1024bit")]
    [TestCase("rate none", "")]
    [TestCase("limit 50", "limit 50")]
    [TestCase("limit 64kb", "limit 64kb")]
    [TestCase("limit 64k 50", "limit 50 64kb")]
    [TestCase("limit 1000", "")]
    [TestCase("tbf rate 1mbit burst 32kb limit 64kb", "tbf rate 1mbit burst 32kb limit 64kb")]
    [TestCase("tbf rate 1mbit burst 32kbit latency 400ms", "tbf rate 1mbit burst 4kb limit 54096b")]
    [TestCase("tbf latency 8ms buffer 1kb rate 1mbit", "tbf rate 1mbit burst 1kb limit 2024b")]
    [TestCase("tbf rate 1mbit burst 1kb limit 2kb limit 3 rate 5mbit", "rate 5mbit limit 3 tbf rate 1mbit burst 1kb limit 2kb")]
    [TestCase("tbf none", "")]
    [TestCase("slot 10ms 20ms packets 16 bytes 64kb", "slot 10ms 20ms packets 16 bytes 64kb")]
    [TestCase("slot 800us", "slot 800us")]
    [TestCase("slot 0", "")]
    [TestCase("slot distribution normal 10ms 2ms bytes 1mb", "slot distribution normal 10ms 2ms bytes 1mb")]
    [TestCase("slot distribution uniform 1ms 1us delay 1ms", "delay 1ms slot distribution uniform 1ms 1us")]
    [TestCase("mtu 1500", "mtu 1500")]
    [TestCase("mtu none", "")]
    [TestCase("DOWN", "down")]
    [TestCase("down up", "")]
    [TestCase("  loss\t1%   delay 1ms ", "delay 1ms loss 1%")]
    public void Words_OfALink_AreReadAndWrittenBack(string words, string written)
    {
        var settings = Settings(words);

        Assert.That(settings.ToString(), Is.EqualTo(written));
        Assert.That(Settings(settings.ToString()).ToString(), Is.EqualTo(written), "read again");
    }

    [Test]
    public void Word_SetAgain_ReplacesItsOwnValueAndNothingElse()
    {
        var words = new Dictionary<string, string>
        {
            ["delay 10ms 2ms 25% distribution normal"] = "delay 20ms 1ms distribution normal",
            ["loss 1% 25%"] = "loss gemodel 2% 98% 100% 0%",
            ["corrupt 0.1% 5%"] = "corrupt 1%",
            ["duplicate 1% 5%"] = "duplicate 2%",
            ["reorder 25% 50% gap 5"] = "reorder 30%",
            ["rate 10mbit overhead 24"] = "rate 5mbit",
            ["limit 5 64kb"] = "limit 7",
            ["tbf rate 1mbit burst 32kb limit 64kb"] = "tbf rate 2mbit burst 16kb limit 32kb",
            ["slot 10ms 20ms packets 16"] = "slot 5ms",
            ["mtu 1500"] = "mtu 9000",
        };
        var all = string.Join(' ', words.Keys);
        var settings = Settings(all);
        Assert.That(settings.ToString(), Is.EqualTo(all));
        foreach(var (before, after) in words)
        {
            // "distribution" is a word of its own.
            var changed = Settings(after.Replace(" distribution normal", ""), settings);
            Assert.That(changed.ToString(), Is.EqualTo(all.Replace(before, after)), after);
        }
        Assert.That(settings.ToString(), Is.EqualTo(all), "a value does not change");
    }

    [TestCase("loss", "loss 1%")]
    [TestCase("corrupt", "corrupt 2%")]
    [TestCase("duplicate", "duplicate 3%")]
    [TestCase("reorder", "reorder 4% gap 5")]
    [TestCase("rate", "rate 1mbit")]
    [TestCase("tbf", "tbf rate 1mbit burst 32kb limit 64kb")]
    [TestCase("slot", "slot 5ms")]
    [TestCase("mtu", "mtu 1500")]
    public void None_AfterEachWord_TakesItAwayAndNothingElse(string word, string own)
    {
        const string all = " delay 10ms loss 1% corrupt 2% duplicate 3% reorder 4% gap 5 rate 1mbit tbf rate 1mbit burst 32kb limit 64kb slot 5ms mtu 1500";
        var place = all.IndexOf(" " + own, StringComparison.Ordinal);

        var left = Settings($"{word} none", Settings(all)).ToString();

        Assert.That(left, Is.EqualTo(all.Remove(place, own.Length + 1).Trim()));
    }

    // A fault quotes the user's word, says what is allowed, and shows how to write it.
    [TestCase("delay", "delay lacks its value", "ns, us, ms or s", "write \"delay 10ms\"")]
    [TestCase("delay 10", "delay is \"10\"", "with its unit", "delay 10ms")]
    [TestCase("delay 2d", "delay is \"2d\"", "unit", "delay 10ms")]
    [TestCase("delay 1e3ms", "delay is \"1e3ms\"", "unit", "delay 10ms")]
    [TestCase("delay 0.1ns", "delay is \"0.1ns\"", "a time", "delay 10ms")]
    [TestCase("delay -1ms", "delay is \"-1ms\"", "a time", "delay 10ms")]
    [TestCase("delay 86401s", "delay is \"86401s\"", "at most 86400s", "delay 10ms")]
    [TestCase("delay 99999999999999999999s", "delay is \"99999999999999999999s\"", "at most 86400s", "delay 10ms")]
    [TestCase("delay 10ms 2", "the jitter of delay is \"2\"", "with its unit", "delay 10ms 2ms")]
    [TestCase("delay 10ms 2ms 101%", "the correlation of delay is \"101%\"", "0% to 100%", "25%")]
    [TestCase("delay 10ms 2ms distribution gauss", "distribution is \"gauss\"", "uniform, normal, pareto or paretonormal", "distribution normal")]
    [TestCase("delay 10ms distribution normal", "needs a jitter", "spreads", "delay 10ms 2ms distribution normal")]
    [TestCase("delay 10ms distrbution normal", "\"distrbution\" is no word", "delay, distribution, loss", "down and up")]
    [TestCase("loss", "loss lacks its value", "a percentage", "loss 1%")]
    [TestCase("loss much", "loss is \"much\"", "\"gemodel\"", "loss 1%")]
    [TestCase("loss 100.1%", "loss is \"100.1%\"", "0% to 100%", "loss 1%")]
    [TestCase("loss -1%", "loss is \"-1%\"", "0% to 100%", "loss 1%")]
    [TestCase("loss gemodel", "p of gemodel lacks", "0% to 100%", "loss gemodel 1% 10%")]
    [TestCase("loss state 60% 30% 10% 50% 41%", "p14 41%", "add up to 100%", "loss state 1%")]
    [TestCase("loss state 60% 91% 10%", "p31 91%", "add up to 100%", "loss state 1%")]
    [TestCase("loss packets 3,0", "packets of loss is \"3,0\"", "counted from 1", "loss packets 3,7,12")]
    [TestCase("loss packets 3, 7", "packets of loss is \"3,\"", "no space", "loss packets 3,7,12")]
    [TestCase("corrupt x", "corrupt is \"x\"", "0% to 100%", "corrupt 1%")]
    [TestCase("duplicate 5% 1000", "the correlation of duplicate is \"1000\"", "0% to 100%", "duplicate 1% 25%")]
    [TestCase("reorder 25%", "reorder 25% needs a delay", "something to pass", "delay 10ms reorder 25%")]
    [TestCase("delay 1ms reorder 25% gap 0", "gap of reorder is \"0\"", "1 to", "gap 5")]
    [TestCase("rate fast", "rate is \"fast\"", "1kbit to 10tbit", "rate 10mbit")]
    [TestCase("rate 999bit", "rate is \"999bit\"", "1kbit to 10tbit", "rate 10mbit")]
    [TestCase("rate 11tbit", "rate is \"11tbit\"", "1kbit to 10tbit", "rate 10mbit")]
    [TestCase("rate 1mbit overhead 2000", "overhead of rate is \"2000\"", "-1024 to 1024", "overhead 24")]
    [TestCase("rate 1mbit 0 8", "cellsize of rate is \"8\"", "16 to 65535", "cellsize 48")]
    [TestCase("rate 1mbit 0 48 256", "celloverhead of rate is \"256\"", "-15 to 255", "celloverhead 5")]
    [TestCase("limit none", "limit is \"none\"", "1 to 1000000", "limit 1000 64kb")]
    [TestCase("limit 0", "limit is \"0\"", "1 to 1000000", "limit 1000 64kb")]
    [TestCase("limit 5 6", "limit is \"6\"", "or both", "limit 1000 64kb")]
    [TestCase("limit 5kb 6kb", "limit is \"6kb\"", "or both", "limit 1000 64kb")]
    [TestCase("limit 2gb", "limit is \"2gb\"", "1gb", "limit 1000 64kb")]
    [TestCase("tbf rate 1mbit burst 32kb", "tbf needs its rate, its burst, and its limit or latency", "", "tbf rate 1mbit")]
    [TestCase("tbf burst 32kb limit 1kb", "tbf needs its rate", "", "tbf rate 1mbit")]
    [TestCase("tbf rate 1mbit burst 0 limit 1kb", "burst of tbf is \"0\"", "1 byte to 1gb", "tbf rate 1mbit")]
    [TestCase("slot 601s", "slot is \"601s\"", "at most 600s", "slot 10ms 20ms")]
    [TestCase("slot 20ms 10ms", "slot is 20ms to 10ms", "may not be less", "slot 10ms 20ms")]
    [TestCase("slot distribution gauss 1ms 1ms", "distribution of slot is \"gauss\"", "uniform, normal", "slot distribution normal 10ms 2ms")]
    [TestCase("slot distribution normal 1ms", "the jitter of slot lacks", "a time", "slot distribution normal 10ms 2ms")]
    [TestCase("slot distribution normal 1ms 0", "the jitter of slot is \"0\"", "more than 0", "slot distribution normal 10ms 2ms")]
    [TestCase("tbf rate 10tbit burst 32kb latency 1s", "latency of tbf is 1s", "1gb", "a limit")]
    [TestCase("slot 10ms packets 0", "packets of slot is \"0\"", "1 to", "packets 16")]
    [TestCase("mtu 67", "mtu is \"67\"", "68 to 65535", "mtu 1500")]
    [TestCase("mtu 65536", "mtu is \"65536\"", "68 to 65535", "mtu 1500")]
    [TestCase("10ms", "\"10ms\" is no word", "delay", "up")]
    public void Words_ThatAreWrong_AreQuotedWithWhatIsAllowedAndARemedy(string words, string quoted, string allowed, string remedy)
    {
        var before = Settings("duplicate 5%");

        Assert.That(LinkSettings.TryChange(before, words, out var after, out var fault), Is.False);

        Assert.That(fault, Does.Contain(quoted).And.Contain(allowed).And.Contain(remedy));
        Assert.That(after, Is.SameAs(before));
    }

    // Whatever is accepted is written back, and a link does it: nothing is thrown, and no packet arrives before it was sent.
    [Test]
    public void Words_AtRandom_AreRefusedOrDone()
    {
        var random = new Random(Seeds.Next("LINK_WORDS_SEED"));
        // Single words, and some that go together.
        var pool = ("delay distribution normal pareto loss gemodel state random packets corrupt duplicate reorder gap rate overhead cellsize celloverhead limit tbf burst latency "
            + "slot bytes mtu down up none 0 1 3,7 5% 100% 0.5ms 2s 10ns 1gbit 1mbit 64kb 100b 48 1500 -14 -1 x , % . 1e9 99999999999999999999").Split(' ').Concat(
            "delay 2s 1ms,loss 5%,corrupt 100%,reorder 5%,rate 1mbit,limit 48,tbf rate 1mbit burst 64kb limit 64kb,slot 10ns,loss gemodel 5%,loss state 5%,slot distribution normal 2s 1s".Split(',')).ToArray();
        var accepted = 0;
        for(var i = 0; i < 50_000; i++)
        {
            var words = string.Join(' ', Enumerable.Range(0, random.Next(1, 7)).Select(_ => pool[random.Next(pool.Length)]));
            if(!LinkSettings.TryChange(LinkSettings.Default, words, out var settings, out var fault))
            {
                Assert.That(fault, Is.Not.Empty, words);
                continue;
            }
            accepted++;
            Assert.That(Settings(settings.ToString()).ToString(), Is.EqualTo(settings.ToString()), words);
            var link = new Link(1, "net0 in") { Settings = settings };
            var outcomes = new List<LinkOutcome>();
            for(var packet = 0; packet < 10; packet++)
            {
                link.Pass(PacketOf(1000), 5000, outcomes);
            }
            Assert.That(outcomes, Has.Count.InRange(10, 20).And.All.Property("Time").GreaterThanOrEqualTo(5000UL), words);
        }
        Assert.That(accepted, Is.GreaterThan(1000));
    }

    [Test]
    public void Words_WithOneWrongInTheEnd_ChangeNothing()
    {
        var before = Settings("loss 1%");

        Assert.That(LinkSettings.TryChange(before, "loss 2% delay", out var after, out _), Is.False);

        Assert.That(after, Is.SameAs(before));
    }

    [Test]
    public void Delay_ThatReorderNeeds_IsNotTakenAwayAlone()
    {
        var before = Settings("delay 10ms reorder 25%");

        Assert.That(LinkSettings.TryChange(before, "delay 0", out _, out var fault), Is.False);
        Assert.That(fault, Does.Contain("\"reorder none\""));
        Assert.That(Settings("delay 0 reorder none", before).ToString(), Is.Empty);
        Assert.That(Settings("delay 0 rate 1mbit", before).ToString(), Is.EqualTo("reorder 25% rate 1mbit"));
    }

    [TestCase("", false)]
    [TestCase("delay 10ms", false)]
    [TestCase("delay 10ms limit 5", false)]
    [TestCase("down", false)]
    [TestCase("delay 10ms 1ms", true)]
    [TestCase("loss 1%", true)]
    [TestCase("corrupt 1%", true)]
    [TestCase("duplicate 1%", true)]
    [TestCase("delay 1ms reorder 1%", true)]
    [TestCase("rate 1gbit", true)]
    [TestCase("tbf rate 1mbit burst 32kb limit 64kb", true)]
    [TestCase("slot 1ms", true)]
    [TestCase("mtu 1500", true)]
    public void NeedsFrames_IfSingleFramesMeetADifferentFate_IsTrue(string words, bool needs)
    {
        Assert.That(Settings(words).NeedsFrames, Is.EqualTo(needs));
    }
}
