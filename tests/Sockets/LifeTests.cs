// renode-virtio-net, MIT licence: see LICENSE.
// How a stream port begins and ends.

using System.Net.Sockets;
using NUnit.Framework;
using VirtioNet.Outside;
using VirtioNet.Outside.Sockets;
using VirtioNet.Tests.VhostUser;

namespace VirtioNet.Tests.Sockets;

[NonParallelizable]
public sealed class LifeTests
{
    [Test]
    public void Start_WhereAnotherProcessListens_IsRefused_AndCanBeTriedAgain()
    {
        using var rig = new SocketRig();
        var before = Resources.Count();
        var port = new StreamSocketPort(StreamSocketOptions.Parse($"server=on,addr.type=unix,addr.path={rig.Path}"), rig, rig);
        rig.Own(port);
        using(var listener = Partner.Listen(rig.Path))
        {
            Assert.That((Action)port.Start, Throws.TypeOf<IOException>().With.Message.Contains("another process listens there"));
        }
        Assert.That(Resources.Count(), Is.EqualTo(before));
        // What that process has left behind is replaced.
        port.Start();
        using var partner = Partner.Connect(rig, port);
        Assert.That((Action)port.Start, Throws.InvalidOperationException);
    }

    [Test]
    public void Start_AtATcpPortThatIsTaken_IsRefused()
    {
        using var rig = new SocketRig();
        var port = rig.Serve(tcp: true);
        Assert.That(new Action(() => _ = rig.Start($"server=on,addr.type=inet,addr.host=127.0.0.1,addr.port={port.ListensAt}")), Throws.TypeOf<IOException>().With.Message.Contains("choose another port"));
    }

    [Test]
    public void Start_ToAHostThatIsNotKnown_IsRefused()
    {
        using var rig = new SocketRig();
        Assert.That(new Action(() => _ = rig.Start("addr.type=inet,addr.host=nowhere.invalid,addr.port=1")), Throws.TypeOf<IOException>().With.Message.Contains("the host \"nowhere.invalid\" is not known"));
    }

    [Test]
    public void Dispose_LeavesNeitherSocketNorDescriptor([Values] bool tcp, [Values] bool connected)
    {
        using var rig = new SocketRig();
        var before = Resources.Count();
        for(var i = 0; i < 20; i++)
        {
            var port = rig.Serve(tcp);
            using var partner = connected ? Partner.Connect(rig, port) : null;
            port.Dispose();
            partner?.WaitForEnd();
            port.Dispose();
            Assert.That(File.Exists(rig.Path), Is.False);
        }
        Assert.That(Resources.Count(), Is.EqualTo(before));
    }

    [Test]
    public void Dispose_WhereTheSocketCannotBeRemoved_IsToldOnce()
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        using var partner = Partner.Connect(rig, port);
        rig.WaitForConnection(port);
        Linux.SetWritable(rig.Folder, false);
        // On the port's thread, the last time that it calls anybody: as a user who may not write there.
        port.Changed += () => Linux.SetNobody(true);
        port.Dispose();
        Linux.SetWritable(rig.Folder, true);
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { HostRules.SocketLeft }));
        Assert.That(rig.Reports[0].Subject, Does.StartWith(rig.Path + ": "));
    }

    [TestCase("the network")]
    [TestCase("Changed")]
    public void Dispose_FromThePortsThread_EndsIt(string where)
    {
        using var rig = new SocketRig();
        var port = rig.Serve();
        if(where == "Changed")
        {
            port.Changed += port.Dispose;
        }
        else
        {
            rig.OnSend = () =>
            {
                port.Dispose();
                return true;
            };
        }
        using var partner = Partner.Connect(rig, port);
        if(where == "the network")
        {
            partner.Send(Partner.Frame(60));
        }
        partner.WaitForEnd();
        port.Dispose();
        Assert.That(File.Exists(rig.Path), Is.False);
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Client_ThatIsConnecting_CanBeDisposed()
    {
        using var rig = new SocketRig();
        // Listens with a queue that is full, so that connections stay under way.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen(0);
        var number = ((System.Net.IPEndPoint)listener.LocalEndPoint!).Port;
        var ports = Enumerable.Range(0, 10).Select(_ => rig.Start($"addr.type=inet,addr.host=127.0.0.1,addr.port={number}")).ToList();
        ports.ForEach(x => x.Dispose());
        Assert.That(ports.Any(x => x.IsConnected), Is.False);
    }
}
