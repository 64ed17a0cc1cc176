// renode-virtio-net, MIT licence: see LICENSE.
// A random front end: valid sequences of messages, mutated, cut off, and noise. VHOST_USER_MESSAGES sets how many messages;
// VHOST_USER_SEED replays a seed that a run has printed: the same connections with the same messages. The back end has handled
// each message before the next is sent; only rings without a kick it polls at times of its own.

using System.Globalization;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.VhostUser;

[NonParallelizable]
public sealed class FuzzTests
{
    [TestCase(1)]
    [TestCase(2)]
    public void RandomMessages_NeitherBreakNorLeak(int seed)
    {
        Run(seed);
    }

    [Test]
    public void RandomMessages_OfAFreshSeed_NeitherBreakNorLeak()
    {
        var replayed = Environment.GetEnvironmentVariable("VHOST_USER_SEED");
        Run(replayed != null ? int.Parse(replayed, CultureInfo.InvariantCulture) : Random.Shared.Next());
    }

    private static void Run(int seed)
    {
        var messages = int.Parse(Environment.GetEnvironmentVariable("VHOST_USER_MESSAGES") ?? "20000", CultureInfo.InvariantCulture) / 3;
        var replay = $"VHOST_USER_SEED={seed} replays this";
        TestContext.Out.WriteLine(replay);
        (int Descriptors, int Mappings, int Threads) before;
        using(var rig = new BackendRig(queuePairs: 2, config: true))
        using(var ram = new SharedRam())
        {
            var fuzzer = new Fuzzer(rig, ram, seed);
            fuzzer.Run(1000);
            before = Resources.Count();
            fuzzer.Run(messages);
            TestContext.Out.WriteLine($"{fuzzer.Sent} messages, {fuzzer.Connections} connections, {fuzzer.Stories} whole stories, {fuzzer.Started} of them with rings running at their end, {rig.CountRules()} rules broken");
            Assert.That(fuzzer.Stories, Is.GreaterThan(messages / 100), replay);
            Assert.That(fuzzer.Started, Is.GreaterThan(0), replay);
            Assert.That(rig.CountRules(), Is.GreaterThan(8), replay);
            // The back end still serves a valid front end.
            using var transport = new VhostUserDriver(rig.Path);
            var driver = new NetDriver(transport);
            driver.Start(TrafficTests.Wanted(true, true, true), 16);
            TrafficTests.Exchange(rig, driver, 100);
        }
        var after = Resources.Count();
        Assert.That(after.Descriptors, Is.LessThanOrEqualTo(before.Descriptors), replay);
        Assert.That(after.Mappings, Is.LessThanOrEqualTo(before.Mappings), replay);
        Assert.That(after.Threads, Is.Zero, replay);
    }
}
