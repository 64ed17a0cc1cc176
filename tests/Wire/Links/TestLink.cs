// renode-virtio-net, MIT licence: see LICENSE.
// A link with settings in words, and what comes of packets that are sent over it.

using NUnit.Framework;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;

namespace VirtioNet.Tests.Wire.Links;

/// <summary>A link for tests. Its seed is fixed, so that what holds once holds always.</summary>
public sealed class TestLink
{
    public TestLink(string words, ulong seed = 1, string name = "net0 in")
    {
        Link = new Link(seed, name);
        Set(words);
    }

    /// <summary>Settings of words; the test fails with the fault if they are refused.</summary>
    public static LinkSettings Settings(string words, LinkSettings? before = null)
    {
        Assert.That(LinkSettings.TryChange(before ?? LinkSettings.Default, words, out var settings, out var fault), Is.True, fault);
        return settings;
    }

    public static Packet PacketOf(int length)
    {
        return new Packet(new byte[length]);
    }

    /// <summary>Changes the settings.</summary>
    public void Set(string words)
    {
        Link.Settings = Settings(words, Link.Settings);
    }

    /// <summary>Sends one packet.</summary>
    public List<LinkOutcome> Send(ulong time, int length = 100)
    {
        var outcomes = new List<LinkOutcome>();
        Link.Pass(PacketOf(length), time, outcomes);
        return outcomes;
    }

    /// <summary>Sends packets of the same length in regular intervals, the first at 0. All that comes of them, in order.</summary>
    public List<LinkOutcome> SendMany(int count, ulong interval = 0, int length = 100)
    {
        var outcomes = new List<LinkOutcome>();
        var packet = PacketOf(length);
        for(var i = 0; i < count; i++)
        {
            Link.Pass(packet, sent++ * interval, outcomes);
        }
        return outcomes;
    }

    /// <summary>For each of many packets whether it was lost.</summary>
    public bool[] Losses(int count)
    {
        return SendMany(count).Select(x => x.Drop == DropReason.Loss).ToArray();
    }

    /// <summary>What comes of it, for a person: "3 at 1000", "Loss at 0".</summary>
    public static string Text(IEnumerable<LinkOutcome> outcomes)
    {
        return string.Join(", ", outcomes.Select(x => $"{(x.Drop == DropReason.None ? x.Events.ToString() : x.Drop.ToString())} at {x.Time}"));
    }

    public Link Link { get; }

    private ulong sent;
}
