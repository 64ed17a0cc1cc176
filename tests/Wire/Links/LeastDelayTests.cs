// renode-virtio-net, MIT licence: see LICENSE.
// The time that a packet takes at least, whatever is drawn for it.

using NUnit.Framework;
using VirtioNet.Wire.Links;

namespace VirtioNet.Tests.Wire.Links;

public sealed class LeastDelayTests
{
    [TestCase("", 0UL)]
    [TestCase("delay 10ms", 10_000_000UL)]
    [TestCase("delay 10ms 2ms", 8_000_000UL)]
    [TestCase("delay 10ms 20ms", 0UL)]
    // Offsets of the normal distribution end at four times the jitter; those of Pareto's begin at -2/3, the other at a mixture.
    [TestCase("delay 10ms 1ms distribution normal", 6_000_000UL)]
    [TestCase("delay 10ms 3ms distribution pareto", 8_000_000UL)]
    [TestCase("delay 10ms 1ms distribution paretonormal", 8_500_000UL)]
    [TestCase("delay 10ms reorder 1%", 0UL)]
    [TestCase("delay 10ms rate 1mbit loss 5%", 10_000_000UL)]
    public void LeastDelay_OfWords_IsTheSmallestOfAll(string words, ulong least)
    {
        Assert.That(LinkSettings.TryChange(LinkSettings.Default, words, out var settings, out var fault), Is.True, fault);
        Assert.That(settings.LeastDelay, Is.EqualTo(least).Within(1));
    }
}
