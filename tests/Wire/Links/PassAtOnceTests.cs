// renode-virtio-net, MIT licence: see LICENSE.
// The short way over a link on which nothing is set: it changes nothing but what it costs.

using NUnit.Framework;
using VirtioNet.Wire.Links;
using static VirtioNet.Tests.Wire.Links.TestLink;

namespace VirtioNet.Tests.Wire.Links;

public sealed class PassAtOnceTests
{
    // One link takes the short way wherever it may, the other one never does, while words are set and taken away again.
    [Test]
    public void ShortWay_WhereItMayBeTaken_DoesWhatPassDoes()
    {
        var random = new Random(Seeds.Next("SHORT_WAY_SEED"));
        var taken = 0;
        for(var round = 0; round < 300; round++)
        {
            var (sut, usual) = (new TestLink(""), new TestLink(""));
            var now = 0UL;
            for(var i = 0; i < 60; i++)
            {
                if(random.Next(3) == 0)
                {
                    var words = Words[random.Next(Words.Length)];
                    sut.Set(words);
                    usual.Set(words);
                }
                now += (ulong)random.Next(3) * 5_000;
                var length = random.Next(60, 300);
                var expected = Text(usual.Send(now, length));
                var isTaken = sut.Link.TryPassAtOnce(PacketOf(length), now, out var outcome);
                taken += isTaken ? 1 : 0;
                Assert.That(isTaken ? Text([outcome]) : Text(sut.Send(now, length)), Is.EqualTo(expected), $"packet {i} of round {round}");
            }
        }
        Assert.That(taken, Is.GreaterThan(1000), "the short way was hardly ever taken");
    }

    [Test]
    public void ShortWay_OverALinkWithNothingSet_IsTaken()
    {
        var sut = new TestLink("");
        Assert.That(sut.Link.TryPassAtOnce(PacketOf(100), 7, out var outcome), Is.True);
        Assert.That((outcome.Entered, Text([outcome])), Is.EqualTo((7UL, "None at 7")));

        // It is no longer taken while something is set, and is again when it was taken away.
        sut.Set("delay 1us");
        Assert.That(sut.Link.TryPassAtOnce(PacketOf(100), 7, out _), Is.False);
        sut.Set("delay none");
        Assert.That(sut.Link.TryPassAtOnce(PacketOf(100), 7, out _), Is.True);
    }

    // Each is set for a while, and "none" of all is drawn often enough for the short way.
    private static readonly string[] Words =
    [
        "delay 12us", "limit 1 delay 1ms", "limit 150b", "tbf rate 80mbit burst 400b limit 10kb", "rate 100mbit", "slot 10us", "loss packets 1,2,3,9",
        "loss 30%", "duplicate 30%", "corrupt 30%", "delay 12us reorder 50% gap 3", "mtu 100", "down",
        Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, "delay none reorder none", "tbf none",
    ];

    private const string Nothing = "delay none loss none corrupt none duplicate none reorder none rate none limit 1000 tbf none slot none mtu none up";
}
