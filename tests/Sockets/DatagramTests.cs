// renode-virtio-net, MIT licence: see LICENSE.
// Frames over datagram sockets, unix and UDP.

using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using VirtioNet.Outside;
using VirtioNet.Outside.Sockets;
using VirtioNet.Tests.VhostUser;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Sockets;

[NonParallelizable]
public sealed class DatagramTests
{
    [Test]
    public void Frames_OfEveryLength_PassUnchangedInBothDirections([Values] bool udp)
    {
        using var rig = new SocketRig();
        using var partner = new Peer(rig, udp);
        var port = partner.Port;
        int[] lengths = [14, 15, 60, 1514, 9014, 65507];
        foreach(var length in lengths)
        {
            partner.Send(Partner.Frame(length, length));
            port.Receive(Partner.Packet(length, length + 1));
            Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(length, length + 1)));
        }
        rig.WaitForFrames(lengths.Length);
        Assert.That(rig.Received, Is.EqualTo(lengths.Select(x => Partner.Frame(x, x))));
        Assert.That(rig.Reports, Is.Empty);
        Assert.That((port.Counters.Received, port.Counters.Sent), Is.EqualTo((lengths.Length, lengths.Length)));
    }

    [Test]
    public void Frame_LongerThanADatagram_IsDroppedAndTold()
    {
        using var rig = new SocketRig();
        using var partner = new Peer(rig, udp: true);
        partner.Port.Receive(Partner.Packet(65508));
        rig.WaitForReports(1);
        Assert.That(rig.Reports[0].Rule, Is.EqualTo(SocketRules.SentTooLong));
        Assert.That(partner.Port.Counters.Dropped(PartnerDrop.SentTooLong), Is.EqualTo(1));
        partner.Port.Receive(Partner.Packet(60, 1));
        Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(60, 1)));
    }

    // QEMU takes a datagram of no bytes for the end; here it is a frame that is too short.
    [TestCase(0)]
    [TestCase(13)]
    [TestCase(Ethernet.MaxFrameSize + 1)]
    [TestCase(100_000)]
    public void Datagram_ThatIsNoFrame_IsDroppedAndTold(int length)
    {
        using var rig = new SocketRig();
        using var partner = new Peer(rig, udp: false);
        partner.Send(new byte[length]);
        partner.Send(Partner.Frame(60, 1));
        rig.WaitForFrames(1);
        Assert.That(rig.Received, Is.EqualTo(new[] { Partner.Frame(60, 1) }));
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { length < 14 ? PartnerRules.ReceivedTooShort : PartnerRules.ReceivedTooLong }));
        Assert.That(partner.Port.Counters.Dropped(length < 14 ? PartnerDrop.ReceivedTooShort : PartnerDrop.ReceivedTooLong), Is.EqualTo(1));
    }

    [Test]
    public void Partner_ThatIsAway_IsToldOnce_AndServedWhenItComes()
    {
        using var rig = new SocketRig();
        var port = rig.StartDatagram($"local.type=unix,local.path={rig.Path},remote.type=unix,remote.path={rig.Path}2");
        for(var i = 0; i < 5; i++)
        {
            port.Receive(Partner.Packet(60));
        }
        rig.WaitForReports(1);
        Assert.That(SpinWait.SpinUntil(() => port.Counters.Dropped(PartnerDrop.NotConnected) == 5, FrontEnd.Limit), Is.True);
        using var partner = new Peer(rig, port);
        port.Receive(Partner.Packet(60, 1));
        Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(60, 1)));
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { SocketRules.NobodyThere }));
        Assert.That(rig.Reports[0].Subject, Does.StartWith($"unix:{rig.Path}2: "));
    }

    [Test]
    public void UdpPartner_ThatIsAway_IsTold()
    {
        using var rig = new SocketRig();
        var partner = new Peer(rig, udp: true);
        partner.Dispose();
        partner.Port.Receive(Partner.Packet(60));
        rig.WaitForReports(1);
        Assert.That(rig.Reports[0].Rule, Is.EqualTo(SocketRules.NobodyThere));
        Assert.That(rig.Reports[0].Subject, Does.StartWith("inet:127.0.0.1:"));
    }

    [Test]
    public void Strangers_OverUdp_AreNotHeard()
    {
        using var rig = new SocketRig();
        using var partner = new Peer(rig, udp: true);
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        stranger.SendTo(Partner.Frame(60, 1), new IPEndPoint(IPAddress.Loopback, partner.Port.LocalPort));
        partner.Send(Partner.Frame(60, 2));
        rig.WaitForFrames(1);
        Assert.That(rig.Received, Is.EqualTo(new[] { Partner.Frame(60, 2) }));
    }

    // A unix partner has room for a handful of datagrams; those that it has no room for come later.
    [Test]
    public void Partner_ThatReadsLate_GetsAllThatWait()
    {
        using var rig = new SocketRig();
        using var partner = new Peer(rig, udp: false);
        const int Count = StreamSocketPort.MaxFrames;
        for(var i = 0; i < Count; i++)
        {
            partner.Port.Receive(Partner.Packet(1000, i));
        }
        for(var i = 0; i < Count; i++)
        {
            Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(1000, i)));
        }
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Network_WithoutRoom_IsAskedAgain_AndNothingIsLost()
    {
        using var rig = new SocketRig();
        var (hasRoom, attempts) = (false, 0);
        rig.OnSend = () =>
        {
            attempts++;
            rig.Pulse();
            return Volatile.Read(ref hasRoom);
        };
        using var partner = new Peer(rig, udp: false);
        partner.Send(Partner.Frame(100, 1));
        rig.WaitUntil(() => attempts > 3, "the network was asked again");
        partner.Port.Receive(Partner.Packet(80, 3));
        Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(80, 3)));
        Volatile.Write(ref hasRoom, true);
        partner.Send(Partner.Frame(100, 2));
        rig.WaitForFrames(2);
        Assert.That(rig.Received, Is.EqualTo(new[] { Partner.Frame(100, 1), Partner.Frame(100, 2) }));
    }

    [Test]
    public void Flood_AllocatesNothing([Values] bool udp)
    {
        using var rig = new SocketRig { KeepsFrames = false };
        var (before, after) = (0L, 0L);
        rig.OnSend = () =>
        {
            before = rig.Frames == 200 ? GC.GetAllocatedBytesForCurrentThread() : before;
            after = GC.GetAllocatedBytesForCurrentThread();
            return true;
        };
        using var partner = new Peer(rig, udp);
        var frame = Partner.Frame(600);
        const int Batch = 50;
        for(var i = 0; i < 400; i++)
        {
            for(var j = 0; j < Batch; j++)
            {
                partner.Send(frame);
            }
            // UDP loses what nobody takes in time.
            rig.WaitForFrames((i + 1) * Batch);
        }
        Assert.That(before, Is.Not.Zero);
        Assert.That(after - before, Is.LessThan(10_000));
    }

    [Test]
    public void Defect_InTheNetwork_CostsItsFrameAndNothingElse()
    {
        using var rig = new SocketRig();
        var isThrown = false;
        rig.OnSend = () =>
        {
            if(!isThrown)
            {
                isThrown = true;
                throw new InvalidOperationException("a defect");
            }
            return true;
        };
        using var partner = new Peer(rig, udp: false);
        partner.Send(Partner.Frame(60, 1));
        rig.WaitForReports(1);
        partner.Send(Partner.Frame(60, 2));
        rig.WaitForFrames(1);
        partner.Port.Receive(Partner.Packet(60, 3));
        Assert.That(partner.Receive(), Is.EqualTo(Partner.Frame(60, 3)));
        Assert.That(rig.Reports, Is.EqualTo(new[] { new SocketRig.Report(HostRules.Defect, "InvalidOperationException: a defect", 0, 0) }));
    }

    [Test]
    public void Dispose_LeavesNeitherSocketNorDescriptor()
    {
        using var rig = new SocketRig();
        var before = Resources.Count();
        for(var i = 0; i < 50; i++)
        {
            using var port = rig.StartDatagram($"local.type=unix,local.path={rig.Path},remote.type=unix,remote.path={rig.Path}2");
            Assert.That(File.Exists(rig.Path), Is.True);
            port.Dispose();
            Assert.That(File.Exists(rig.Path), Is.False);
        }
        Assert.That(Resources.Count(), Is.EqualTo(before));
    }

    [Test]
    public void Start_WhereAnotherProcessIs_IsRefused()
    {
        using var rig = new SocketRig();
        using var partner = new Peer(rig, udp: false);
        Assert.That(new Action(() => _ = rig.StartDatagram($"local.type=unix,local.path={rig.Path}2,remote.type=unix,remote.path={rig.Path}")), Throws.TypeOf<IOException>().With.Message.Contains("another process"));
        using var udp = new Peer(rig, udp: true);
        Assert.That(new Action(() => _ = rig.StartDatagram($"local.type=inet,local.host=127.0.0.1,local.port={udp.Port.LocalPort},remote.type=inet,remote.host=127.0.0.1,remote.port=9")), Throws.TypeOf<IOException>().With.Message.Contains("choose another local.port"));
    }

    // The other process.
    private sealed class Peer : IDisposable
    {
        public Peer(SocketRig rig, bool udp)
        {
            if(udp)
            {
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                Port = rig.StartDatagram($"local.type=inet,local.host=127.0.0.1,local.port=0,remote.type=inet,remote.host=127.0.0.1,remote.port={((IPEndPoint)socket.LocalEndPoint!).Port}");
                address = new IPEndPoint(IPAddress.Loopback, Port.LocalPort);
            }
            else
            {
                socket = NewUnix(rig);
                address = new UnixDomainSocketEndPoint(rig.Path);
                Port = rig.StartDatagram($"local.type=unix,local.path={rig.Path},remote.type=unix,remote.path={rig.Path}2");
            }
            socket.ReceiveTimeout = (int)FrontEnd.Limit.TotalMilliseconds;
        }

        public Peer(SocketRig rig, DatagramSocketPort port)
        {
            socket = NewUnix(rig);
            address = new UnixDomainSocketEndPoint(rig.Path);
            Port = port;
        }

        public void Send(byte[] frame) => socket.SendTo(frame, address);

        public byte[] Receive()
        {
            var buffer = new byte[100_000];
            return buffer[..socket.Receive(buffer)];
        }

        public void Dispose() => socket.Dispose();

        public DatagramSocketPort Port { get; }

        private static Socket NewUnix(SocketRig rig)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(rig.Path + "2"));
            return socket;
        }

        private readonly Socket socket;
        private readonly EndPoint address;
    }
}
