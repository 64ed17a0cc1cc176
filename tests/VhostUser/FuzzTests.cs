// A front end at random: sound sequences, mutated, cut off, and noise. VHOST_USER_MESSAGES sets how many messages.

using System.Globalization;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.VhostUser;

public sealed class FuzzTests
{
    [TestCase(1)]
    [TestCase(2)]
    [NonParallelizable]
    public void RandomMessages_NeitherBreakNorLeak(int seed)
    {
        var messages = int.Parse(Environment.GetEnvironmentVariable("VHOST_USER_MESSAGES") ?? "20000", CultureInfo.InvariantCulture) / 2;
        using var ram = new SharedRam();
        var before = Resources.Count();
        using(var rig = new BackendRig(queuePairs: 2, config: true))
        {
            var fuzzer = new Fuzzer(rig, ram, seed);
            fuzzer.Run(1000);
            before = Resources.Count();
            fuzzer.Run(messages);
            TestContext.Out.WriteLine($"{fuzzer.Sent} messages, {fuzzer.Connections} connections, {fuzzer.Started} times with rings running, {rig.CountComplaints()} different complaints");
            Assert.That(fuzzer.Started, Is.GreaterThan(messages / 1000));
            Assert.That(rig.CountComplaints(), Is.GreaterThan(20));
            // It still serves an honest one.
            using var transport = new VhostUserDriver(rig.Path);
            var driver = new NetDriver(transport);
            driver.Start(TrafficTests.Wanted(true, true, true), 16);
            TrafficTests.Exchange(rig, driver, 100);
        }
        var after = Resources.Count();
        Assert.That(after.Descriptors, Is.LessThanOrEqualTo(before.Descriptors));
        Assert.That(after.Mappings, Is.LessThanOrEqualTo(before.Mappings));
        Assert.That(after.Threads, Is.Zero);
    }
}
