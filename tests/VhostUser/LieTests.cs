// renode-virtio-net, MIT licence: see LICENSE.
// Front ends that break the protocol. Each is disconnected with one message, and the next one is served.

using System.Runtime.InteropServices;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Reports;

namespace VirtioNet.Tests.VhostUser;

public sealed class LieTests
{
    [TestCaseSource(nameof(LieCases))]
    public void Lie_EndsTheConnection_WithOneReport(Lie lie)
    {
        using var rig = new BackendRig();
        using(var transport = new VhostUserDriver(rig.Path))
        {
            var driver = new NetDriver(transport);
            driver.Start(TrafficTests.Wanted(false, true, true), 16);
            lie.Tell(transport);
            transport.FrontEnd.WaitForEnd();
            rig.WaitUntil(x => !x.IsConnected, "disconnected");
        }
        Assert.That(rig.Reports.Select(x => (x.Rule, x.Subject)), Is.EqualTo(new[] { ((Rule?)lie.Rule, lie.Request) }));
        Assert.That(lie.Rule.Sentence, Does.EndWith(": the front end is disconnected"));
        using var next = new VhostUserDriver(rig.Path);
        var honest = new NetDriver(next);
        honest.Start(TrafficTests.Wanted(true, true, true), 16);
        TrafficTests.Exchange(rig, honest, 100);
    }

    [Test]
    public void Lies_BreakEveryRuleThereIs()
    {
        // Those that no single message can break, or that end no connection, have tests of their own.
        var elsewhere = new[]
        {
            FrontEndRules.ReplyNotTaken, FrontEndRules.DescriptorsLost, FrontEndRules.OneFrontEnd, FrontEndRules.RegionNotMapped, FrontEndRules.ReadOnlyConfiguration,
        };
        Assert.That(Lies().Select(x => x.Rule).Concat(elsewhere).Distinct(), Is.EquivalentTo(AllRules()));
    }

    [Test]
    public void Rules_EachHaveASentenceOfTheirOwn_AndASection()
    {
        Assert.That(AllRules().Select(x => x.Sentence), Is.Unique);
        Assert.That(AllRules().Select(x => x.Source), Has.All.StartsWith("vhost-user: "));
    }

    [Test]
    [Rule("H-115", "F-19")]
    public void Requests_ThatNobodyKnows_BreakOneRule()
    {
        using var rig = new BackendRig();
        for(var i = 0; i < 200; i++)
        {
            using var front = new FrontEnd(rig.Path);
            front.Send((Request)(1000 + i), default);
            front.WaitForEnd();
        }
        rig.WaitForReports(200);
        Assert.That(rig.Reports.Select(x => (x.Rule, x.Subject)).Distinct(), Is.EqualTo(new[] { ((Rule?)FrontEndRules.UnknownRequest, "") }));
        Assert.That(rig.Reports.Select(x => x.Where), Is.EqualTo(Enumerable.Range(1000, 200)));
    }

    [Test]
    public void Lie_ThatNeedsAReply_IsAnsweredFirst()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        transport.Probe();
        Assert.That(transport.FrontEnd.Do((Request)99, default), Is.Not.Zero);
        transport.FrontEnd.WaitForEnd();
    }

    /// <summary>The rule that it breaks, the request that is named with it, and how it is told.</summary>
    public sealed record Lie(Rule Rule, string Request, Action<VhostUserDriverBox> Act)
    {
        internal void Tell(VhostUserDriver driver) => Act(new VhostUserDriverBox(driver));
    }

    /// <summary>Holds the driver, which is internal, so that the public record above can name it.</summary>
    public sealed class VhostUserDriverBox
    {
        internal VhostUserDriverBox(VhostUserDriver driver) => Driver = driver;

        internal VhostUserDriver Driver { get; }
    }

    private static IEnumerable<Rule> AllRules()
    {
        return typeof(FrontEndRules).GetFields().Select(x => (Rule)x.GetValue(null)!);
    }

    private static Lie Sends(Rule rule, Request request, byte[] payload, int descriptors = 0, uint flags = FrontEnd.Version)
    {
        return new Lie(rule, NameOf(request), x => x.Driver.FrontEnd.Send(request, payload, flags, Enumerable.Range(0, descriptors).Select(i => (SafeHandle)x.Driver.Call(i)).ToArray()));
    }

    private static Lie Shares(Rule rule, params (ulong, ulong, ulong, ulong)[] regions)
    {
        return new Lie(rule, "VHOST_USER_SET_MEM_TABLE", x => x.Driver.FrontEnd.Send(Request.SetMemTable, FrontEnd.Table(regions), FrontEnd.Version, regions.Select(_ => (SafeHandle)x.Driver.Ram.File).ToArray()));
    }

    private static Lie SharesFile(Rule rule, Func<SafeHandle> open, int times = 1)
    {
        return new Lie(rule, "VHOST_USER_SET_MEM_TABLE", x =>
        {
            using var file = open();
            var regions = Enumerable.Range(0, times).Select(i => ((ulong)i << 20, 4096UL, (ulong)i << 20, 0UL)).ToArray();
            x.Driver.FrontEnd.Send(Request.SetMemTable, FrontEnd.Table(regions), FrontEnd.Version, Enumerable.Repeat(file, times).ToArray());
        });
    }

    private static Lie StopsAndSends(Rule rule, Request request, byte[] payload)
    {
        return new Lie(rule, NameOf(request), x =>
        {
            x.Driver.StopRing(1);
            x.Driver.FrontEnd.Send(request, payload);
        });
    }

    private static Lie BreaksOff(string request, params byte[] start)
    {
        return new Lie(FrontEndRules.MessageCutOff, request, x =>
        {
            x.Driver.FrontEnd.Socket.Send(start);
            x.Driver.FrontEnd.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        });
    }

    private static SafeHandle OpenOnDisk()
    {
        var path = Path.Combine(AppContext.BaseDirectory, Path.GetRandomFileName());
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose, 4096);
    }

    // "SetVringNum" is VHOST_USER_SET_VRING_NUM. Empty for a request that the back end does not know.
    private static string NameOf(Request request)
    {
        return Enum.IsDefined(request) && request != Request.SetLogBase
            ? "VHOST_USER" + string.Concat(request.ToString().Select(x => char.IsUpper(x) ? "_" + x : char.ToUpperInvariant(x).ToString()))
            : "";
    }

    private static IEnumerable<TestCaseData> LieCases()
    {
        return Lies().Select((x, i) => new TestCaseData(x).SetArgDisplayNames($"{i:00}", x.Request, x.Rule.Sentence));
    }

    private static IEnumerable<Lie> Lies()
    {
        yield return Sends(FrontEndRules.UnknownRequest, (Request)99, Array.Empty<byte>());
        yield return Sends(FrontEndRules.UnknownRequest, Request.SetLogBase, FrontEnd.Number(0), 1);
        yield return Sends(FrontEndRules.UnknownRequest, (Request)37, new byte[40], 1);
        yield return Sends(FrontEndRules.RequestNotOffered, Request.GetConfig, new byte[13]);
        yield return Sends(FrontEndRules.HeaderFlags, Request.GetFeatures, Array.Empty<byte>(), flags: 2);
        yield return Sends(FrontEndRules.HeaderFlags, Request.GetFeatures, Array.Empty<byte>(), flags: 5);
        yield return Sends(FrontEndRules.PayloadTooLong, Request.SetFeatures, new byte[5000]);
        yield return Sends(FrontEndRules.PayloadSize, Request.SetFeatures, new byte[7]);
        yield return Sends(FrontEndRules.PayloadSize, Request.SetFeatures, new byte[9]);
        yield return Sends(FrontEndRules.DescriptorsOfRequest, Request.GetFeatures, Array.Empty<byte>(), 1);
        yield return Sends(FrontEndRules.DescriptorsOfRequest, Request.SetVringErr, FrontEnd.Number(0), 2);
        yield return Sends(FrontEndRules.DescriptorsOfMessage, Request.SetMemTable, FrontEnd.Table((0, 4096, 0, 0)), 9);
        yield return Sends(FrontEndRules.FeatureNotOffered, Request.SetFeatures, FrontEnd.Number(1UL << 60));
        yield return Sends(FrontEndRules.FeatureDependency, Request.SetFeatures, FrontEnd.Number(1UL << 11 | 1UL << 32));
        yield return Sends(FrontEndRules.FeaturesWhileRunning, Request.SetFeatures, FrontEnd.Number(1UL << 32));
        yield return Sends(FrontEndRules.ProtocolFeatureNotOffered, Request.SetProtocolFeatures, FrontEnd.Number(1UL << 1));
        yield return Sends(FrontEndRules.RegionCount, Request.SetMemTable, FrontEnd.Table().Concat(new byte[1]).ToArray());
        yield return Sends(FrontEndRules.RegionCount, Request.SetMemTable, FrontEnd.Number(9));
        yield return Sends(FrontEndRules.RegionDescriptors, Request.SetMemTable, FrontEnd.Table((0, 4096, 0, 0)));
        yield return Sends(FrontEndRules.RegionNotMemory, Request.SetMemTable, FrontEnd.Table((0, 4096, 0, 0)), 1);
        yield return SharesFile(FrontEndRules.RegionNotMemory, OpenOnDisk);
        yield return SharesFile(FrontEndRules.MemoryTooLarge, () => Linux.Memory((4L << 40) + 4096));
        yield return SharesFile(FrontEndRules.MemoryTooLarge, () => Linux.Memory(1L << 40), times: 5);
        yield return Shares(FrontEndRules.RegionRange, (0, 0, 0, 0));
        yield return Shares(FrontEndRules.RegionRange, (ulong.MaxValue - 100, 4096, 0, 0));
        yield return Shares(FrontEndRules.RegionRange, (0, 4096, ulong.MaxValue - 100, 0));
        yield return Shares(FrontEndRules.RegionOverlap, (0x1000, 4096, 0, 0), (0, 0x1001, 0x10000, 0));
        yield return Shares(FrontEndRules.RegionBeyondFile, (0, (4 << 20) + 1, 0, 0));
        yield return Shares(FrontEndRules.RegionBeyondFile, (0, 4096, 0, (4 << 20) - 4095));
        yield return Shares(FrontEndRules.RegionBeyondFile, (0, 4096, 0, ulong.MaxValue));
        yield return Shares(FrontEndRules.RingAddress, (0, 4096, 0, 0));
        yield return Sends(FrontEndRules.RingAddress, Request.SetVringAddr, FrontEnd.Addr(0, 0, 1, 2, 3));
        yield return Sends(FrontEndRules.RingAddress, Request.SetVringAddr, FrontEnd.Addr(0, 0, SharedRam.UserBase, 2, SharedRam.UserBase));
        yield return Sends(FrontEndRules.RingAddress, Request.SetVringAddr, FrontEnd.Addr(0, 0, SharedRam.UserBase, SharedRam.UserBase, 3));
        yield return Sends(FrontEndRules.RingIndex, Request.SetVringNum, FrontEnd.State(2, 16));
        yield return Sends(FrontEndRules.RingIndex, Request.SetVringAddr, FrontEnd.Addr(77, 0, 0, 0, 0));
        yield return Sends(FrontEndRules.RingIndex, Request.SetVringBase, FrontEnd.State(-1, 0));
        yield return Sends(FrontEndRules.RingIndex, Request.GetVringBase, FrontEnd.State(int.MaxValue, 0));
        yield return Sends(FrontEndRules.RingIndex, Request.SetVringKick, FrontEnd.Number(2), 1);
        yield return Sends(FrontEndRules.RingIndex, Request.SetVringEnable, FrontEnd.State(9, 1));
        yield return Sends(FrontEndRules.RingRuns, Request.SetVringNum, FrontEnd.State(1, 16));
        yield return Sends(FrontEndRules.RingRuns, Request.SetVringBase, FrontEnd.State(0, 0));
        yield return StopsAndSends(FrontEndRules.RingSize, Request.SetVringNum, FrontEnd.State(1, 0));
        yield return StopsAndSends(FrontEndRules.RingSize, Request.SetVringNum, FrontEnd.State(1, 32769));
        yield return Sends(FrontEndRules.RingLogging, Request.SetVringAddr, FrontEnd.Addr(0, 1, 0, 0, 0));
        yield return Sends(FrontEndRules.EventDescriptor, Request.SetVringKick, FrontEnd.Number(0));
        yield return Sends(FrontEndRules.EventDescriptor, Request.SetVringCall, FrontEnd.Number(0x100), 1);
        yield return new Lie(FrontEndRules.EventNotEventFd, "VHOST_USER_SET_VRING_KICK", x => x.Driver.FrontEnd.Send(Request.SetVringKick, FrontEnd.Number(0), FrontEnd.Version, x.Driver.Ram.File));
        yield return Sends(FrontEndRules.EnableValue, Request.SetVringEnable, FrontEnd.State(0, 2));
        yield return Sends(FrontEndRules.StatusValue, Request.SetStatus, FrontEnd.Number(256));
        yield return BreaksOff("", 1, 0, 0);
        yield return BreaksOff("VHOST_USER_SET_OWNER", 3, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 9);
        yield return new Lie(FrontEndRules.SplitRingSize, "VHOST_USER_SET_VRING_KICK", x =>
        {
            x.Driver.StopRing(1);
            x.Driver.FrontEnd.Send(Request.SetVringNum, FrontEnd.State(1, 24));
            x.Driver.FrontEnd.Send(Request.SetVringKick, FrontEnd.Number(1), FrontEnd.Version, x.Driver.Kick(1));
        });
    }
}
