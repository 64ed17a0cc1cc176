// Front ends that break the protocol. Each is disconnected with one message, and the next one is served.

using System.Runtime.InteropServices;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.VhostUser;

public sealed class LieTests
{
    [TestCaseSource(nameof(Lies))]
    public void Lie_EndsTheConnection_WithOneMessage(Lie lie)
    {
        using var rig = new BackendRig();
        using(var transport = new VhostUserDriver(rig.Path))
        {
            var driver = new NetDriver(transport);
            driver.Start(TrafficTests.Wanted(false, true, true), 16);
            lie.Tell(transport);
            transport.FrontEnd.WaitForEnd();
            rig.WaitUntil(x => !x.IsConnected);
        }
        Assert.That(rig.Complaints, Has.Count.EqualTo(1));
        Assert.That(rig.Complaints[0], Does.Contain(lie.Message).And.EndsWith(": the front end is disconnected"));
        using var next = new VhostUserDriver(rig.Path);
        var honest = new NetDriver(next);
        honest.Start(TrafficTests.Wanted(true, true, true), 16);
        TrafficTests.Exchange(rig, honest, 100);
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

    public sealed record Lie(string Message, Action<VhostUserDriverBox> Act)
    {
        internal void Tell(VhostUserDriver driver) => Act(new VhostUserDriverBox(driver));

        public override string ToString() => Message;
    }

    /// <summary>A public name for what is internal.</summary>
    public sealed class VhostUserDriverBox
    {
        internal VhostUserDriverBox(VhostUserDriver driver) => Driver = driver;

        internal VhostUserDriver Driver { get; }
    }

    private static Lie Sends(string message, Request request, byte[] payload, int descriptors = 0)
    {
        return new Lie(message, x => x.Driver.FrontEnd.Send(request, payload, FrontEnd.Version, Enumerable.Range(0, descriptors).Select(i => (SafeHandle)x.Driver.Call(i)).ToArray()));
    }

    private static Lie Shares(string message, params (ulong, ulong, ulong, ulong)[] regions)
    {
        return new Lie("VHOST_USER_SET_MEM_TABLE: " + message, x => x.Driver.FrontEnd.Send(Request.SetMemTable, FrontEnd.Table(regions), FrontEnd.Version, regions.Select(_ => (SafeHandle)x.Driver.Ram.File).ToArray()));
    }

    private static IEnumerable<Lie> Lies()
    {
        yield return Sends("request 99: a request that", (Request)99, Array.Empty<byte>());
        yield return Sends("request 6: a request that", Request.SetLogBase, FrontEnd.Number(0), 1);
        yield return Sends("VHOST_USER_GET_CONFIG: the protocol feature", Request.GetConfig, new byte[13]);
        yield return new Lie("VHOST_USER_GET_FEATURES: flags", x => x.Driver.FrontEnd.Send(Request.GetFeatures, default, 2));
        yield return new Lie("VHOST_USER_GET_FEATURES: flags: ", x => x.Driver.FrontEnd.Send(Request.GetFeatures, default, 5));
        yield return Sends("VHOST_USER_SET_FEATURES: size: no request", Request.SetFeatures, new byte[5000]);
        yield return Sends("VHOST_USER_SET_FEATURES: size: the payload", Request.SetFeatures, new byte[7]);
        yield return Sends("VHOST_USER_GET_FEATURES: more descriptors", Request.GetFeatures, Array.Empty<byte>(), 1);
        yield return Sends("VHOST_USER_SET_FEATURES: features: one was not offered", Request.SetFeatures, FrontEnd.Number(1UL << 60));
        yield return Sends("VHOST_USER_SET_FEATURES: features: one lacks", Request.SetFeatures, FrontEnd.Number(1UL << 11 | 1UL << 32));
        yield return Sends("VHOST_USER_SET_FEATURES: features change", Request.SetFeatures, FrontEnd.Number(1UL << 32));
        yield return Sends("VHOST_USER_SET_PROTOCOL_FEATURES: protocol features", Request.SetProtocolFeatures, FrontEnd.Number(1UL << 1));
        yield return Sends("VHOST_USER_SET_MEM_TABLE: num regions", Request.SetMemTable, FrontEnd.Table().Concat(new byte[1]).ToArray());
        yield return Sends("VHOST_USER_SET_MEM_TABLE: num regions: ", Request.SetMemTable, FrontEnd.Number(9));
        yield return Sends("VHOST_USER_SET_MEM_TABLE: each memory region", Request.SetMemTable, FrontEnd.Table((0, 4096, 0, 0)));
        yield return Sends("a message carries more than eight", Request.SetMemTable, FrontEnd.Table((0, 4096, 0, 0)), 9);
        yield return Sends("VHOST_USER_SET_MEM_TABLE: a memory region is longer", Request.SetMemTable, FrontEnd.Table((0, 4096, 0, 0)), 1);
        yield return Shares("a memory region is empty", (0, 0, 0, 0));
        yield return Shares("a memory region is empty, ", (ulong.MaxValue - 100, 4096, 0, 0));
        yield return Shares("a memory region is empty, or", (0, 4096, ulong.MaxValue - 100, 0));
        yield return Shares("a memory region overlaps", (0x1000, 4096, 0, 0), (0, 0x1001, 0x10000, 0));
        yield return Shares("a memory region is longer than its file", (0, (4 << 20) + 1, 0, 0));
        yield return Shares("a memory region is longer than its", (0, 4096, 0, (4 << 20) - 4095));
        yield return Shares("a memory region is longer than", (0, 4096, 0, ulong.MaxValue));
        yield return Shares("SET_VRING_ADDR: an address", (0, 4096, 0, 0));
        yield return Sends("VHOST_USER_SET_VRING_NUM: index", Request.SetVringNum, FrontEnd.State(2, 16));
        yield return Sends("VHOST_USER_SET_VRING_NUM: the ring runs", Request.SetVringNum, FrontEnd.State(1, 16));
        yield return StopsAndSends("VHOST_USER_SET_VRING_NUM: num", Request.SetVringNum, FrontEnd.State(1, 0));
        yield return StopsAndSends("VHOST_USER_SET_VRING_NUM: num: ", Request.SetVringNum, FrontEnd.State(1, 32769));
        yield return Sends("VHOST_USER_SET_VRING_ADDR: flags", Request.SetVringAddr, FrontEnd.Addr(0, 1, 0, 0, 0));
        yield return Sends("VHOST_USER_SET_VRING_ADDR: SET_VRING_ADDR: an address", Request.SetVringAddr, FrontEnd.Addr(0, 0, 1, 2, 3));
        yield return Sends("VHOST_USER_SET_VRING_ADDR: index", Request.SetVringAddr, FrontEnd.Addr(77, 0, 0, 0, 0));
        yield return Sends("VHOST_USER_SET_VRING_BASE: the ring runs", Request.SetVringBase, FrontEnd.State(0, 0));
        yield return Sends("VHOST_USER_SET_VRING_BASE: index", Request.SetVringBase, FrontEnd.State(-1, 0));
        yield return Sends("VHOST_USER_GET_VRING_BASE: index", Request.GetVringBase, FrontEnd.State(int.MaxValue, 0));
        yield return Sends("VHOST_USER_SET_VRING_KICK: index", Request.SetVringKick, FrontEnd.Number(2), 1);
        yield return Sends("VHOST_USER_SET_VRING_KICK: bit 8", Request.SetVringKick, FrontEnd.Number(0));
        yield return Sends("VHOST_USER_SET_VRING_CALL: bit 8", Request.SetVringCall, FrontEnd.Number(0x100), 1);
        yield return Sends("VHOST_USER_SET_VRING_ERR: more descriptors", Request.SetVringErr, FrontEnd.Number(0), 2);
        yield return new Lie("VHOST_USER_SET_VRING_KICK: the descriptor is no eventfd", x => x.Driver.FrontEnd.Send(Request.SetVringKick, FrontEnd.Number(0), FrontEnd.Version, x.Driver.Ram.File));
        yield return Sends("VHOST_USER_SET_VRING_ENABLE: num", Request.SetVringEnable, FrontEnd.State(0, 2));
        yield return Sends("VHOST_USER_SET_VRING_ENABLE: index", Request.SetVringEnable, FrontEnd.State(9, 1));
        yield return Sends("request 37: a request that", (Request)37, new byte[40], 1);
        yield return Sends("VHOST_USER_SET_STATUS: device_status", Request.SetStatus, FrontEnd.Number(256));
        yield return new Lie("the front end has gone in the middle", x =>
        {
            x.Driver.FrontEnd.Socket.Send(new byte[] { 1, 0, 0 });
            x.Driver.FrontEnd.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        });
        yield return new Lie("VHOST_USER_SET_OWNER: the front end has gone in the middle", x =>
        {
            x.Driver.FrontEnd.Socket.Send(new byte[] { 3, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 9 });
            x.Driver.FrontEnd.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        });
        yield return new Lie("SET_VRING_NUM: the size of a split ring", x =>
        {
            x.Driver.StopRing(1);
            x.Driver.FrontEnd.Send(Request.SetVringNum, FrontEnd.State(1, 24));
            x.Driver.FrontEnd.Send(Request.SetVringKick, FrontEnd.Number(1), FrontEnd.Version, x.Driver.Kick(1));
        });
    }

    private static Lie StopsAndSends(string message, Request request, byte[] payload)
    {
        return new Lie(message, x =>
        {
            x.Driver.StopRing(1);
            x.Driver.FrontEnd.Send(request, payload);
        });
    }
}
